"""The types of values that enumeration works with, read off annotations and examples.

A `Type` is a name and its arguments: ``list[int]`` is ``Type("list", (INT,))``.  A name that
starts with a quote is a type variable of a polymorphic component.
"""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class Type:
    """A value type: a constructor name and its argument types.

    Equal types are the same object, so that they hash and compare by identity: the inner loops
    of enumeration look tables up by type.
    """

    __slots__ = ("arguments", "name")
    _known: ClassVar[dict[tuple[str, tuple[Type, ...]], Type]] = {}
    name: str
    arguments: tuple[Type, ...]

    def __new__(cls, name: str, arguments: tuple[Type, ...] = ()) -> Type:
        held = cls._known.get((name, arguments))
        if held is None:
            held = super().__new__(cls)
            object.__setattr__(held, "name", name)
            object.__setattr__(held, "arguments", arguments)
            cls._known[name, arguments] = held
        return held

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Type is immutable; cannot set {name!r}")

    def __reduce__(self) -> tuple[type[Type], tuple[str, tuple[Type, ...]]]:
        return Type, (self.name, self.arguments)

    def __repr__(self) -> str:
        return f"Type({self})"

    @property
    def is_variable(self) -> bool:
        return self.name.startswith("'")

    @property
    def is_list(self) -> bool:
        return self.name == "list"

    @property
    def element(self) -> Type:
        """The element type of a list or set, the key type of a dict, ``str`` for ``str``."""
        return STR if self.name == "str" else self.arguments[0]

    def depth(self) -> int:
        return 1 + max((argument.depth() for argument in self.arguments), default=0)

    def __str__(self) -> str:
        if not self.arguments:
            return self.name
        return f"{self.name}[{', '.join(map(str, self.arguments))}]"


INT = Type("int")
BOOL = Type("bool")
STR = Type("str")
FLOAT = Type("float")
NONE = Type("None")
UNKNOWN = Type("?")
PATTERN = Type("pattern")
A = Type("'a")
B = Type("'b")


def list_of(element: Type) -> Type:
    return Type("list", (element,))


def set_of(element: Type) -> Type:
    return Type("set", (element,))


def tuple_of(*members: Type) -> Type:
    return Type("tuple", members)


def dict_of(key: Type, value: Type) -> Type:
    return Type("dict", (key, value))


def optional_of(inner: Type) -> Type:
    return inner if inner.name in ("optional", "None") else Type("optional", (inner,))


def bits(width: int) -> Type:
    """Bit vectors of a width, as non-negative Python integers below ``2 ** width``."""
    return Type(f"bits{width}")


def bit_width(kind: Type) -> int | None:
    return int(kind.name[4:]) if kind.name.startswith("bits") else None


def type_of(value: Any) -> Type:
    """The type of one Python value; an empty container has ``UNKNOWN`` elements."""
    if value is None:
        return NONE
    for kind, result in ((bool, BOOL), (int, INT), (float, FLOAT), (str, STR)):
        if isinstance(value, kind):
            return result
    if isinstance(value, list):
        return list_of(join(map(type_of, value)))
    if isinstance(value, set | frozenset):
        return set_of(join(map(type_of, value)))
    if isinstance(value, tuple):
        return tuple_of(*map(type_of, value))
    if isinstance(value, Mapping):
        return dict_of(join(map(type_of, value)), join(map(type_of, value.values())))
    raise TypeError(
        f"a value of type {type(value).__name__} was found; enumeration knows str, int, bool, "
        "float, None and lists, tuples, sets and dicts of them"
    )


def join(kinds: Iterable[Type]) -> Type:
    """The smallest type that holds them all; raises `TypeError` when there is none."""
    result = UNKNOWN
    for kind in kinds:
        result = _join_two(result, kind)
    return result


def _join_two(left: Type, right: Type) -> Type:
    if left == right or right == UNKNOWN:
        return left
    if left == UNKNOWN:
        return right
    if NONE in (left, right):
        return optional_of(right if left == NONE else left)
    if "optional" in (left.name, right.name):
        inner = [k.arguments[0] if k.name == "optional" else k for k in (left, right)]
        return optional_of(_join_two(*inner))
    if {left, right} <= {INT, FLOAT, BOOL}:
        return FLOAT if FLOAT in (left, right) else INT
    if left.name == right.name and len(left.arguments) == len(right.arguments):
        pairs = zip(left.arguments, right.arguments, strict=True)
        return Type(left.name, tuple(_join_two(a, b) for a, b in pairs))
    if left.name == right.name == "tuple":
        raise TypeError(f"tuples of different lengths: {left} and {right}")
    raise TypeError(f"no common type for {left} and {right}; give values of one type")


