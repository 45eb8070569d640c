"""Programs over lists and text from a few examples: right on all held-out ones?

    python experiments/inductive/bench_lists.py --set list_functions|dreamcoder|strings|sygus|
        deepcoder|robustfill|psb1 [--seconds 10] [--limit N] [--every K]

``list_functions`` shows 6 of 11 pairs, ``dreamcoder`` 6 of 15, ``strings`` the given examples of
the CrossBeam problems (held out: their test examples), ``sygus`` those of the SyGuS strings
(of which only ``--shown`` leaves some to hold out), ``deepcoder`` all 3 and tests against the
reference program on 30 fresh inputs, ``robustfill`` shows 3 of 4.  ``psb1`` shows every edge case
and 30 random ones where there are random cases, else every other edge case.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from data import (
    Pairs,
    deepcoder,
    dreamcoder_lists,
    list_functions,
    psb1,
    robustfill,
    string_problems,
)  # fmt: skip

from synth.inductive import Limits, Synthesis, make_task
from synth.inductive.answer import judge
from synth.inductive.program import outcome
from synth.inductive.random_inputs import random_inputs
from synth.inductive.task import same
from synth.inductive.values import BOTTOM, coerce, freeze, thaw


def problems(name: str) -> Iterator[tuple[str, Pairs, Pairs]]:
    """Name, shown and held-out pairs."""
    if name == "list_functions":
        for label, pairs in list_functions():
            yield label, pairs[:6], pairs[6:]
    elif name == "dreamcoder":
        for label, pairs in dreamcoder_lists():
            yield label, pairs[:6], pairs[6:]
    elif name == "strings":
        yield from string_problems("crossbeam_new_strings.jsonl")
    elif name == "sygus":
        for label, shown, held in string_problems("sygus_strings.jsonl"):
            yield label, shown, [pair for pair in held if pair not in shown]
    elif name == "deepcoder":
        for part in ("none", "compose_new_op", "add_op_functionality"):
            for label, pairs, reference in deepcoder(f"exedec_deepcoder_{part}.jsonl"):
                yield f"{part} {label}", pairs, _fresh(pairs, reference)
    elif name == "robustfill":
        for part in ("none", "compose_new_op", "add_op_functionality"):
            for label, pairs in robustfill(f"exedec_robustfill_{part}.jsonl"):
                yield f"{part} {label}", pairs[:3], pairs[3:]
    elif name == "psb1":
        for label, pairs in psb1():
            yield label, *_psb1_split(pairs)


def _psb1_split(pairs: Pairs) -> tuple[Pairs, Pairs]:
    if len(pairs) > 110:
        return pairs[:60], pairs[60:]
    return pairs[::2], pairs[1::2]


def _fresh(pairs: Pairs, reference: Any) -> Pairs:
    """30 inputs like the shown ones with the reference program's outputs."""
    task = make_task(pairs)
    found: Pairs = []
    for row in random_inputs(task.inputs, task.types, 60, seed=5):
        arguments = tuple(map(thaw, row, task.types))
        try:
            found.append((arguments, reference(*arguments)))
        except (IndexError, ValueError):
            continue
    return found[:30]


def right(search: Synthesis, held: Pairs) -> bool:
    task, term = search.task, search.found[0].term
    for arguments, output in held:
        try:
            row = [coerce(freeze(a), kind) for a, kind in zip(arguments, task.types, strict=True)]
            wanted = coerce(freeze(output), task.result)
        except (TypeError, ValueError):
            return False
        value = outcome(term, dict(zip(search.variables, row, strict=True)))
        if value is BOTTOM or not same(value, wanted, task.result):
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", default="list_functions")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--shown", type=int, help="show fewer examples, hold the others out")
    parser.add_argument("--patience", type=float, default=3.0)
    parser.add_argument("--limit", type=int, default=100_000)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every K-th problem")
    parser.add_argument("--evidence", help="append one JSON line a problem, for calibrate.py")
    given = parser.parse_args()
    total = consistent = general = 0
    firsts: list[float] = []
    by_cost: dict[str, list[bool]] = defaultdict(list)
    candidates, spent = 0, 0.0
    for number, (name, shown, held) in enumerate(problems(given.set)):
        if (
            number % given.every
            or not given.skip <= number // given.every < given.skip + given.limit
        ):
            continue
        if given.shown:
            shown, held = shown[: given.shown], [*shown[given.shown :], *held]
        try:
            task = make_task(shown)
        except (ValueError, TypeError) as error:
            print(f"{name:40} skipped: {error}")
            continue
        total += 1
        search = Synthesis(task, clock=time.process_time)
        for _ in search.run(Limits(seconds=given.seconds, patience=given.patience)):
            pass
        candidates += search.candidates
        spent += search.seconds
        if not search.found:
            print(f"{name:40} -      {search.seconds:5.1f}s", flush=True)
            continue
        good = right(search, held)
        consistent += 1
        general += good
        best = search.found[0]
        firsts.append(min(found.seconds for found in search.found))
        by_cost[_bucket(best.cost)].append(good)
        line = f"{name:40} {'right' if good else 'WRONG'}  {best.seconds:5.2f}s  {best.term!r}"
        print(line[:200], flush=True)
        if given.evidence:
            programs, _ = judge(search, most=1)
            if programs:
                row = {
                    "set": given.set,
                    "name": name,
                    "right": good,
                    **asdict(programs[0].evidence),
                }
                with open(given.evidence, "a", encoding="utf-8") as log:
                    log.write(json.dumps(row) + "\n")
    firsts.sort()
    median = firsts[len(firsts) // 2] if firsts else 0.0
    label = f"{given.set}, {given.seconds:g} s CPU"
    print(f"\n| {label} | problems | consistent | right on all held-out ", end="")
    print("| share | first answer, median s | candidates/s |\n|---|---|---|---|---|---|---|")
    print(
        f"| | {total} | {consistent} | {general} | {general / max(1, total):.0%} | {median:.2f} "
        f"| {candidates / max(spent, 1e-9):,.0f} |"
    )
    print("\n| cost | answers | right |\n|---|---|---|")
    for bucket in sorted(by_cost):
        print(f"| {bucket} | {len(by_cost[bucket])} | {sum(by_cost[bucket])} |")


def _bucket(cost: int) -> str:
    return "01-08" if cost <= 8 else "09-12" if cost <= 12 else "13-20" if cost <= 20 else "21+"


if __name__ == "__main__":
    main()
