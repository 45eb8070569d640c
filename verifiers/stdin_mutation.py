"""New standard inputs from given ones by small changes that keep their layout.

What a text means is not known, so changes are timid: a number stays near the numbers seen (and
above zero where all of them are), a word keeps to the letters seen, and an item comes or goes only
where a number before it can be seen to count the items, and is corrected with it. An input may
still break an unwritten condition; whoever uses it asks a right program first.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_ATTEMPTS = 20
Lines = list[list[str]]


def stdin_mutants(seeds: Sequence[str], *, count: int, seed: int) -> list[str]:
    """Up to `count` new texts, different from each other and from the seeds.

    Lines stay lines and tokens are joined by single blanks; texts of no tokens are left alone.
    """
    corpus = [_lines(text) for text in seeds if text.strip()]
    if not corpus:
        return []
    by_line = all(map(_counts_lines, corpus))
    pairs = [[] if by_line else counted(lines) for lines in corpus]  # they move with no change
    rng = random.Random(seed)
    numbers = [int(t) for lines in corpus for line in lines for t in line if _INTEGER.fullmatch(t)]
    words = [t for lines in corpus for line in lines for t in line if not _INTEGER.fullmatch(t)]
    letters = "".join(sorted(set("".join(words)))) or "a"
    lowest = min(numbers, default=0)
    known = {_text(lines) for lines in corpus} | set(seeds)
    made: list[str] = []
    for _ in range(count * _ATTEMPTS):
        if len(made) == count:
            break
        parent = rng.randrange(len(corpus))
        lines = [list(line) for line in corpus[parent]]
        for _ in range(rng.choice((1, 1, 2, 3))):
            if by_line and rng.random() < 0.3:
                _resize_lines(lines, rng)
            elif pairs[parent] and rng.random() < 0.4:
                _resize(lines, *rng.choice(pairs[parent]), rng)
            else:
                counts = {first for first, _ in pairs[parent]} | ({0} if by_line else set())
                _change(lines, counts, rng, numbers, lowest, letters)
        text = _text(lines)
        if text not in known:
            known.add(text)
            made.append(text)
            corpus.append(lines)
            pairs.append(pairs[parent])
    return made


def counted(lines: Lines) -> list[tuple[int, int]]:
    """(line, line) pairs: the first ends in a number that counts the tokens of the second."""
    found: list[tuple[int, int]] = []
    for place in range(len(lines) - 1):
        count = str(len(lines[place + 1]))
        taken = bool(found) and found[-1][1] == place
        if not taken and len(lines[place]) <= 2 and count in lines[place]:
            found.append((place, place + 1))
    return found


def _change(
    lines: Lines,
    counts: set[int],
    rng: random.Random,
    numbers: list[int],
    lowest: int,
    letters: str,
) -> None:
    """Another token somewhere, but for the lines that count."""
    free = [place for place, line in enumerate(lines) if line and place not in counts]
    if not free:
        return
    line = lines[rng.choice(free)]
    place = rng.randrange(len(line))
    if len(line) > 2 and rng.random() < 0.2:
        other = rng.randrange(len(line))
        line[place], line[other] = line[other], line[place]
    elif _INTEGER.fullmatch(line[place]):
        line[place] = str(_number(int(line[place]), rng, numbers, lowest))
    else:
        line[place] = _word(line[place], rng, letters)


def _number(value: int, rng: random.Random, numbers: list[int], lowest: int) -> int:
    match rng.randrange(4):
        case 0:
            value = rng.choice(numbers or [value])
        case 1:
            value = rng.randint(min(value, lowest), max([value, *numbers]))
        case _:
            value += rng.choice((-1, 1))
    return max(value, min(lowest, 1))


def _word(value: str, rng: random.Random, letters: str) -> str:
    place = rng.randrange(len(value))
    match rng.randrange(3):
        case 0 if len(value) > 1:
            return value[:place] + value[place + 1 :]
        case 1:
            return value[:place] + value[place] + value[place:]
        case _:
            return value[:place] + rng.choice(letters) + value[place + 1 :]


def _resize(lines: Lines, first: int, second: int, rng: random.Random) -> None:
    """An item less or more, and the number that counts them put right."""
    items = lines[second]
    position = lines[first].index(str(len(items)))
    place = rng.randrange(len(items))
    if rng.random() < 0.5 and len(items) > 1:
        del items[place]
    else:
        items.insert(rng.randrange(len(items) + 1), items[place])
    lines[first][position] = str(len(items))


def _resize_lines(lines: Lines, rng: random.Random) -> None:
    """A line less or more, and the number that counts them put right."""
    place = rng.randrange(1, len(lines))
    if rng.random() < 0.5 and len(lines) > 2:
        del lines[place]
    else:
        lines.insert(place, list(lines[place]))
    lines[0] = [str(len(lines) - 1)]


def _counts_lines(lines: Lines) -> bool:
    return len(lines) > 1 and lines[0] == [str(len(lines) - 1)]


def _lines(text: str) -> Lines:
    return [line.split() for line in text.rstrip().splitlines()]


def _text(lines: Lines) -> str:
    return "".join(" ".join(line) + "\n" for line in lines)