def known(kind: Type, *, default: Type = INT) -> Type:
    """`kind` with every ``UNKNOWN`` replaced (a list that is always empty: of ints)."""
    if kind == UNKNOWN:
        return default
    return Type(kind.name, tuple(known(argument) for argument in kind.arguments))


def infer(values: Iterable[Any], annotation: Any = None) -> Type:
    """The type of a column of example values, refined by an annotation where it says more."""
    observed = join(map(type_of, values))
    declared = UNKNOWN if annotation is None else parse_annotation(annotation)
    return known(_refine(observed, declared))


def _refine(observed: Type, declared: Type) -> Type:
    """What was declared where it can hold what was seen, otherwise what was seen."""
    if declared == UNKNOWN:
        return observed
    if bit_width(declared) and observed in (INT, UNKNOWN):
        return declared
    try:
        both = _join_two(observed, declared)
    except TypeError:
        return observed
    # An Optional whose examples hold no None is easier to search without it.
    if both.name == "optional" and observed.name != "optional" and observed != NONE:
        return _refine(observed, both.arguments[0])
    return both


_ATOMS = {"int": INT, "bool": BOOL, "str": STR, "float": FLOAT, "None": NONE}
_CONTAINERS = {
    **dict.fromkeys(("list", "List", "Sequence", "Iterable", "Collection"), "list"),
    **dict.fromkeys(("tuple", "Tuple"), "tuple"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "Counter"), "dict"),
    **dict.fromkeys(("set", "Set", "frozenset", "FrozenSet"), "set"),
    "Optional": "optional",
}


def parse_annotation(annotation: Any) -> Type:
    """A `Type` from an annotation: a `Type`, a typing object, or its source text.

    What is not understood is ``UNKNOWN``, to be inferred from the examples.
    """
    if isinstance(annotation, Type):
        return annotation
    if isinstance(annotation, str):
        try:
            return _from_node(ast.parse(annotation.strip(), mode="eval").body)
        except SyntaxError:
            return UNKNOWN
    if annotation is None or annotation is type(None):
        return NONE
    origin = typing.get_origin(annotation)
    if origin is None:
        name = getattr(annotation, "__name__", "")
        return _ATOMS.get(name) or _container(_CONTAINERS.get(name, ""), ())
    arguments = tuple(
        UNKNOWN if argument is ... else parse_annotation(argument)
        for argument in typing.get_args(annotation)
    )
    if origin in (typing.Union, types.UnionType):
        return _union(arguments)
    return _container(_CONTAINERS.get(getattr(origin, "__name__", ""), ""), arguments)


def _from_node(node: ast.expr) -> Type:
    if isinstance(node, ast.Constant):
        return parse_annotation(node.value) if isinstance(node.value, str) else NONE
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        width = name.removeprefix("bits")
        if name.startswith("bits") and width.isdigit():
            return bits(int(width))
        return _ATOMS.get(name) or _container(_CONTAINERS.get(name, ""), ())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union((_from_node(node.left), _from_node(node.right)))
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        base = node.value
        name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
        if name == "Union":
            return _union(tuple(map(_from_node, inner)))
        return _container(_CONTAINERS.get(name, ""), tuple(map(_from_node, inner)))
    return UNKNOWN


def _union(members: tuple[Type, ...]) -> Type:
    try:
        return join(members)
    except TypeError:
        return UNKNOWN


def _container(name: str, arguments: tuple[Type, ...]) -> Type:
    if name in ("list", "set"):
        return Type(name, arguments[:1] or (UNKNOWN,))
    if name == "dict":
        return Type(name, (*arguments, UNKNOWN, UNKNOWN)[:2])
    if name == "tuple":
        return UNKNOWN if not arguments or UNKNOWN in arguments else Type(name, arguments)
    if name == "optional" and arguments:
        return optional_of(arguments[0])
    return UNKNOWN


def substitute(kind: Type, binding: Mapping[str, Type]) -> Type:
    """`kind` with its type variables replaced."""
    if kind.is_variable:
        return binding.get(kind.name, kind)
    if not kind.arguments:
        return kind
    return Type(kind.name, tuple(substitute(argument, binding) for argument in kind.arguments))


def variables_of(kind: Type) -> set[str]:
    if kind.is_variable:
        return {kind.name}
    return set().union(*(variables_of(argument) for argument in kind.arguments))
