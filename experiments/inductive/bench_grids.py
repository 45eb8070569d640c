"""ARC-1 training tasks by enumeration over grid components: right on all test grids?

python experiments/inductive/bench_grids.py [--seconds 5] [--every K]
"""

from __future__ import annotations

import argparse
import time

from bench_lists import right
from data import Pairs, rows

from synth.inductive import Limits, Synthesis, make_task


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    total = consistent = general = 0
    for number, task in enumerate(rows("arc1_training.jsonl")):
        if number % given.every:
            continue
        shown, held = (
            [((pair["input"],), pair["output"]) for pair in task[part]]
            for part in ("train", "test")
        )
        total += 1
        pairs: Pairs = shown
        search = Synthesis(
            make_task(pairs, parameters=["grid"]), clock=time.process_time
        )  # fmt: skip
        for _ in search.run(Limits(seconds=given.seconds, patience=0.5)):
            pass
        if search.found:
            good = right(search, held)
            consistent += 1
            general += good
            line = f"{task['id']}  {'right' if good else 'WRONG'}  {search.found[0].seconds:.2f}s  "
            print((line + repr(search.found[0].term))[:200], flush=True)
    print(f"\n| ARC-1 training, {given.seconds:g} s CPU | tasks | consistent | right | share |\n"
          "|---|---|---|---|---|")  # fmt: skip
    print(f"| | {total} | {consistent} | {general} | {general / max(1, total):.1%} |")


if __name__ == "__main__":
    main()
