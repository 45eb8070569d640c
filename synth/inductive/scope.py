"""A scope: the rows that expressions are evaluated on, and the bank of expressions over them.

The outermost scope has one row per example and the program's arguments as variables.  The scope
of a comprehension has one row per element of what is iterated, over all examples, so that its body
is found by the same enumeration, with the same equivalence, as everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from synth.inductive.bank import Bank
from synth.inductive.component import Component
from synth.inductive.term import Binder, Term, Values, Variable
from synth.inductive.value_types import INT, STR, Type

ELEMENT_COST = 1
INDEX_COST = 2
# Outer expressions up to this cost may occur in a comprehension's body, at most so many a level.
BROADCAST_COST = 5
BROADCAST_COUNT = 60
MOST_ROWS = 600


class Scope:
    """Variables, rows and bank; `done` is the cost up to which the bank is complete.

    ``constants`` are passed on to inner scopes, and ``wanted`` are the types that comprehensions
    are built at.  Without ``partial`` an expression that fails on some row is not kept.
    ``running`` is the level in progress (`synth.inductive.comprehension.advance`).
    """

    def __init__(
        self,
        rows: int,
        leaves: Iterable[Term],
        components: Sequence[Component],
        *,
        depth: int = 0,
        longest: int = 200,
        constants: Sequence[Term] = (),
        wanted: frozenset[Type] = frozenset(),
        partial: bool = True,
    ) -> None:
        self.bank = Bank(rows)
        self.partial = partial
        self.components = components
        self.constants = constants
        self.wanted = wanted
        self.depth = depth
        self.longest = longest
        self.done = 0
        self.leaves: dict[int, list[Term]] = {}
        for term in leaves:
            self.leaves.setdefault(term.cost, []).append(term)
        self.inner: dict[tuple[int, ...], InnerScope | None] = {}
        self.running: Iterator[None] | None = None

    @property
    def rows(self) -> int:
        return self.bank.rows


class InnerScope(Scope):
    """The scope of a comprehension over source terms of `parent`.

    `lengths[r]` rows belong to row ``r`` of the parent.
    """

    def __init__(
        self,
        parent: Scope,
        sources: tuple[Term, ...],
        variables: tuple[Variable, ...],
        columns: tuple[Values, ...],
        index: Variable | None,
        lengths: tuple[int, ...],
    ) -> None:
        rows = sum(lengths)
        leaves = [
            Term(variable, (), variable.type, ELEMENT_COST, column)
            for variable, column in zip(variables, columns, strict=True)
        ]
        if index is not None:
            positions = tuple(chain.from_iterable(range(n) for n in lengths))
            leaves.append(Term(index, (), INT, INDEX_COST, positions))
        for term in parent.constants:
            value = term.values[0]
            leaves.append(Term(term.head, (), term.type, term.cost, (value,) * rows, local=False))
        super().__init__(
            rows, leaves, parent.components, depth=parent.depth + 1, longest=parent.longest,
            constants=parent.constants, wanted=parent.wanted,
        )  # fmt: skip
        self.columns = columns
        self.parent = parent
        self.sources = sources
        self.variables = variables
        self.index = index
        self.lengths = lengths
        self._spread: dict[int, list[Term]] = {}

    def binder(self, kind: str) -> Binder:
        return Binder(kind, self.variables, self.index, len(self.sources))

    def spread(self, values: Values) -> Values:
        """A column of the parent repeated over the rows of this scope."""
        return tuple(
            chain.from_iterable((v,) * n for v, n in zip(values, self.lengths, strict=True))
        )

    def regroup(self, values: Values) -> Values:
        """A column of this scope as one tuple per row of the parent."""
        groups, start = [], 0
        for length in self.lengths:
            groups.append(values[start : start + length])
            start += length
        return tuple(groups)

    def broadcast(self, cost: int) -> list[Term]:
        """The parent's expressions of a cost as expressions of this scope."""
        if cost > BROADCAST_COST or cost > self.parent.done:
            return []
        if cost not in self._spread:
            found: list[Term] = []
            for kind, levels in list(self.parent.bank.levels.items()):
                if kind.name == "pattern" or kind.depth() > 2:
                    continue
                usable = [term for term in levels.get(cost, ()) if term.local]
                found.extend(usable[:BROADCAST_COUNT])
            self._spread[cost] = [
                Term(t.head, t.arguments, t.type, cost, self.spread(t.values), local=False)
                for t in found
            ]
        return self._spread[cost]


def iterated_type(kind: Type) -> Type | None:
    """The type of what a ``for`` over a value of this type yields, None where it cannot be."""
    if kind == STR:
        return STR
    return kind.arguments[0] if kind.is_list else None


def inner_scope(parent: Scope, sources: tuple[Term, ...]) -> InnerScope | None:
    """The scope of ``for x in source`` (several sources: in step, cut to the shortest).

    None when there is nothing to iterate, or more rows than `MOST_ROWS`.  The same sources give
    the same scope again.
    """
    key = tuple(map(id, sources))
    if key in parent.inner:
        return parent.inner[key]
    lengths = tuple(
        min(map(len, row)) for row in zip(*(source.values for source in sources), strict=True)
    )
    rows = sum(lengths)
    if not 0 < rows <= MOST_ROWS or max(lengths) < 1:
        parent.inner[key] = None
        return None
    variables, columns = [], []
    for position, source in enumerate(sources):
        kind = iterated_type(source.type)
        assert kind is not None
        variables.append(Variable("xyz"[position], kind))
        column = chain.from_iterable(
            items[:n] for items, n in zip(source.values, lengths, strict=True)
        )
        columns.append(tuple(column))
    index = Variable("i", INT)
    scope = InnerScope(parent, sources, tuple(variables), tuple(columns), index, lengths)
    parent.inner[key] = scope
    return scope
