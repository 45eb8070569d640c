"""Run the recorded samples of CodeGen-16B on their problems' tests and keep what passed.

    python experiments/strategies/record.py

Writes `recorded_outcomes.json` beside this file: for each problem one string a sample, one digit a
test (1 passed). Bits only: neither problems nor programs are copied. `compare.py` reads it. An
interrupted run goes on where it stopped; delete the file to begin anew.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from pathlib import Path

from synth.problem import Limits, Problem, TestCode
from synth.program import Program
from verifiers.sandbox import Sandbox
from verifiers.verify import StandardVerifier

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("SYNTH_DATA", HERE.parents[2].parent / "shared" / "data"))
SAMPLES = DATA / "replay" / "codet_codegen16b_humaneval_even.jsonl.gz"


async def main() -> None:
    if not SAMPLES.exists():
        sys.exit(f"{SAMPLES}: not here; set SYNTH_DATA to the folder that holds replay/")
    target = HERE.parent / "recorded_outcomes.json"
    kept: dict[str, list[str]] = json.loads(target.read_text()) if target.exists() else {}
    async with Sandbox() as sandbox:
        with gzip.open(SAMPLES, "rt") as lines:
            for line in lines:
                row = json.loads(line)
                if row["task_id"] in kept:
                    continue
                verifier = StandardVerifier(sandbox)
                problem = Problem(
                    row["task_id"],
                    "recorded",
                    entry_point=row["entry_point"],
                    tests=(TestCode("check", row["hidden_test"]),),
                    limits=Limits(seconds=1.0),
                )
                programs = [
                    Program(row["prompt"] + text, row["entry_point"]) for text in row["solutions"]
                ]
                verdicts = await verifier.verify(problem, programs)
                width = max(len(verdict.outcomes) for verdict in verdicts)
                bits = []
                for verdict in verdicts:
                    passed = "".join("01"[outcome.passed] for outcome in verdict.outcomes)
                    # A program that cannot be run at all fails every test.
                    bits.append(passed if len(passed) == width else "0" * width)
                kept[row["task_id"]] = bits
                solved = sum("0" not in text for text in bits)
                print(row["task_id"], f"{width} tests, {solved} of {len(bits)} pass", flush=True)
                target.write_text(json.dumps(kept, indent=0) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
