"""Maps of a grid: what each cell can see, count or know of its place.

As in `synth.inductive.grid_regions`, programs carry the source of what they use of these.
"""

# Programs carry this text: `zip` stays as a person would write it.
# ruff: noqa: B905

from __future__ import annotations

from synth.inductive.grid_regions import Grid, Rows, background


def seen(grid: Grid, down: int, right: int) -> Rows:
    """The first colour other than the background from each cell on in a direction, else 0."""
    blank = background(grid)
    height, width = len(grid), len(grid[0])
    made = [[0] * width for _ in grid]
    for i in range(height) if down <= 0 else range(height - 1, -1, -1):
        for j in range(width) if right <= 0 else range(width - 1, -1, -1):
            a, b = i + down, j + right
            if 0 <= a < height and 0 <= b < width:
                made[i][j] = grid[a][b] if grid[a][b] != blank else made[a][b]
    return made


def between(grid: Grid, down: int, right: int) -> Rows:
    """The colour that a cell sees in a direction and in the opposite one, 0 where they differ."""
    one, other = seen(grid, down, right), seen(grid, -down, -right)
    return [[x if x == y else 0 for x, y in zip(r, s)] for r, s in zip(one, other)]


def neighbours(grid: Grid, corners: bool) -> Rows:
    """How many cells beside each are not background."""
    blank = background(grid)
    height, width = len(grid), len(grid[0])
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    if corners:
        steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return [
        [
            sum(
                0 <= i + a < height and 0 <= j + b < width and grid[i + a][j + b] != blank
                for a, b in steps
            )
            for j in range(width)
        ]
        for i in range(height)
    ]


def alike(grid: Grid) -> Rows:
    """How many of the eight cells around have the same colour."""
    height, width = len(grid), len(grid[0])
    return [
        [
            sum(
                grid[a][b] == grid[i][j]
                for a in range(max(0, i - 1), min(height, i + 2))
                for b in range(max(0, j - 1), min(width, j + 2))
            )
            - 1
            for j in range(width)
        ]
        for i in range(height)
    ]


def adjacent(grid: Grid, corners: bool) -> Rows:
    """The most common colour beside each cell other than the background, else 0; with
    ``corners``, of those that touch it diagonally only."""
    blank = background(grid)
    height, width = len(grid), len(grid[0])
    steps = [(1, 1), (1, -1), (-1, 1), (-1, -1)] if corners else [(0, 1), (1, 0), (0, -1), (-1, 0)]
    made = [[0] * width for _ in grid]
    for i in range(height):
        for j in range(width):
            beside = [
                grid[i + a][j + b]
                for a, b in steps
                if 0 <= i + a < height and 0 <= j + b < width and grid[i + a][j + b] != blank
            ]
            if beside:
                made[i][j] = max(sorted(set(beside)), key=beside.count)
    return made


def row_numbers(grid: Grid, last: bool) -> Rows:
    """The number of each cell's row, from the top or, with ``last``, from the bottom."""
    height = len(grid)
    return [[height - 1 - i if last else i for _ in row] for i, row in enumerate(grid)]


def column_numbers(grid: Grid, last: bool) -> Rows:
    """The number of each cell's column, from the left or, with ``last``, from the right."""
    width = len(grid[0])
    return [[width - 1 - j if last else j for j in range(width)] for _ in grid]


def stripes(grid: Grid, down: int, right: int, period: int) -> Rows:
    """Rows (1, 0), columns (0, 1) or diagonals (1, 1) numbered over and over."""
    return [
        [(down * i + right * j) % period for j in range(len(row))] for i, row in enumerate(grid)
    ]


def diagonals(grid: Grid, down: int) -> Rows:
    """Cells on the falling (-1) or rising (1) diagonal are 0, others their distance from it."""
    width = len(grid[0])
    start = 0 if down < 0 else width - 1
    return [[abs(j + down * i - start) for j in range(width)] for i in range(len(grid))]


def rings(grid: Grid) -> Rows:
    """How far each cell is from the edge."""
    height, width = len(grid), len(grid[0])
    return [[min(i, j, height - 1 - i, width - 1 - j) for j in range(width)] for i in range(height)]


def row_counts(grid: Grid) -> Rows:
    """In each cell, how many cells of its row are not background."""
    blank = background(grid)
    return [[sum(cell != blank for cell in row)] * len(row) for row in grid]


