"""Values against annotations: what fits, and what a file format could not say.

JSON, YAML and TOML know lists and string keys only. Where the signature says `tuple`, `set`,
`frozenset` or `dict[int, ...]`, `converted` makes that of them; `misfit` says which value
contradicts its annotation. Annotations are syntax trees; what is not understood fits every value.
"""

from __future__ import annotations

import ast
from typing import Any

_LISTS = {"list", "List"}
_TUPLES = {"tuple", "Tuple"}
_SETS = {"set", "Set", "MutableSet"}
_FROZEN = {"frozenset", "FrozenSet"}
_DICTS = {"dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "OrderedDict"}
_SEQUENCES = {"Sequence", "Iterable", "Collection", "Container", "Reversible", "MutableSequence"}
_NUMBERS = {"int": (int,), "float": (int, float), "complex": (int, float, complex)}
_CONTAINERS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_LISTS, (list,)),
    **dict.fromkeys(_TUPLES, (tuple,)),
    **dict.fromkeys(_SETS, (set,)),
    **dict.fromkeys(_FROZEN, (frozenset,)),
    "AbstractSet": (set, frozenset),
    **dict.fromkeys(_DICTS, (dict,)),
    **dict.fromkeys(_SEQUENCES, (list, tuple, str, bytes, range, set, frozenset, dict)),
}


def converted(value: Any, annotation: ast.expr | None) -> Any:
    """The value with lists made the tuples and sets, and keys the numbers, that are annotated."""
    if annotation is None or misfit(value, annotation) is None:
        return value
    members = _union(annotation)
    if len(members) > 1:
        for member in members:
            attempt = converted(value, member)
            if misfit(attempt, member) is None:
                return attempt
        return value
    name, parameters = _named(members[0])
    if isinstance(value, list):
        return _converted_list(value, name, parameters)
    if isinstance(value, dict) and name in _DICTS and len(parameters) == 2:
        return {
            _converted_key(key, parameters[0]): converted(item, parameters[1])
            for key, item in value.items()
        }
    return value


def _converted_list(value: list[Any], name: str, parameters: list[ast.expr]) -> Any:
    if name in _TUPLES:
        if len(parameters) == 2 and _is_ellipsis(parameters[1]):
            return tuple(converted(item, parameters[0]) for item in value)
        if len(parameters) == len(value):
            return tuple(map(converted, value, parameters))
        return tuple(value)
    inner = parameters[0] if len(parameters) == 1 else None
    items = [converted(item, inner) for item in value]
    if name in _SETS | _FROZEN | {"AbstractSet"}:
        try:
            return frozenset(items) if name in _FROZEN else set(items)
        except TypeError:  # an element that cannot be hashed
            return value
    return items if name in _LISTS | _SEQUENCES else value


def _converted_key(key: Any, annotation: ast.expr) -> Any:
    name, _ = _named(annotation)
    if isinstance(key, str) and name in ("int", "float") and len(key) < 400:
        try:
            return int(key) if name == "int" else float(key)
        except ValueError:
            return key
    return key


def misfit(value: Any, annotation: ast.expr | None, path: str = "") -> str | None:
    """Why a value contradicts an annotation (`[2]: 'a' is not an int`), or None where it may fit.

    As in type checkers an int fits `float`; a bool fits `int`.
    """
    if annotation is None:
        return None
    members = _union(annotation)
    reasons = [_member_misfit(value, member, path) for member in members]
    if not members or None in reasons:
        return None
    if len(members) == 1:
        return reasons[0]
    return _reason(value, " | ".join(map(ast.unparse, members)), path)


def _member_misfit(value: Any, annotation: ast.expr, path: str) -> str | None:
    name, parameters = _named(annotation)
    if name == "None":
        return None if value is None else _reason(value, "None", path)
    if name == "bool":
        return None if isinstance(value, bool) else _reason(value, "bool", path)
    if name in _NUMBERS:
        return None if isinstance(value, _NUMBERS[name]) else _reason(value, name, path)
    if name in ("str", "bytes"):
        kind = str if name == "str" else bytes
        return None if isinstance(value, kind) else _reason(value, name, path)
    if name == "Literal":
        return _literal_misfit(value, parameters, path)
    kinds = _CONTAINERS.get(name)
    if kinds is None:
        return None
    if not isinstance(value, kinds):
        return _reason(value, ast.unparse(annotation), path)
    return _items_misfit(value, name, parameters, path)


def _items_misfit(value: Any, name: str, parameters: list[ast.expr], path: str) -> str | None:
    if isinstance(value, dict):
        if name in _DICTS and len(parameters) == 2:
            for key, item in value.items():
                found = misfit(key, parameters[0], f"{path} key") or misfit(
                    item, parameters[1], f"{path}[{_short(key)}]"
                )
                if found:
                    return found
        return None
    if name in _TUPLES and parameters:
        if len(parameters) == 2 and _is_ellipsis(parameters[1]):
            parameters = parameters[:1] * len(value)
        elif len(parameters) != len(value):
            wanted = f"a tuple of {len(parameters)}"
            return f"{path}: {wanted} is wanted, got {len(value)}".removeprefix(": ")
    elif len(parameters) == 1 and not isinstance(value, str | bytes | range):
        parameters = parameters * len(value)
    else:
        return None
    for index, (item, inner) in enumerate(zip(value, parameters, strict=False)):
        found = misfit(item, inner, f"{path}[{index}]")
        if found:
            return found
    return None


def _literal_misfit(value: Any, parameters: list[ast.expr], path: str) -> str | None:
    allowed = [item.value for item in parameters if isinstance(item, ast.Constant)]
    if len(allowed) != len(parameters) or any(
        type(item) is type(value) and item == value for item in allowed
    ):
        return None
    return _reason(value, f"one of {', '.join(map(repr, allowed))}", path)


def _reason(value: Any, wanted: str, path: str) -> str:
    text = f"{_short(value)} is {type(value).__name__}, not {wanted}"
    return f"{path}: {text}" if path else text


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer beyond decimal text
        return "a long integer"
    return text if len(text) <= 40 else text[:37] + "..."


def _union(annotation: ast.expr) -> list[ast.expr]:
    """The members of a union; an annotation in quotes is read as what it quotes."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _union(ast.parse(annotation.value.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _union(annotation.left) + _union(annotation.right)
    if isinstance(annotation, ast.Subscript):
        name, parameters = _named(annotation)
        if name == "Optional":
            return [item for part in parameters for item in _union(part)] + [ast.Constant(None)]
        if name == "Union":
            return [item for part in parameters for item in _union(part)]
        if name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired") and parameters:
            return _union(parameters[0])
    return [annotation]


def _named(annotation: ast.expr) -> tuple[str, list[ast.expr]]:
    """The last name of an annotation and its parameters: `typing.List[int]` is List and [int]."""
    parameters: list[ast.expr] = []
    if isinstance(annotation, ast.Subscript):
        inside = annotation.slice
        parameters = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
        annotation = annotation.value
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return "None", []
    if isinstance(annotation, ast.Attribute):
        return annotation.attr, parameters
    return (annotation.id if isinstance(annotation, ast.Name) else ""), parameters


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis
