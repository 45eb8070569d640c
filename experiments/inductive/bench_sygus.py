"""SyGuS by example, side by side with cvc5: solved, right on held-out examples, time.

    python experiments/inductive/bench_sygus.py --track families|held|bits [--seconds 10]

Both solve the same SyGuS-IF text in the same run, one after the other, in CPU seconds.  Three
tracks: ``families`` shows a problem's short file and tests on its long one; ``held`` leaves the
last of a problem's examples out; ``bits`` are bit-vector problems of our own (`data.bit_problems`).
"Ours, in grammar" uses exactly the file's operators and constants, and its answer is checked by
cvc5's evaluator; "ours, library" the Python components.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import Pairs, bit_problem_text, bit_problems, rows, string_problem_text, string_problems

from synth.inductive import Limits, Synthesis
from synth.inductive.constants import mine
from synth.inductive.program import outcome
from synth.inductive.sygus import (
    SygusProblem,
    define_fun,
    parse_sygus,
    read_sexprs,
    read_term,
    sygus_task,
    to_smt,
    to_sygus2,
)  # fmt: skip
from synth.inductive.term import Term, Variable, subterms
from synth.inductive.value_types import PATTERN, STR
from synth.inductive.values import BOTTOM

PATIENCE = 2.0


@dataclass
class Result:
    solved: bool
    general: bool
    seconds: float
    size: int
    text: str


def families() -> Iterator[tuple[str, str, Pairs]]:
    """Short files with the examples of the longest file of the same family."""
    held = {row["name"]: row["sl"] for row in rows("sygus_strings_sl.jsonl")}
    for name, text in held.items():
        stem = name.removesuffix(".sl")
        long = held.get(f"{stem}-long-repeat.sl")
        if long is None or ("-" in stem and stem.endswith("-long")):
            continue
        shown, full = parse_sygus(text), parse_sygus(long)
        if _contradictory(shown) or _contradictory(full):
            continue
        fresh = [pair for pair in dict.fromkeys(full.examples) if pair not in shown.examples]
        yield name, text, fresh


def _contradictory(problem: SygusProblem) -> bool:
    return len(dict(problem.examples)) < len(set(problem.examples))


def held_out() -> Iterator[tuple[str, str, Pairs]]:
    """Problems with the last example left out; constants as mined for both solvers."""
    for name, shown, _ in string_problems("sygus_strings.jsonl"):
        if len(shown) < 3 or len(dict(shown)) < len(shown):
            continue
        kept, left = shown[:-1], shown[-1:]
        columns = [tuple(row[0][place] for row in kept) for place in range(len(kept[0][0]))]
        mined = mine(columns, [row[1] for row in kept], {STR, PATTERN})
        texts = [held.value for held, _ in mined if held.type == STR]
        yield name, string_problem_text(kept, texts), left


def bit_track() -> Iterator[tuple[str, str, Pairs]]:
    for name, shown, held in bit_problems():
        yield name, bit_problem_text(shown), held


def right(term: Term, variables: Any, pairs: Pairs) -> bool:
    return all(
        outcome(term, dict(zip(variables, given, strict=True))) == output
        and outcome(term, dict(zip(variables, given, strict=True))) is not BOTTOM
        for given, output in pairs
    )


def run_cvc5(problem: SygusProblem, held: Pairs, seconds: float) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.sl"
        path.write_text(to_sygus2(problem), encoding="utf-8")
        child = [sys.executable, str(Path(__file__).with_name("cvc5_child.py"))]
        try:
            done = subprocess.run([*child, str(path), str(seconds)], capture_output=True,
                                  text=True, timeout=6 * seconds, check=False)  # fmt: skip
        except subprocess.TimeoutExpired:
            return Result(False, False, seconds, 0, "")
    if done.returncode != 0 or not done.stdout.strip():
        return Result(False, False, seconds, 0, done.stderr[-80:])
    answer = json.loads(done.stdout)
    text = answer["output"]
    if "define-fun" not in text:
        return Result(False, False, seconds, 0, text[:60])
    definition = next(part for part in _flatten(read_sexprs(text)) if part[:1] == ["define-fun"])
    order = [
        Variable(parameter[0], kind)
        for parameter, kind in zip(definition[2], problem.types, strict=True)
    ]
    term = read_term(definition[4], order)
    return Result(True, right(term, order, held), answer["seconds"], size_of(term), text.strip())


def _flatten(expressions: list[Any]) -> Iterator[list[Any]]:
    for expression in expressions:
        if isinstance(expression, list):
            yield expression
            yield from _flatten(expression)


def size_of(term: Term) -> int:
    return sum(1 for _ in subterms(term))


def run_ours(problem: SygusProblem, held: Pairs, seconds: float, *, in_grammar: bool) -> Result:
    task = sygus_task(problem, in_grammar=in_grammar)
    begun = time.process_time()
    search = Synthesis(task, clock=time.process_time)
    for _ in search.run(Limits(seconds=seconds, patience=PATIENCE)):
        pass
    spent = time.process_time() - begun
    if not search.found:
        return Result(False, False, spent, 0, "")
    best = search.found[0]
    if in_grammar:
        assert checked_by_cvc5(problem, best.term), to_smt(best.term)
    first = min(found.seconds for found in search.found)
    return Result(True, right(best.term, search.variables, held), first, size_of(best.term),
                  repr(best.term))  # fmt: skip


def checked_by_cvc5(problem: SygusProblem, term: Term) -> bool:
    """Whether cvc5 evaluates our define-fun to every wanted output."""
    import cvc5

    solver = cvc5.Solver()
    solver.setLogic("ALL")
    symbols = cvc5.SymbolManager(solver.getTermManager())
    parser = cvc5.InputParser(solver, symbols)
    from synth.inductive.sygus import write_literal

    claims = [
        f"(= ({problem.name} {' '.join(map(write_literal, given, problem.types))}) "
        f"{write_literal(output, problem.result)})"
        for given, output in problem.examples
    ]
    text = define_fun(problem, to_smt(term))
    text += f"\n(assert (not (and true {' '.join(claims)})))\n(check-sat)\n"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "check")
    output = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return "unsat" in output
        output += command.invoke(solver, symbols)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--track", choices=["families", "held", "bits"], default="families")
    arguments.add_argument("--limit", type=int, default=10_000)
    arguments.add_argument("--every", type=int, default=1, help="take every K-th problem")
    arguments.add_argument("--without-cvc5", action="store_true")
    given = arguments.parse_args()
    track = {"families": families, "held": held_out, "bits": bit_track}[given.track]
    results: dict[str, list[Result]] = {"cvc5": [], "in grammar": [], "library": []}
    for number, (name, text, held) in enumerate(track()):
        if number % given.every or number // given.every >= given.limit:
            continue
        problem = parse_sygus(text)
        row = {
            "in grammar": run_ours(problem, held, given.seconds, in_grammar=True),
            "library": run_ours(problem, held, given.seconds, in_grammar=False),
        }
        if not given.without_cvc5:
            row["cvc5"] = run_cvc5(problem, held, given.seconds)
        shown = "  ".join(
            f"{label}: {'right' if r.general else 'wrong' if r.solved else '-'} {r.seconds:.2f}s"
            for label, r in row.items()
        )
        print(f"{name:44} {shown}", flush=True)
        for label, result in row.items():
            results[label].append(result)
    print_table(given.track, results, given.seconds)


def print_table(track: str, results: dict[str, list[Result]], seconds: float) -> None:
    print(f"\n| {track}, {seconds:g} s CPU | problems | solved | right on held-out | first answer, "
          "median s | p90 s | mean size |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for label, found in results.items():
        solved = [result for result in found if result.solved]
        times = sorted(result.seconds for result in solved) or [0.0]
        mean = statistics.mean(r.size for r in solved) if solved else 0.0
        name = label if label == "cvc5" else f"ours, {label}"
        print(
            f"| {name} | {len(found)} | {len(solved)} | {sum(r.general for r in found)} "
            f"| {statistics.median(times):.2f} | {times[int(0.9 * (len(times) - 1))]:.2f} "
            f"| {mean:.1f} |"
        )


if __name__ == "__main__":
    main()
