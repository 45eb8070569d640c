"""What is in the bank: how often a draft is right, what the visible checks miss, what repair mends.

python experiments/bank/summary.py [BANK]
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from synth.models.bank import Sample, read_bank
from verifiers.efficiency import pass_at_k

HERE = Path(__file__).resolve().parent


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bank", type=Path, nargs="?", default=HERE / "bank.jsonl.gz")
    bank = read_bank(parser.parse_args().bank)
    samples = [sample for rows in bank.samples.values() for sample in rows]
    drafts = {name: bank.drafts(name) for name in bank.samples}
    flat = [draft for rows in drafts.values() for draft in rows]
    visible = [draft for draft in flat if draft.guide["solved"]]
    print(f"{bank.model}: {len(bank.samples)} problems, {len(samples)} samples, "
          f"{sum(s.completion_tokens for s in samples):,} tokens drawn\n")  # fmt: skip
    print("| | |\n|---|---|")
    print(f"| drafts right (hidden tests) | {share(sum(d.hidden for d in flat), len(flat))} |")
    for k in (1, 8, 32):
        rates = [pass_at_k(len(rows), sum(d.hidden for d in rows), k) for rows in drafts.values()]
        print(f"| pass@{k} of drafts | {sum(rates) / len(rates):.1%} |")
    print(f"| drafts that pass the visible checks | {share(len(visible), len(flat))} |")
    print(f"| of those, right | {share(sum(d.hidden for d in visible), len(visible))} |")
    distinct = sum(len({draft.key for draft in rows}) for rows in drafts.values())
    print(f"| distinct programs a problem, mean | {distinct / len(drafts):.1f} |")
    for depth in (1, 2, 3):
        rows = [sample for sample in samples if sample.depth == depth]
        mended = sum(row.guide["solved"] for row in rows)
        print(f"| repairs of depth {depth} that pass | {share(mended, len(rows))} |")
        moves = Counter(move(row, bank.samples[row.problem]) for row in rows)
        print(f"| ... better, the same, worse | {moves[1]}, {moves[0]}, {moves[-1]} |")


def move(sample: Sample, samples: tuple[Sample, ...]) -> int:
    assert sample.parent is not None
    change = sample.guide["score"] - samples[sample.parent].guide["score"]
    return (change > 0) - (change < 0)


if __name__ == "__main__":
    main()
