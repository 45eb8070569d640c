"""Programming by example on a table: one column from others, empty cells filled.

FlashFill (Gulwani 2011) for CSV: rows whose output cell is filled are the examples, the others are
the inputs that the program has to serve, and are used to choose among programs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.answer import Answer, answer
from synth.inductive.program import outcome
from synth.inductive.synthesis import Limits, Progress, Synthesis
from synth.inductive.task import make_task
from synth.inductive.term import Variable
from synth.inductive.values import BOTTOM, thaw

Rows = list[dict[str, str]]
_MOST_EXAMPLES = 400


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A table with its empty output cells filled, and the program that filled them.

    ``filled`` are the numbers of the rows that were filled (the first data row is 0), ``failed`` of
    those on which the program raises: their cell stays empty.  ``disagree`` are the filled rows on
    which the leading programs differ: the ones to look at.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    answer: Answer
    filled: tuple[int, ...]
    failed: tuple[int, ...]
    disagree: tuple[int, ...]

    def to_csv(self) -> str:
        """The whole table as CSV text."""
        held = io.StringIO()
        writer = csv.DictWriter(held, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return held.getvalue()


def read_table(text: str) -> tuple[tuple[str, ...], Rows]:
    """Columns and rows of CSV text with a header line; the delimiter is guessed.

    Raises `ValueError` for an empty table, a repeated column, or a row of another length.
    """
    if not text.strip():
        raise ValueError("the table is empty; wanted a header line and rows")
    first = text.lstrip("\ufeff").splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    header = tuple(name.strip() for name in next(reader))
    if len(set(header)) < len(header):
        raise ValueError(f"a column name is repeated in {', '.join(header)}; rename one")
    rows: Rows = []
    for number, cells in enumerate(reader, 2):
        if not cells:
            continue
        if len(cells) > len(header):
            raise ValueError(f"line {number} has {len(cells)} cells, the header {len(header)}")
        padded = [*cells, *[""] * (len(header) - len(cells))]
        rows.append(dict(zip(header, padded, strict=True)))
    return header, rows


def solve_csv(
    text: str,
    inputs: Sequence[str],
    output: str,
    *,
    limits: Limits | None = None,
    check_seconds: float = 1.0,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> FilledTable:
    """Learn a column from others by the rows that have it, and fill the rows that have not.

    ``inputs`` and ``output`` are column names.  Columns whose cells are all whole numbers are
    read as ints, others as text; the output is written back in the same way.  Raises `ValueError`
    for a column that is not there, or when no row has an output.
    """
    columns, rows = read_table(text)
    for name in (*inputs, output):
        if name not in columns:
            raise ValueError(f"no column {name!r}; the table has {', '.join(columns)}")
    if not inputs:
        raise ValueError("no input columns were given; name at least one")
    filled = [row for row in rows if row[output].strip()]
    empty = [place for place, row in enumerate(rows) if not row[output].strip()]
    if not filled:
        raise ValueError(f"no row has a value in {output!r}; fill in two or three as examples")
    readers = {name: _reader([row[name] for row in rows]) for name in inputs}
    write = _reader([row[output] for row in filled])
    parameters = _identifiers(inputs)

    def arguments(row: Mapping[str, str]) -> tuple[Any, ...]:
        return tuple(readers[name](row[name]) for name in inputs)

    examples = [(arguments(row), write(row[output])) for row in filled[:_MOST_EXAMPLES]]
    task = make_task(
        examples, name=_identifiers([output])[0], parameters=parameters,
        inputs=[arguments(rows[place]) for place in empty[:_MOST_EXAMPLES]],
    )  # fmt: skip
    search = Synthesis(task)
    for _ in search.run(limits or Limits(), should_stop=should_stop, progress=progress):
        pass
    found = answer(search, check_seconds=check_seconds)
    made: Rows = [dict(row) for row in rows]
    failed: list[int] = []
    disagree: list[int] = []
    for place in empty if found.best is not None else ():
        given = dict(zip(search.variables, arguments(rows[place]), strict=True))
        values = [_cell(program.term, given) for program in found.programs]
        if values[0] is BOTTOM:
            failed.append(place)
            continue
        made[place][output] = str(thaw(values[0], task.result))
        if len(set(map(repr, values))) > 1:
            disagree.append(place)
    done = [place for place in empty if place not in failed] if found.best is not None else []
    return FilledTable(columns, tuple(made), found, tuple(done), tuple(failed), tuple(disagree))


def _cell(term: Any, given: Mapping[Variable, Any]) -> Any:
    return outcome(term, given)


def _reader(cells: Sequence[str]) -> Callable[[str], Any]:
    """How a column is read: as ints if that loses nothing, else as text."""
    whole = all(re.fullmatch(r"0|-?[1-9]\d{0,14}", cell) for cell in cells)
    return int if whole and cells else str


def _identifiers(names: Sequence[str]) -> list[str]:
    """Column names as distinct Python parameter names: ``First Name`` becomes ``first_name``."""
    import keyword

    made: list[str] = []
    for name in names:
        word = re.sub(r"\W+", "_", name.strip().lower()).strip("_") or "column"
        if word[0].isdigit() or keyword.iskeyword(word):
            word = f"column_{word}"
        candidate, number = word, 2
        while candidate in made:
            candidate, number = f"{word}_{number}", number + 1
        made.append(candidate)
    return made
