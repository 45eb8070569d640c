"""Tables: empty cells are filled by the program that the filled ones show."""

from __future__ import annotations

import csv
import io

import pytest

from synth.inductive import Limits
from synth.inductive.table import read_table, solve_csv

# Counted in candidates, so that a busy machine finds the same programs.
QUICK = Limits(seconds=300, candidates=100_000, patience=300)
NAMES = """First,Last,Initials
Ada,Lovelace,A.L.
Alan,Turing,A.T.
Grace,Hopper,G.H.
Edsger,Dijkstra,
"Barbara","Liskov",
"""


def test_empty_cells_are_filled_and_the_others_are_as_they_were() -> None:
    made = solve_csv(NAMES, ["First", "Last"], "Initials", limits=QUICK, check_seconds=0)
    rows = list(csv.DictReader(io.StringIO(made.to_csv())))
    assert [row["Initials"] for row in rows] == ["A.L.", "A.T.", "G.H.", "E.D.", "B.L."]
    assert made.filled == (3, 4)
    assert made.failed == ()
    assert [row["First"] for row in rows][3:] == ["Edsger", "Barbara"]
    assert made.answer.best is not None
    assert "def initials(first, last):" in made.answer.best.source


def test_columns_of_whole_numbers_are_numbers() -> None:
    text = "a;b;sum\n1;2;3\n10;5;15\n7;7;14\n30;4;\n"
    made = solve_csv(text, ["a", "b"], "sum", limits=QUICK, check_seconds=0)
    assert made.rows[3]["sum"] == "34"


def test_codes_with_leading_zeros_stay_text() -> None:
    text = "code,out\n007,7x\n012,12x\n001,1x\n045,\n"
    made = solve_csv(text, ["code"], "out", limits=QUICK, check_seconds=0)
    assert made.rows[3]["out"] == "45x"


@pytest.mark.parametrize(
    ("text", "inputs", "output", "message"),
    [
        ("", ["a"], "b", "empty"),
        ("a,b\n1,2\n", ["c"], "b", "no column 'c'"),
        ("a,b\n1,\n2,\n", ["a"], "b", "no row has a value in 'b'"),
        ("a,a\n1,2\n", ["a"], "a", "repeated"),
        ("a,b\n1,2,3\n", ["a"], "b", "line 2 has 3 cells"),
        ("a,b\n1,2\n", [], "b", "no input columns"),
    ],
)
def test_a_table_that_cannot_be_used_is_explained(
    text: str, inputs: list[str], output: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        solve_csv(text, inputs, output, limits=QUICK)


def test_a_byte_order_mark_and_tabs_are_read() -> None:
    columns, rows = read_table("\ufeffx\ty\n1\t2\n\n3\n")
    assert columns == ("x", "y")
    assert rows == [{"x": "1", "y": "2"}, {"x": "3", "y": ""}]


def test_a_column_that_was_named_is_used_where_the_examples_leave_it_open() -> None:
    """Both first names begin with A: a program that says "A" costs less and means less."""
    text = "First,Last,Initials\nAda,Lovelace,AL\nAlan,Turing,AT\nGrace,Hopper,\nKurt,Goedel,\n"
    limits = Limits(seconds=300, candidates=30_000, patience=300)
    table = solve_csv(text, ["First", "Last"], "Initials", limits=limits, check_seconds=0)
    assert [row["Initials"] for row in table.rows] == ["AL", "AT", "GH", "KG"]
    assert table.answer.best is not None
    assert table.answer.best.probability <= 0.8
