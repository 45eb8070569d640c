"""New inputs from given ones by small changes that keep their types (EvalPlus, Liu et al. 2023,
section 2.1 and table 1).

Pure functions of their arguments and a seed. Changes are small and local, so that an input that
meets a problem's unwritten conditions often still does afterwards; and values seen anywhere in the
given inputs ("ingredients", as EvalPlus has them) are put in the places of others of their type,
which keeps strings and keys that mean something.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from verifiers.value_text import text_of

Arguments = tuple[Any, ...]

_REUSE = 0.25  # how often a leaf becomes another leaf of the given inputs instead of a neighbour
_ATTEMPTS = 20  # tries per wanted input before giving up: tiny input spaces run dry


def mutants(seeds: Sequence[Arguments], *, count: int, seed: int) -> list[Arguments]:
    """Up to `count` new argument tuples, all different from each other and from the seeds.

    Mutants are themselves mutated further, as a fuzzer's corpus grows. Fewer come back where the
    inputs leave nothing to vary (no arguments, a single bool).
    """
    if not seeds or count <= 0:
        return []
    rng = random.Random(seed)
    corpus = [tuple(arguments) for arguments in seeds]
    ingredients = _ingredients(corpus)
    known = {_key(arguments) for arguments in corpus}
    made: list[Arguments] = []
    for _ in range(count * _ATTEMPTS):
        if len(made) == count:
            break
        parent = corpus[rng.randrange(len(corpus))]
        child = mutate(parent, rng, ingredients)
        key = _key(child)
        if key not in known:
            known.add(key)
            made.append(child)
            corpus.append(child)
    return made


def with_constants(
    seeds: Sequence[Arguments], constants: Sequence[Any], *, count: int, seed: int
) -> list[Arguments]:
    """Up to `count` new argument tuples in which one leaf is a constant of its type, or for an int
    a neighbour of one.

    With the constants of a program's own source this reaches what hangs on them (`if n > 1000`,
    `if word == "stop"`), which random changes never meet: the dictionary of a fuzzer.
    """
    rng = random.Random(seed)
    pool: dict[type, list[Any]] = {}
    for constant in constants:
        kind = type(constant)
        values = [constant - 1, constant, constant + 1] if kind is int else [constant]
        pool.setdefault(kind, []).extend(values)
    known = {_key(arguments) for arguments in seeds}
    made: list[Arguments] = []
    for _ in range(count * 4 if seeds and pool else 0):
        if len(made) == count:
            break
        child = _planted(seeds[rng.randrange(len(seeds))], rng, pool)
        key = _key(child)
        if key not in known:
            known.add(key)
            made.append(child)
    return made


def _planted(value: Any, rng: random.Random, pool: dict[type, list[Any]]) -> Any:
    kind = type(value)
    if kind in pool:
        return rng.choice(pool[kind])
    if kind in (list, tuple) and value:
        place = rng.randrange(len(value))
        changed = list(value)
        changed[place] = _planted(value[place], rng, pool)
        return kind(changed)
    if kind is dict and value:
        key = rng.choice(list(value))
        return {**value, key: _planted(value[key], rng, pool)}
    return value


def mutate(
    arguments: Arguments, rng: random.Random, ingredients: dict[type, list[Any]] | None = None
) -> Arguments:
    """`arguments` with one of them changed."""
    if not arguments:
        return arguments
    place = rng.randrange(len(arguments))
    changed = _mutated(arguments[place], rng, ingredients or {})
    return (*arguments[:place], changed, *arguments[place + 1 :])


def _mutated(value: Any, rng: random.Random, ingredients: dict[type, list[Any]]) -> Any:
    kind = type(value)
    pool = ingredients.get(kind)
    if pool and kind in (int, float, str, bytes, complex) and rng.random() < _REUSE:
        return rng.choice(pool)
    if kind is bool:
        return not value
    if kind is int:
        return _mutated_int(value, rng)
    if kind is float:
        return _mutated_float(value, rng)
    if kind is complex:
        return complex(_mutated_float(value.real, rng), value.imag)
    if kind is str:
        return _mutated_text(value, rng, "abcXYZ019 _-")
    if kind is bytes:
        text = _mutated_text(value.decode("latin-1"), rng, "\x00aZ\xff")
        return text.encode("latin-1")
    if kind is list:
        return _mutated_list(value, rng, ingredients)
    if kind is tuple:
        # Tuples are often records: their length is part of the type more than a list's is.
        return tuple(_mutated_list(list(value), rng, ingredients, keep_length=len(value) <= 4))
    if kind is set or kind is frozenset:
        items = sorted(value, key=lambda item: (type(item).__name__, text_of(item)))
        changed = _mutated_list(items, rng, ingredients)
        return kind(item for item in changed if _hashable(item))
    if kind is dict:
        return _mutated_dict(value, rng, ingredients)
    return value


def _mutated_int(value: int, rng: random.Random) -> int:
    choice = rng.randrange(8)
    if choice < 5:  # EvalPlus' rule: a neighbour
        return value + rng.choice((-1, 1))
    if choice == 5:
        return -value
    if choice == 6:
        return rng.choice((0, 1, 2, 10))
    return value * 2


def _mutated_float(value: float, rng: random.Random) -> float:
    choice = rng.randrange(8)
    if choice < 4:
        return value + rng.choice((-1.0, 1.0))
    if choice == 4:
        return -value
    if choice == 5:
        return rng.choice((0.0, 1.0, 0.5))
    return value * rng.choice((0.5, 2.0)) if choice == 6 else value + rng.uniform(-1, 1)


def _mutated_text(value: str, rng: random.Random, alphabet: str) -> str:
    if not value:
        return rng.choice(alphabet)
    start = rng.randrange(len(value))
    end = min(len(value), start + rng.randint(1, 4))
    match rng.randrange(4):
        case 0:  # a substring away
            return value[:start] + value[end:]
        case 1:  # a substring again
            return value[:end] + value[start:]
        case 2:  # two characters change places
            other = rng.randrange(len(value))
            letters = list(value)
            letters[start], letters[other] = letters[other], letters[start]
            return "".join(letters)
        case _:
            return value[:start] + rng.choice(value + alphabet) + value[start + 1 :]


def _mutated_list(
    value: list[Any],
    rng: random.Random,
    ingredients: dict[type, list[Any]],
    *,
    keep_length: bool = False,
) -> list[Any]:
    if not value:
        return value if keep_length else [rng.choice(_any_leaf(ingredients))]
    place = rng.randrange(len(value))
    changed = list(value)
    match 3 if keep_length else rng.randrange(6):
        case 0:
            del changed[place]
        case 1:
            changed.insert(rng.randrange(len(value) + 1), value[place])
        case 2:
            changed.insert(place, _mutated(value[place], rng, ingredients))
        case 3 | 4:
            changed[place] = _mutated(value[place], rng, ingredients)
        case _:
            other = rng.randrange(len(value))
            changed[place], changed[other] = changed[other], changed[place]
    return changed


def _mutated_dict(
    value: dict[Any, Any], rng: random.Random, ingredients: dict[type, list[Any]]
) -> dict[Any, Any]:
    if not value:
        return value
    changed = dict(value)
    key = rng.choice(list(value))
    match rng.randrange(4):
        case 0:
            del changed[key]
        case 1 | 2:
            changed[key] = _mutated(value[key], rng, ingredients)
        case _:
            new_key = _mutated(key, rng, ingredients)
            if _hashable(new_key):
                changed[new_key] = _mutated(value[key], rng, ingredients)
    return changed


def _ingredients(corpus: Sequence[Arguments]) -> dict[type, list[Any]]:
    """The leaves of the given inputs by type, in order of appearance, without repetition."""
    found: dict[type, dict[Any, None]] = {}
    for arguments in corpus:
        for leaf in _leaves(arguments):
            found.setdefault(type(leaf), {})[leaf] = None
    return {kind: list(leaves) for kind, leaves in found.items()}


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(key)
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, set | frozenset):
        for item in sorted(value, key=lambda item: (type(item).__name__, text_of(item))):
            yield from _leaves(item)
    elif _hashable(value):
        yield value


def _any_leaf(ingredients: dict[type, list[Any]]) -> list[Any]:
    return [leaf for leaves in ingredients.values() for leaf in leaves] or [0]


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _key(arguments: Arguments) -> str:
    return text_of(arguments, 100_000)
