"""A program the zygote runs on itself before it serves, so that children find everything warm.

What is bound, interned, cached and specialised here is not done again, nor copied page by page, in
every child: about 45 of 370 page faults an execution. It has to look like what models write.
"""

from __future__ import annotations

import marshal
import mmap
import sys

from verifiers.sandbox import harness

_ROUNDS = 12  # the adaptive interpreter specialises after 8

_PROGRAM = '''
from typing import Dict, List, Optional, Tuple
import math
def double_or_next(x: int) -> int:
    """Double the odd ones."""
    return x * 2 if x % 2 else x + 1
def survey(xs: List[int], s: str = "a b c", d: Optional[Dict[str, int]] = None):
    """ Look at everything
    >>> survey([1])
    """
    out, seen, count = [], set(), {}
    for i, x in enumerate(xs):
        if x not in seen and x >= 0:
            seen.add(x)
            out.append(double_or_next(x))
    words = [w.strip().lower() for w in s.split(" ") if w]
    for w in words:
        count[w] = count.get(w, 0) + 1
    try:
        int("x")
    except ValueError:
        pass
    while len(out) > 100:
        out.pop()
    t = sorted(out, key=lambda v: (-v, v))
    return (out, "".join(words), sum(t), max(t, default=0), count, math.sqrt(4.0),
            [c for c in s if c.isalpha()], any(c == "a" for c in s), t[::-1] == t, True)
def arrange(xs):
    xs.sort()
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
'''


def rehearse(region: mmap.mmap) -> None:
    """Run the program as a child would; leaves no trace but warmth."""
    asked = [
        ("survey", ([1, 2, 3, 4], "x y z")),
        ("survey", ([5],)),
        ("arrange", ([3, 1],)),
        ("fibonacci", (8,)),
        ("fibonacci", ("n",)),
    ]
    job = {
        "source": _PROGRAM,
        "imports": None,
        "cap": 1 << 20,
        "calls": [(name, b"m" + marshal.dumps((args, {}), 2)) for name, args in asked],
        "trace": None,
    }
    payload = marshal.dumps(job)
    for _ in range(_ROUNDS):
        harness.run_batch(marshal.loads(payload), region)
    del sys.modules["program"]
    region[: len(region) >> 10] = bytes(len(region) >> 10)