def column_counts(grid: Grid) -> Rows:
    """In each cell, how many cells of its column are not background."""
    blank = background(grid)
    counts = [sum(cell != blank for cell in column) for column in zip(*grid)]
    return [counts[:] for _ in grid]


def row_colours(grid: Grid, place: int) -> Rows:
    """In each cell, the first (0) or last (-1) cell of its row."""
    return [[row[place]] * len(row) for row in grid]


def column_colours(grid: Grid, place: int) -> Rows:
    """In each cell, the first (0) or last (-1) cell of its column."""
    return [list(grid[place]) for _ in grid]


def row_main(grid: Grid) -> Rows:
    """In each cell, the most common colour of its row."""
    return [[max(sorted(set(row)), key=list(row).count)] * len(row) for row in grid]


def column_main(grid: Grid) -> Rows:
    """In each cell, the most common colour of its column."""
    made = [max(sorted(set(column)), key=column.count) for column in zip(*grid)]
    return [made[:] for _ in grid]


def uniform_lines(grid: Grid) -> Rows:
    """1 on rows of one colour, 2 on columns of one colour, 3 on both, else 0."""
    across = [len(set(row)) == 1 for row in grid]
    down = [len(set(column)) == 1 for column in zip(*grid)]
    return [[a + 2 * b for b in down] for a in across]


def colour_ranks(grid: Grid) -> Rows:
    """1 on the most common colour that is not background, 2 on the next, ...; 0 on it."""
    blank = background(grid)
    cells = [cell for row in grid for cell in row if cell != blank]
    order = sorted(set(cells), key=lambda colour: (-cells.count(colour), colour))
    return [[0 if cell == blank else order.index(cell) + 1 for cell in row] for row in grid]


def moved(grid: Grid, down: int, right: int) -> Rows:
    """The grid shifted, with what leaves it on one side coming in on the other."""
    height, width = len(grid), len(grid[0])
    return [
        [grid[(i - down) % height][(j - right) % width] for j in range(width)]
        for i in range(height)
    ]


def completed(grid: Grid, hidden: int) -> Rows:
    """Cells of a colour replaced by what a symmetry or a repeat of the others says.

    Tries mirror axes near the middle and then periods, the first that no other cells contradict
    and that determines every hidden cell.  Raises ValueError when there is none.
    """
    height, width = len(grid), len(grid[0])
    lost = [(i, j) for i in range(height) for j in range(width) if grid[i][j] == hidden]
    if not lost:
        raise ValueError("nothing is hidden")
    made = [list(row) for row in grid]
    for shift in sorted(range(-6, 7), key=abs):
        for turn in sorted(range(-6, 7), key=abs):
            low, right = height - 1 + shift, width - 1 + turn
            if mirrored_twice(grid, hidden, low, right):
                for i, j in lost:
                    places = [(i, right - j), (low - i, j), (low - i, right - j)]
                    marks = [grid[a][b] for a, b in places if 0 <= a < height and 0 <= b < width]
                    made[i][j] = next((mark for mark in marks if mark != hidden), hidden)
                if all(made[i][j] != hidden for i, j in lost):
                    return made
    for area in range(2, height * width // 2 + 1):
        for p in range(1, min(area, height) + 1):
            if area % p == 0 and area // p <= width:
                tile = repeated(grid, hidden, p, area // p)
                if tile and all((i % p, j % (area // p)) in tile for i, j in lost):
                    for i, j in lost:
                        made[i][j] = tile[i % p, j % (area // p)]
                    return made
    raise ValueError("no symmetry and no repeat")


def mirrored_twice(grid: Grid, hidden: int, low: int, right: int) -> bool:
    """Whether rows i and low - i, and columns j and right - j, agree where both can be seen."""
    height, width = len(grid), len(grid[0])
    for i, row in enumerate(grid):
        other = grid[low - i] if 0 <= low - i < height else None
        for j, cell in enumerate(row):
            if cell == hidden:
                continue
            if 0 <= right - j < width and row[right - j] not in (cell, hidden):
                return False
            if other is not None and other[j] not in (cell, hidden):
                return False
    return True


def repeated(grid: Grid, hidden: int, down: int, across: int) -> dict[tuple[int, int], int] | None:
    """The tile of so many rows and columns that a grid repeats, None when it does not."""
    tile: dict[tuple[int, int], int] = {}
    for i, row in enumerate(grid):
        for j, cell in enumerate(row):
            if cell != hidden and tile.setdefault((i % down, j % across), cell) != cell:
                return None
    return tile
