"""Connected regions of a grid, and maps that write a feature of its region on every cell.

These functions are plain Python over rows of ints, lists or tuples: a program that uses them
carries their source (`synth.inductive.carried`).  They may therefore use each other, builtins, and
nothing else.  What lies between regions is the background: 0, or else the most common colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Grid = Sequence[Sequence[int]]
Rows = list[list[int]]
Region = list[tuple[int, int]]


def background(grid: Grid) -> int:
    """0 where it occurs, otherwise the most common colour."""
    cells = [cell for row in grid for cell in row]
    return 0 if 0 in cells else max(set(cells), key=cells.count)


def regions(grid: Grid, corners: bool, mixed: bool) -> list[Region]:
    """The connected regions that are not background, in reading order.

    Cells connect by sides, with ``corners`` also diagonally; a region has one colour unless
    ``mixed``.
    """
    blank = background(grid)
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    if corners:
        steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    height, width = len(grid), len(grid[0])
    seen = [[cell == blank for cell in row] for row in grid]
    found = []
    for i in range(height):
        for j in range(width):
            if seen[i][j]:
                continue
            seen[i][j] = True
            region = [(i, j)]
            for a, b in region:
                for down, right in steps:
                    c, d = a + down, b + right
                    if not (0 <= c < height and 0 <= d < width) or seen[c][d]:
                        continue
                    if mixed or grid[c][d] == grid[a][b]:
                        seen[c][d] = True
                        region.append((c, d))
            found.append(region)
    return found


def painted(grid: Grid, found: list[Region], value: Callable[[Grid, Region], int]) -> Rows:
    """What ``value`` says of each region, on its cells; 0 elsewhere."""
    made = [[0] * len(row) for row in grid]
    for region in found:
        mark = value(grid, region)
        for i, j in region:
            made[i][j] = mark
    return made


def ranked(grid: Grid, found: list[Region], value: Callable[[Grid, Region], int]) -> Rows:
    """1 on the regions with the greatest value, 2 on those with the next, ..."""
    values = sorted({value(grid, region) for region in found}, reverse=True)
    return painted(grid, found, lambda grid, region: values.index(value(grid, region)) + 1)


def shared(grid: Grid, found: list[Region], key: Callable[[Grid, Region], object]) -> Rows:
    """On every region, how many regions have its key."""
    keys = [key(grid, region) for region in found]
    return painted(grid, found, lambda grid, region: keys.count(key(grid, region)))


def extent(grid: Grid, region: Region) -> int:
    return len(region)


def tall(grid: Grid, region: Region) -> int:
    return max(i for i, _ in region) - min(i for i, _ in region) + 1


def wide(grid: Grid, region: Region) -> int:
    return max(j for _, j in region) - min(j for _, j in region) + 1


def lowest(grid: Grid, region: Region) -> int:
    return max(i for i, _ in region)


def rightmost(grid: Grid, region: Region) -> int:
    return max(j for _, j in region)


def solid(grid: Grid, region: Region) -> int:
    """1 for a full rectangle, else 2."""
    return 1 if len(region) == tall(grid, region) * wide(grid, region) else 2


def at_edge(grid: Grid, region: Region) -> int:
    """1 where it touches the edge of the grid, else 2."""
    last, end = len(grid) - 1, len(grid[0]) - 1
    return 1 if any(i in (0, last) or j in (0, end) for i, j in region) else 2


def upright(grid: Grid, region: Region) -> int:
    """1 for taller than wide, 2 for wider than tall, 3 for a square."""
    height, width = tall(grid, region), wide(grid, region)
    return 1 if height > width else 2 if width > height else 3


def even_sided(grid: Grid, region: Region) -> int:
    """1 for a region that is its own mirror image, left to right, else 2."""
    ends = min(j for _, j in region) + max(j for _, j in region)
    marks = {(i, j, grid[i][j]) for i, j in region}
    return 1 if all((i, ends - j, c) in marks for i, j, c in marks) else 2


def colours_in(grid: Grid, region: Region) -> int:
    return len({grid[i][j] for i, j in region})


def main_colour(grid: Grid, region: Region) -> int:
    cells = [grid[i][j] for i, j in region]
    return max(sorted(set(cells)), key=cells.count)


def odd_colour(grid: Grid, region: Region) -> int:
    """Its least common colour."""
    cells = [grid[i][j] for i, j in region]
    return min(sorted(set(cells)), key=cells.count)


def openings(grid: Grid, region: Region) -> int:
    """How many holes it has: pockets of other cells inside its box that are shut in, plus 1."""
    top, left = min(i for i, _ in region), min(j for _, j in region)
    own = set(region)
    height, width = tall(grid, region) + 2, wide(grid, region) + 2
    rest = {(i, j) for i in range(height) for j in range(width)}
    rest -= {(i - top + 1, j - left + 1) for i, j in own}
    count = 0
    while rest:
        count += 1
        stack = [rest.pop()]
        while stack:
            i, j = stack.pop()
            for place in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j)):
                if place in rest:
                    rest.remove(place)
                    stack.append(place)
    return count


def outline(grid: Grid, region: Region) -> object:
    """Its shape: the cells relative to its corner."""
    top, left = min(i for i, _ in region), min(j for _, j in region)
    return sorted((i - top, j - left) for i, j in region)


def look(grid: Grid, region: Region) -> object:
    """Its shape with colours."""
    top, left = min(i for i, _ in region), min(j for _, j in region)
    return sorted((i - top, j - left, grid[i][j]) for i, j in region)


def own_colour(grid: Grid, region: Region) -> object:
    return grid[region[0][0]][region[0][1]]


def layers(grid: Grid, found: list[Region]) -> Rows:
    """How deep in the box of its region a cell lies: 1 on the rim."""
    made = [[0] * len(row) for row in grid]
    for region in found:
        top, left = min(i for i, _ in region), min(j for _, j in region)
        low, right = max(i for i, _ in region), max(j for _, j in region)
        for i, j in region:
            made[i][j] = min(i - top, low - i, j - left, right - j) + 1
    return made


def rows_down(grid: Grid, found: list[Region]) -> Rows:
    """The row of each cell within its region, from 1."""
    made = [[0] * len(row) for row in grid]
    for region in found:
        top = min(i for i, _ in region)
        for i, j in region:
            made[i][j] = i - top + 1
    return made


def columns_in(grid: Grid, found: list[Region]) -> Rows:
    """The column of each cell within its region, from 1."""
    made = [[0] * len(row) for row in grid]
    for region in found:
        left = min(j for _, j in region)
        for i, j in region:
            made[i][j] = j - left + 1
    return made


def boxed(grid: Grid, found: list[Region]) -> Rows:
    """The main colour of the smallest region whose box holds the cell, else 0."""
    made = [[0] * len(row) for row in grid]
    for region in sorted(found, key=len, reverse=True):
        colour = main_colour(grid, region)
        for i in range(min(i for i, _ in region), max(i for i, _ in region) + 1):
            for j in range(min(j for _, j in region), max(j for _, j in region) + 1):
                made[i][j] = colour
    return made


def enclosed(grid: Grid, corners: bool) -> list[Region]:
    """The regions of background from which no way leads to the edge of the grid."""
    blank = background(grid)
    last, end = len(grid) - 1, len(grid[0]) - 1
    inverse = [[1 if cell == blank else 0 for cell in row] for row in grid]
    return [
        region
        for region in regions(inverse, corners, False)
        if inverse[region[0][0]][region[0][1]]
        and not any(i in (0, last) or j in (0, end) for i, j in region)
    ]


def surrounding(grid: Grid, region: Region) -> int:
    """The most common colour beside a region."""
    own = set(region)
    beside = [
        grid[a][b]
        for i, j in region
        for a, b in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j))
        if (a, b) not in own and 0 <= a < len(grid) and 0 <= b < len(grid[0])
    ]
    return max(sorted(set(beside)), key=beside.count) if beside else 0


def dropped(grid: Grid, found: list[Region]) -> Rows:
    """Every region let down as one piece, until it rests on another or on the bottom."""
    fallen = [0] * len(found)
    moving = set(range(len(found)))
    while moving:
        owner = {(i + fallen[n], j): n for n, region in enumerate(found) for i, j in region}
        below = [(n, i + 1, owner.get((i + 1, j), n)) for (i, j), n in owner.items()]
        held = {n for n, i, m in below if n in moving and (i == len(grid) or m not in moving | {n})}
        moving -= held
        if not held:
            for n in moving:
                fallen[n] += 1
    made = [[background(grid)] * len(row) for row in grid]
    for n, region in enumerate(found):
        for i, j in region:
            made[i + fallen[n]][j] = grid[i][j]
    return made
