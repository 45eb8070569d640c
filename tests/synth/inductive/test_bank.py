"""The bank: one term per column of outputs, whichever way it arrived."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth.inductive.bank import INT_LIMIT, Bank
from synth.inductive.component import Component
from synth.inductive.enumeration import enumerate_level
from synth.inductive.number_components import INTEGER
from synth.inductive.scope import Scope
from synth.inductive.term import Literal, Term, Variable, evaluate
from synth.inductive.value_types import BOOL, INT, STR, Type, bits

columns = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=30)


def _term(values: tuple[object, ...], kind: Type, cost: int = 1) -> Term:
    return Term(Literal(values, kind), (), kind, cost, values)


@given(columns)
def test_each_column_is_kept_once(values: list[tuple[int, int]]) -> None:
    bank = Bank(2)
    kept = [bank.add(_term(column, INT)) for column in values]
    assert sum(kept) == len(set(values)) == bank.size
    assert [term.values for term in bank.all_terms(INT)] == list(dict.fromkeys(values))


def test_columns_of_negative_numbers_and_of_full_words_are_kept() -> None:
    bank = Bank(2)
    assert bank.add(_term((-1, -1), INT))
    assert bank.add(_term(((1 << 64) - 1, 0), bits(64)))
    assert not bank.add(_term((INT_LIMIT + 1, 0), INT))
    assert bank.all_terms(bits(64))[0].values == ((1 << 64) - 1, 0)


def test_a_watched_column_is_reported_as_often_as_it_is_found() -> None:
    bank = Bank(2)
    found: list[Term] = []
    bank.on_watched = found.append
    bank.watch(STR, ("a", "b"))
    for cost in (1, 2):
        bank.add(_term(("a", "b"), STR, cost))
    assert [term.cost for term in found] == [1, 2]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=4))
def test_terms_built_from_matrix_rows_evaluate_to_their_columns(row: list[int]) -> None:
    x = Variable("x", INT)
    leaves = [Term(x, (), INT, 1, tuple(row))]
    leaves += [Term(Literal(n, INT), (), INT, 1, (n,) * len(row), local=False) for n in (1, 2)]
    scope = Scope(len(row), leaves, INTEGER)
    for cost in range(1, 7):
        for _ in enumerate_level(scope, cost):
            pass
    terms = scope.bank.all_terms(INT)
    assert len({term.values for term in terms}) == len(terms) > 3
    for term in terms:
        assert term.values == tuple(evaluate(term, {x: value}) for value in row)


def test_the_fast_path_and_the_plain_one_find_the_same_columns() -> None:
    from dataclasses import replace

    row = (3, -4, 10)
    x = Variable("x", INT)

    def columns_of(components: list[Component]) -> set[object]:
        leaves = [
            Term(x, (), INT, 1, row),
            Term(Literal(2, INT), (), INT, 1, (2,) * 3, local=False),
        ]
        scope = Scope(3, leaves, components, depth=1)
        for cost in range(1, 8):
            for _ in enumerate_level(scope, cost):
                pass
        return {(cost, term.values) for cost in range(1, 8) for term in scope.bank.terms(INT, cost)}

    fast = [c for c in INTEGER if c.name in ("add", "sub", "mul", "floordiv", "mod", "max2", "abs")]
    plain = [replace(component, vector=None) for component in fast]
    assert columns_of(fast) == columns_of(plain)
    assert np.array([1]).dtype == np.int64
    assert BOOL is not INT
