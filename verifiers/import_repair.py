"""Adds the imports a program forgot: the commonest slip of small models, and the cheapest repair.

FRANC (Siddiq et al. 2024) repairs the same with fixed rules. Only names that nothing in the program
defines are touched, so a program that is complete comes back as it was, character by character.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Collection

from verifiers.parsing import parse

_MODULES = (
    "abc array bisect calendar collections copy csv dataclasses datetime decimal enum fractions "
    "functools hashlib heapq io itertools json math operator os queue random re statistics string "
    "struct sys textwrap time types typing unicodedata uuid"
)
_ALIASES = {"np": "numpy as np", "pd": "pandas as pd", "plt": "matplotlib.pyplot as plt"}
_MEMBERS = {
    "typing": "Any Callable ClassVar DefaultDict Deque Dict Final FrozenSet Generic Hashable "
    "Iterable Iterator List Literal Mapping MutableMapping NamedTuple NoReturn Optional Protocol "
    "Sequence Set Tuple Type TypeVar Union",
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "functools": "cache cmp_to_key lru_cache partial reduce wraps",
    "itertools": "accumulate chain combinations combinations_with_replacement count cycle "
    "dropwhile groupby islice pairwise permutations product starmap takewhile zip_longest",
    "heapq": "heapify heappop heappush heapreplace nlargest nsmallest",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "math": "ceil comb factorial floor gcd inf isclose isqrt lcm log log10 log2 pi prod sqrt",
    "dataclasses": "dataclass field",
    "fractions": "Fraction",
    "decimal": "Decimal",
    "datetime": "date datetime timedelta",
    "enum": "Enum IntEnum auto",
    "abc": "ABC abstractmethod",
    "copy": "deepcopy",
    "statistics": "mean median mode stdev",
    "hashlib": "md5 sha256",
}
_ORIGIN = {name: module for module, names in reversed(_MEMBERS.items()) for name in names.split()}


def repair_imports(source: str, *, defined: Collection[str] = ()) -> str:
    """`source` with an import line for each well-known name it uses and nothing defines: neither
    the source, nor the builtins, nor `defined`.

    The lines stand after a module docstring and `from __future__` imports. Source that does not
    parse, or that imports `*` from somewhere, comes back unchanged.
    """
    try:
        tree = parse(source)
        missing = undefined_names(source).difference(defined)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    if any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in ast.walk(tree)
    ):
        return source
    attributes = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    lines = []
    for name in sorted(missing):
        # `datetime.now()` and `datetime.datetime` differ; what is used as a module wins.
        if name in _MODULES.split() and (name in attributes or name not in _ORIGIN):
            lines.append(f"import {name}")
        elif name in _ALIASES:
            lines.append(f"import {_ALIASES[name]}")
        elif name in _ORIGIN:
            lines.append(f"from {_ORIGIN[name]} import {name}")
    if not lines:
        return source
    place = _after_preamble(tree)
    before = source.splitlines(keepends=True)
    if place and not before[place - 1].endswith(("\n", "\r")):
        before[place - 1] += "\n"
    return "".join([*before[:place], "\n".join(lines), "\n", *before[place:]])


def is_well_known(name: str) -> bool:
    """Whether a name is that of something in the standard library which is often imported."""
    return name in _ORIGIN


def undefined_names(source: str) -> set[str]:
    """Names that some code of the module reads and neither it nor the builtins define.

    Raises:
        SyntaxError: the source does not compile.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(source, "<program>", "exec")
    defined = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    read: set[str] = set()
    pending = [table]
    while pending:
        scope = pending.pop()
        pending += scope.get_children()
        for symbol in scope.get_symbols():
            is_global = symbol.is_global() or scope is table
            if is_global and symbol.is_assigned():  # `global x` inside a function
                defined.add(symbol.get_name())
            if is_global and symbol.is_referenced():
                read.add(symbol.get_name())
    return read - defined - set(dir(builtins)) - {"__file__", "__name__", "__doc__", "__spec__"}


def _after_preamble(tree: ast.Module) -> int:
    """How many lines the docstring and the `__future__` imports take."""
    place = 0
    for index, node in enumerate(tree.body):
        docstring = (
            index == 0
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (docstring or future):
            break
        place = node.end_lineno or 0
    return place
