"""Components on grids of small ints, for puzzles such as those of ARC (Chollet 2019).

A grid is a list of equally long rows.  They join the library when all arguments and the result of a
task are grids; cells are recoloured by comprehensions, which the library has anyway.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from synth.inductive.component import Component
from synth.inductive.value_types import INT, list_of

Grid = tuple[tuple[int, ...], ...]
GRID = list_of(list_of(INT))
_MOST_CELLS = 1200


def is_grid(value: Any) -> bool:
    """Whether a frozen value is a non-empty rectangle of digits."""
    return (
        isinstance(value, tuple)
        and bool(value)
        and all(isinstance(row, tuple) and row and len(row) == len(value[0]) for row in value)
        and all(type(cell) is int and 0 <= cell <= 9 for row in value for cell in row)
    )


def _fitting(grid: Grid) -> Grid:
    if not grid or not grid[0] or len(grid) * len(grid[0]) > _MOST_CELLS:
        raise ValueError("the grid is empty or too large")
    return grid


def _same_shape(a: Grid, b: Grid) -> None:
    if len(a) != len(b) or len(a[0]) != len(b[0]):
        raise ValueError("grids of different shapes")


def _turned(grid: Grid) -> Grid:
    return tuple(zip(*grid[::-1], strict=True))


def _transposed(grid: Grid) -> Grid:
    return tuple(zip(*grid, strict=True))


def _mirrored(grid: Grid) -> Grid:
    return tuple(row[::-1] for row in grid)


def _beside(a: Grid, b: Grid) -> Grid:
    return _fitting(tuple(r + s for r, s in zip(a, b, strict=True)))


def _below(a: Grid, b: Grid) -> Grid:
    if len(a[0]) != len(b[0]):
        raise ValueError("grids of different widths")
    return _fitting(a + b)


def _scaled(grid: Grid, n: int) -> Grid:
    if not 2 <= n <= 10:
        raise ValueError("no such scale")
    rows = [tuple(cell for cell in row for _ in range(n)) for row in grid]
    return _fitting(tuple(row for row in rows for _ in range(n)))


def _sampled(grid: Grid, n: int) -> Grid:
    if n < 2:
        raise ValueError("no such step")
    return tuple(row[::n] for row in grid[::n])


def _recoloured(grid: Grid, old: int, new: int) -> Grid:
    return tuple(tuple(new if cell == old else cell for cell in row) for row in grid)


def _cropped(grid: Grid, background: int) -> Grid:
    rows = [i for i, row in enumerate(grid) if any(cell != background for cell in row)]
    columns = [j for j in range(len(grid[0])) if any(row[j] != background for row in grid)]
    return tuple(row[columns[0] : columns[-1] + 1] for row in grid[rows[0] : rows[-1] + 1])


def _box_of(grid: Grid, colour: int) -> Grid:
    rows = [i for i, row in enumerate(grid) if colour in row]
    columns = [j for j in range(len(grid[0])) if any(row[j] == colour for row in grid)]
    return tuple(row[columns[0] : columns[-1] + 1] for row in grid[rows[0] : rows[-1] + 1])


def _columns_until(grid: Grid, n: int) -> Grid:
    return _checked(tuple(row[:n] for row in grid))


def _columns_from(grid: Grid, n: int) -> Grid:
    return _checked(tuple(row[n:] for row in grid))


def _rows_until(grid: Grid, n: int) -> Grid:
    return _checked(grid[:n])


def _rows_from(grid: Grid, n: int) -> Grid:
    return _checked(grid[n:])


def _checked(grid: Grid) -> Grid:
    if not grid or not grid[0]:
        raise ValueError("nothing left of the grid")
    return grid


def _overlaid(a: Grid, b: Grid) -> Grid:
    _same_shape(a, b)
    return tuple(
        tuple(x or y for x, y in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True)
    )


def _common(a: Grid, b: Grid) -> Grid:
    _same_shape(a, b)
    return tuple(
        tuple(x if x == y else 0 for x, y in zip(r, s, strict=True))
        for r, s in zip(a, b, strict=True)
    )


def _both(a: Grid, b: Grid) -> Grid:
    _same_shape(a, b)
    return tuple(
        tuple(x if x and y else 0 for x, y in zip(r, s, strict=True))
        for r, s in zip(a, b, strict=True)
    )


def _only_one(a: Grid, b: Grid) -> Grid:
    _same_shape(a, b)
    return tuple(
        tuple(0 if x and y else x or y for x, y in zip(r, s, strict=True))
        for r, s in zip(a, b, strict=True)
    )


def _neither(a: Grid, b: Grid, colour: int) -> Grid:
    _same_shape(a, b)
    return tuple(
        tuple(0 if x or y else colour for x, y in zip(r, s, strict=True))
        for r, s in zip(a, b, strict=True)
    )


def _fallen(grid: Grid) -> Grid:
    columns = []
    for column in zip(*grid, strict=True):
        cells = tuple(cell for cell in column if cell)
        columns.append((0,) * (len(grid) - len(cells)) + cells)
    return tuple(zip(*columns, strict=True))


def _placed(pattern: Grid, tile: Grid) -> Grid:
    """The tile wherever the pattern is not 0, blank elsewhere."""
    blank = (0,) * len(tile[0])
    made = tuple(
        tuple(cell for mark in row for cell in (tile[k] if mark else blank))
        for row in pattern
        for k in range(len(tile))
    )
    return _fitting(made)


def _colour_ranked(grid: Grid, place: int) -> int:
    counts = Counter(cell for row in grid for cell in row).most_common()
    return counts[place][0]


def _framed(grid: Grid, colour: int) -> Grid:
    edge = (colour,) * (len(grid[0]) + 2)
    return _fitting((edge, *((colour, *row, colour) for row in grid), edge))


def _outlined(grid: Grid, colour: int) -> Grid:
    height, width = len(grid), len(grid[0])
    return tuple(
        tuple(
            colour if i in (0, height - 1) or j in (0, width - 1) else cell
            for j, cell in enumerate(row)
        )
        for i, row in enumerate(grid)
    )


def _unique_rows(grid: Grid) -> Grid:
    return tuple(dict.fromkeys(grid))


_C = Component
_PAIRED = "[[{} for x, y in zip(r, s)] for r, s in zip(_0, _1)]"
_GG = (GRID, GRID)

GRIDS = (
    _C("turn", (GRID,), GRID, _turned, "[list(row) for row in zip(*_0[::-1])]", 2),
    _C("transpose_grid", (GRID,), GRID, _transposed, "[list(row) for row in zip(*_0)]", 2),
    _C("mirror", (GRID,), GRID, _mirrored, "[row[::-1] for row in _0]", 2),
    _C("flip", (GRID,), GRID, lambda g: g[::-1], "_0[::-1]", 2),
    _C("half_turn", (GRID,), GRID, lambda g: _mirrored(g)[::-1],
       "[row[::-1] for row in _0[::-1]]", 2),
    _C("beside", _GG, GRID, _beside, "[r + s for r, s in zip(_0, _1)]", 2),
    _C("below", _GG, GRID, _below, "_0 + _1", 2),
    _C("scale", (GRID, INT), GRID, _scaled,
       "[[cell for cell in row for _ in range(_1)] for row in _0 for _ in range(_1)]", 2),
    _C("sample", (GRID, INT), GRID, _sampled, "[row[::_1] for row in _0[::_1]]", 3),
    _C("recolour", (GRID, INT, INT), GRID, _recoloured,
       "[[_2 if cell == _1 else cell for cell in row] for row in _0]", 2),
    _C("left_columns", (GRID, INT), GRID, _columns_until, "[row[:_1] for row in _0]", 2),
    _C("right_columns", (GRID, INT), GRID, _columns_from, "[row[_1:] for row in _0]", 2),
    _C("top_rows", (GRID, INT), GRID, _rows_until, "_0[:_1]", 2),
    _C("bottom_rows", (GRID, INT), GRID, _rows_from, "_0[_1:]", 2),
    _C("left_half", (GRID,), GRID, lambda g: _columns_until(g, len(g[0]) // 2),
       "[row[:len(row) // 2] for row in _0]", 2),
    _C("right_half", (GRID,), GRID, lambda g: _columns_from(g, (len(g[0]) + 1) // 2),
       "[row[(len(row) + 1) // 2:] for row in _0]", 2),
    _C("top_half", (GRID,), GRID, lambda g: _rows_until(g, len(g) // 2), "_0[:len(_0) // 2]", 2),
    _C("bottom_half", (GRID,), GRID, lambda g: _rows_from(g, (len(g) + 1) // 2),
       "_0[(len(_0) + 1) // 2:]", 2),
    _C("overlay", _GG, GRID, _overlaid, _PAIRED.format("x or y"), 2),
    _C("common", _GG, GRID, _common, _PAIRED.format("x if x == y else 0"), 3),
    _C("both", _GG, GRID, _both, _PAIRED.format("x if x and y else 0"), 2),
    _C("only_one", _GG, GRID, _only_one, _PAIRED.format("0 if x and y else x or y"), 3),
    _C("neither", (GRID, GRID, INT), GRID, _neither, _PAIRED.format("0 if x or y else _2"), 3),
    _C("crop", (GRID, INT), GRID, _cropped,
       "(lambda g, b: (lambda i, j: [row[j[0]:j[-1] + 1] for row in g[i[0]:i[-1] + 1]])("
       "[i for i, row in enumerate(g) if any(c != b for c in row)], "
       "[j for j in range(len(g[0])) if any(row[j] != b for row in g)]))(_0, _1)", 2),
    _C("box_of", (GRID, INT), GRID, _box_of,
       "(lambda g, b: (lambda i, j: [row[j[0]:j[-1] + 1] for row in g[i[0]:i[-1] + 1]])("
       "[i for i, row in enumerate(g) if b in row], "
       "[j for j in range(len(g[0])) if any(row[j] == b for row in g)]))(_0, _1)", 2),
    _C("fall", (GRID,), GRID, _fallen,
       "[list(row) for row in zip(*[[0] * column.count(0) + [c for c in column if c] "
       "for column in zip(*_0)])]", 3),
    _C("place", _GG, GRID, _placed,
       "[[c for mark in row for c in (line if mark else [0] * len(line))] "
       "for row in _0 for line in _1]", 3),
    _C("frame", (GRID, INT), GRID, _framed,
       "[[_1] * (len(_0[0]) + 2), *[[_1, *row, _1] for row in _0], [_1] * (len(_0[0]) + 2)]", 3),
    _C("outline", (GRID, INT), GRID, _outlined,
       "[[_1 if i in (0, len(_0) - 1) or j in (0, len(row) - 1) else c "
       "for j, c in enumerate(row)] for i, row in enumerate(_0)]", 3),
    _C("distinct_rows", (GRID,), GRID, _unique_rows,
       "[list(row) for row in dict.fromkeys(map(tuple, _0))]", 3),
    _C("colour_ranked", (GRID, INT), INT, _colour_ranked,
       "Counter(c for row in _0 for c in row).most_common()[_1][0]", 2,
       imports=("collections.Counter",)),
    _C("height", (GRID,), INT, len, "len(_0)", 2),
    _C("width", (GRID,), INT, lambda g: len(g[0]), "len(_0[0])", 2),
    _C("colours", (GRID,), INT, lambda g: len({c for row in g for c in row}),
       "len({c for row in _0 for c in row})", 3),
)  # fmt: skip
