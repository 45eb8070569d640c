"""A set of 64-bit hashes that whole blocks are added to.

Small sets are Python's own behind a direct-mapped filter.  A set that has grown past
`COMPILED_FROM` continues as a table in machine code (numba, compiled once and kept on disk): an
easy search never pays for the compiler, a long one gains half of its time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Loading the compiled code takes 0.2 to 0.5 s, as long as a million hashes take without.
COMPILED_FROM = 200_000
_FILTER_BITS = 19
_START_BITS = 21
_ONE = np.ones(1, dtype=np.bool_)
_kernels: tuple[Callable[..., Any], Callable[..., Any]] | None = None


class HashSet:
    """Hashes seen so far; ``compiled=False`` keeps to Python and numpy."""

    __slots__ = ("_compiled", "_count", "_filter", "_known", "_table")

    def __init__(self, *, compiled: bool | None = None) -> None:
        if compiled is None:
            compiled = os.environ.get("SYNTH_COMPILED", "1") != "0"
        self._compiled = compiled
        self._known: set[int] = set()
        self._filter: Hashes | None = None
        self._table: Hashes | None = None
        self._count = 0

    def __len__(self) -> int:
        return len(self._known) if self._table is None else self._count

    def add(self, key: int) -> bool:
        """Whether the hash is new."""
        if self._table is None:
            before = len(self._known)
            self._known.add(key)
            return len(self._known) > before
        return bool(len(self._add_compiled(np.array([key], dtype=np.int64), _ONE)))

    def add_block(self, hashes: Hashes, usable: Flags | None) -> NDArray[np.intp]:
        """The places of the hashes that are new, each once; those not ``usable`` are left out."""
        if self._table is not None:
            return self._add_compiled(hashes, usable)
        places = self._add_plainly(hashes, usable)
        if self._compiled and len(self._known) >= COMPILED_FROM:
            self._compile()
        return places

    def _add_plainly(self, hashes: Hashes, usable: Flags | None) -> NDArray[np.intp]:
        # A direct-mapped table rejects most duplicates before Python sees them.
        if self._filter is None:
            self._filter = np.zeros(1 << _FILTER_BITS, dtype=np.int64)
            self._filter[0] = 1  # else the hash 0 would count as seen
        slots = hashes & ((1 << _FILTER_BITS) - 1)
        fresh = self._filter[slots] != hashes
        if usable is not None:
            fresh &= usable
        survivors = np.flatnonzero(fresh)
        self._filter[slots[survivors]] = hashes[survivors]
        known, chosen = self._known, []
        for place, key in zip(survivors.tolist(), hashes[survivors].tolist(), strict=True):
            if key not in known:
                known.add(key)
                chosen.append(place)
        return np.array(chosen, dtype=np.intp)

    def _compile(self) -> None:
        """Move what is known to a table, where there is a compiler."""
        kernels = _compiled_kernels()
        if kernels is None:
            self._compiled = False
            return
        held = np.fromiter(self._known, dtype=np.int64, count=len(self._known))
        self._table = np.zeros(1 << _START_BITS, dtype=np.int64)
        self._known, self._filter = set(), None
        self._add_compiled(held, None)

    def _add_compiled(self, hashes: Hashes, usable: Flags | None) -> NDArray[np.intp]:
        kernels, table = _compiled_kernels(), self._table
        assert kernels is not None
        assert table is not None
        insert, refill = kernels
        while 2 * (self._count + len(hashes)) > len(table):
            larger = np.zeros(2 * len(table), dtype=np.int64)
            refill(larger, table)
            table = self._table = larger
        if usable is None:
            usable = np.ones(len(hashes), dtype=np.bool_)
        places: NDArray[np.intp] = insert(table, hashes, usable)
        self._count += len(places)
        return places


def _compiled_kernels() -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    global _kernels
    if _kernels is None:
        try:
            from search.compiled import compiled
        except ImportError:
            return None
        _kernels = compiled(_insert), compiled(_refill)
    return _kernels


def _insert(table, hashes, usable):  # type: ignore[no-untyped-def]  # compiled
    # 0 marks an empty slot, so the hash 0 is kept as 1: one more collision in 2 ** 64.
    mask = len(table) - 1
    chosen = np.empty(len(hashes), dtype=np.intp)
    count = 0
    for place in range(len(hashes)):
        if not usable[place]:
            continue
        key = hashes[place]
        if key == 0:
            key = np.int64(1)
        slot = (key ^ (key >> 29)) & mask
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + 1) & mask
        if table[slot] == 0:
            table[slot] = key
            chosen[count] = place
            count += 1
    return chosen[:count]


def _refill(table, old):  # type: ignore[no-untyped-def]  # compiled
    mask = len(table) - 1
    for place in range(len(old)):
        key = old[place]
        if key != 0:
            slot = (key ^ (key >> 29)) & mask
            while table[slot] != 0:
                slot = (slot + 1) & mask
            table[slot] = key
