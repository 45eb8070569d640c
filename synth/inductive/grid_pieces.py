"""Grids cut into smaller ones, and ways to choose among them or to put them together.

As in `synth.inductive.grid_regions`, programs carry the source of what they use of these.
"""

# Programs carry this text: `zip` stays as a person would write it.
# ruff: noqa: B905

from __future__ import annotations

from collections.abc import Callable

from synth.inductive.grid_regions import Grid, Region, Rows, background, regions

Pieces = list[Rows]


def box(grid: Grid, region: Region) -> Rows:
    """The smallest rectangle of the grid that holds a region."""
    top, low = min(i for i, _ in region), max(i for i, _ in region)
    left, right = min(j for _, j in region), max(j for _, j in region)
    return [list(row[left : right + 1]) for row in grid[top : low + 1]]


def boxes(grid: Grid, found: list[Region]) -> Pieces:
    return [box(grid, region) for region in found]


def cut_out(grid: Grid, found: list[Region]) -> Pieces:
    """The box of each region with background in place of what is not of the region."""
    blank = background(grid)
    made = []
    for region in found:
        own = set(region)
        alone = [
            [cell if (i, j) in own else blank for j, cell in enumerate(row)]
            for i, row in enumerate(grid)
        ]
        made.append(box(alone, region))
    return made


def of_colour(grid: Grid) -> list[Region]:
    """The cells of each colour other than the background, as one region."""
    blank = background(grid)
    found: dict[int, Region] = {}
    for i, row in enumerate(grid):
        for j, cell in enumerate(row):
            if cell != blank:
                found.setdefault(cell, []).append((i, j))
    return list(found.values())


def insides(grid: Grid) -> Pieces:
    """What stands inside each rectangular frame of one colour, the widest frame first."""
    made = []
    for region in regions(grid, False, False):
        picture = box(grid, region)
        colour = grid[region[0][0]][region[0][1]]
        if len(picture) < 3 or len(picture[0]) < 3:
            continue
        rim = [*picture[0], *picture[-1], *(row[0] for row in picture), *(r[-1] for r in picture)]
        if set(rim) == {colour}:
            made.append([row[1:-1] for row in picture[1:-1]])
    return sorted(made, key=lambda piece: -len(piece) * len(piece[0]))


def line_colour(grid: Grid) -> int:
    """The colour of the full rows and columns that divide the grid."""
    lines = [row[0] for row in grid if len(set(row)) == 1]
    lines += [column[0] for column in zip(*grid) if len(set(column)) == 1]
    marks = [colour for colour in lines if colour != background(grid)] or lines
    return max(sorted(set(marks)), key=marks.count)


def spans(flags: list[bool]) -> list[tuple[int, int]]:
    """The runs of places that are not flagged, as (start, end)."""
    made, start = [], 0
    for place, flag in enumerate([*flags, True]):
        if flag:
            if place > start:
                made.append((start, place))
            start = place + 1
    return made


def panel_rows(grid: Grid) -> list[Pieces]:
    """The panels between dividing rows and columns, as rows of panels."""
    colour = line_colour(grid)
    across = spans([set(row) == {colour} for row in grid])
    down = spans([set(column) == {colour} for column in zip(*grid)])
    if len(across) * len(down) < 2:
        raise ValueError("nothing divides the grid")
    return [[[list(row[c:d]) for row in grid[a:b]] for c, d in down] for a, b in across]


def panels(grid: Grid) -> Pieces:
    """The panels between dividing rows and columns, in reading order."""
    return [panel for row in panel_rows(grid) for panel in row]


def squares(grid: Grid) -> Pieces:
    """The squares that a long grid is made of, or its quarters."""
    height, width = len(grid), len(grid[0])
    side = min(height, width)
    if height == width:
        if side % 2:
            raise ValueError("no quarters")
        side //= 2
    if height % side or width % side:
        raise ValueError("not made of squares")
    return [
        [list(row[j : j + side]) for row in grid[i : i + side]]
        for i in range(0, height, side)
        for j in range(0, width, side)
    ]


