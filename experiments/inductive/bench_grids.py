"""ARC-1 training tasks by enumeration and cell rules over grid components: right on all test grids?

    python experiments/inductive/bench_grids.py results.jsonl [--seconds 8] [--half even|odd|both]

The components were developed on the tasks at even places of the file (by id); those at odd places
were first run when they were done.  Results are kept in the file, which a second run goes on with.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from bench_lists import right
from data import Pairs, rows

from synth.inductive import Limits, Synthesis, make_task


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--patience", type=float, default=1.0)
    parser.add_argument("--half", choices=["even", "odd", "both"], default="both")
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    lines = given.results.read_text().splitlines() if given.results.exists() else []
    done = {row["id"]: row for row in map(json.loads, lines)}
    for number, task in enumerate(rows("arc1_training.jsonl")):
        half = "odd" if number % 2 else "even"
        if given.half not in (half, "both") or number // 2 % given.every or task["id"] in done:
            continue
        row = {"id": task["id"], "half": half, **_solved(task, given.seconds, given.patience)}
        done[task["id"]] = row
        with given.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if row["consistent"]:
            verdict = "right" if row["right"] else "in three" if row["three"] else "WRONG"
            print(f"{task['id']}  {verdict}  {row['first']:.2f}s  {row['term']}", flush=True)
    print(f"\n| ARC-1 training, {given.seconds:g} s CPU | tasks | consistent | right | share | "
          "right in three guesses | first answer, median s |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for half in ("even", "odd", "both"):
        kept = [row for row in done.values() if half in (row["half"], "both")]
        if kept:
            good = sum(row["right"] for row in kept)
            firsts = sorted(row["first"] for row in kept if row["consistent"]) or [0.0]
            label = {"even": "developed on", "odd": "held out", "both": "all"}[half]
            print(
                f"| {label} | {len(kept)} | {len([r for r in kept if r['consistent']])} | {good} | "
                f"{good / len(kept):.1%} | {sum(row['three'] for row in kept)} | "
                f"{firsts[len(firsts) // 2]:.2f} |"
            )


def _solved(task: dict[str, Any], seconds: float, patience: float) -> dict[str, Any]:
    shown, held = (
        [((pair["input"],), pair["output"]) for pair in task[part]] for part in ("train", "test")
    )
    pairs: Pairs = shown
    search = Synthesis(make_task(pairs, parameters=["grid"]), clock=time.process_time)
    for _ in search.run(Limits(seconds=seconds, patience=patience)):
        pass
    row = {"consistent": bool(search.found), "right": False, "three": False,
           "seconds": round(search.seconds, 2), "candidates": search.candidates}  # fmt: skip
    if search.found:
        row["right"] = right(search, held)
        row["three"] = any(_agrees(search, place, held) for place in range(3))
        row["first"] = round(min(found.seconds for found in search.found), 2)
        row["cost"] = search.found[0].cost
        row["term"] = repr(search.found[0].term)[:200]
    return row


def _agrees(search: Synthesis, place: int, held: Pairs) -> bool:
    if place >= len(search.found):
        return False
    search.found[0], search.found[place] = search.found[place], search.found[0]
    good = right(search, held)
    search.found[0], search.found[place] = search.found[place], search.found[0]
    return good


if __name__ == "__main__":
    main()