def thirds(grid: Grid) -> Pieces:
    """Three equal parts of the longer side."""
    height, width = len(grid), len(grid[0])
    if height >= width and height % 3 == 0:
        return [
            [list(row) for row in grid[i : i + height // 3]] for i in range(0, height, height // 3)
        ]
    if width % 3:
        raise ValueError("no thirds")
    return [[list(row[j : j + width // 3]) for row in grid] for j in range(0, width, width // 3)]


def summary(rows: list[Pieces], value: Callable[[Rows], int]) -> Rows:
    """A grid with one cell a panel."""
    return [[value(panel) for panel in row] for row in rows]


def cells(piece: Rows) -> int:
    """How many cells are not 0."""
    return sum(cell != 0 for row in piece for cell in row)


def area(piece: Rows) -> int:
    return len(piece) * len(piece[0])


def variety(piece: Rows) -> int:
    """How many colours there are."""
    return len({cell for row in piece for cell in row})


def likeness(piece: Rows) -> int:
    """How many of four symmetries it has."""
    turned = [list(row) for row in zip(*piece)]
    return (
        (piece == piece[::-1])
        + (piece == [row[::-1] for row in piece])
        + (piece == turned)
        + (piece == [row[::-1] for row in piece[::-1]])
    )


def main_cell(piece: Rows) -> int:
    """The most common colour that is not 0, if there is one."""
    marks = [cell for row in piece for cell in row if cell]
    return max(sorted(set(marks)), key=marks.count) if marks else 0


def greatest(pieces: Pieces, value: Callable[[Rows], int], most: int) -> Rows:
    """The one piece with the greatest (1) or least (-1) value; ValueError where several have."""
    values = [most * value(piece) for piece in pieces]
    if values.count(max(values)) > 1 and len({str(p) for p in pieces}) > 1:
        raise ValueError("several are greatest")
    return pieces[values.index(max(values))]


def odd_one(pieces: Pieces, key: Callable[[Rows], object]) -> Rows:
    """The only piece whose key no other has, among at least three."""
    keys = [key(piece) for piece in pieces]
    lonely = [place for place, own in enumerate(keys) if keys.count(own) == 1]
    if len(lonely) != 1 or len(pieces) < 3:
        raise ValueError("none or several stand out")
    return pieces[lonely[0]]


def commonest(pieces: Pieces) -> Rows:
    """The piece that occurs most often; ValueError where two do."""
    counts = [pieces.count(piece) for piece in pieces]
    best = pieces[counts.index(max(counts))]
    if any(n == max(counts) and piece != best for n, piece in zip(counts, pieces)):
        raise ValueError("several are most common")
    return best


def itself(piece: Rows) -> object:
    return piece


def mask(piece: Rows) -> object:
    """Which cells are not 0."""
    return [[cell != 0 for cell in row] for row in piece]


def stacked(pieces: Pieces) -> Rows:
    """All pieces over each other, the earlier ones above."""
    made = [row[:] for row in pieces[0]]
    for piece in pieces:
        if len(piece) != len(made) or len(piece[0]) != len(made[0]):
            raise ValueError("pieces of different shapes")
        made = [[x or y for x, y in zip(r, s)] for r, s in zip(made, piece)]
    return made


def in_a_row(pieces: Pieces) -> Rows:
    """All pieces side by side."""
    if len({len(piece) for piece in pieces}) > 1:
        raise ValueError("pieces of different heights")
    return [[cell for row in rows for cell in row] for rows in zip(*pieces)]


def in_a_column(pieces: Pieces) -> Rows:
    """All pieces below each other."""
    if len({len(piece[0]) for piece in pieces}) > 1:
        raise ValueError("pieces of different widths")
    return [row for piece in pieces for row in piece]


def by_value(pieces: Pieces, value: Callable[[Rows], int], most: int) -> Pieces:
    """The pieces with the greatest (1) or least (-1) value first."""
    return sorted(pieces, key=lambda piece: -most * value(piece))


def tiled(grid: Grid, down: int, across: int) -> Rows:
    return [list(row) * across for _ in range(down) for row in grid]


def kaleidoscope(grid: Grid) -> Rows:
    """The grid with its mirror images to the right and below."""
    upper = [[*row, *row[::-1]] for row in grid]
    return upper + [row[:] for row in upper[::-1]]


def unrepeated(grid: Grid) -> Rows:
    """Without rows and columns that repeat the one before."""
    rows = [list(row) for k, row in enumerate(grid) if k == 0 or row != grid[k - 1]]
    columns = [list(c) for c in zip(*rows)]
    kept = [c for k, c in enumerate(columns) if k == 0 or c != columns[k - 1]]
    return [list(row) for row in zip(*kept)]


def window(grid: Grid, other: Grid, colour: int) -> Rows:
    """What stands in ``other`` where a colour is in ``grid``: the rectangle around it."""
    if len(grid) != len(other) or len(grid[0]) != len(other[0]):
        raise ValueError("grids of different shapes")
    places = [(i, j) for i, row in enumerate(grid) for j, c in enumerate(row) if c == colour]
    return box(other, places)


def bar(count: int, colour: int) -> Rows:
    """One row of so many cells."""
    if not 1 <= count <= 30 or not 0 <= colour <= 9:
        raise ValueError("no such bar")
    return [[colour] * count]


def without_lines(grid: Grid) -> Rows:
    """The grid without its dividing rows and columns."""
    return in_a_column([in_a_row(row) for row in panel_rows(grid)])
