"""Look-alikes are spared their verification: exactly, safely, and for fewer calls."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.keyed_random import stream
from synth.api import replay, resume_async, solve_async
from synth.budget import Budget
from synth.call_memory import CallMemory
from synth.engine import Engine, begin, refold
from synth.events import Answered
from synth.models.chat import Choice, Completion, Request, Usage
from synth.probe_plan import FIRST, narrowed, probe_plan
from synth.probing import SandboxProber
from synth.problem import Case, Example, Problem, TestCode
from synth.problem_json import problem_to_json
from synth.program import Program
from synth.recipes import make_recipe
from synth.run_log import RunLog, list_runs, read_events
from verifiers.sandbox import CallResult, Execution, Sandbox
from verifiers.verdict import Cost, Status
from verifiers.verify import StandardVerifier

EXAMPLES = tuple(Example((x,), x * x) for x in range(-20, 20))
SQUARE = Problem("square", "Square a number.", entry_point="f", examples=EXAMPLES)
RIGHT = ["return x * x", "return x ** 2", "return abs(x) * abs(x)", "return x * x + 0"]
WRONG = [
    "return x * x if x != 11 else 0",  # differs on one input that is no probe
    "return x * x if x < 19 else 1",
    "return x * abs(x)",
    "return abs(x) * x",
    "return x + x",
    "return 2 * x",
    "return x * 2",
    "return 7",
    "raise ValueError",
    "return [][x]",
    "return x *",
]


@dataclass
class InProcess:
    """A sandbox for the programs above, which are trusted: counts calls, answers when it likes."""

    jitter: float = 0.0
    calls: int = 0
    _made: dict[str, object] = field(default_factory=dict)

    async def run(self, program, calls, limits, **options):
        self.calls += len(calls)
        await asyncio.sleep(random.random() * self.jitter)
        space: dict[str, object] = {}
        exec(program.source, space)
        return Execution(tuple(_called(space[c.function], c) for c in calls), Cost())


def _called(function, call) -> CallResult:
    try:
        return CallResult(Status.PASSED, function(*call.args))
    except Exception as error:
        name = type(error).__name__
        return CallResult(Status.ERROR, error=f"{name}: {error}", error_type=name)


@dataclass
class Drawn:
    """A model whose answers are drawn from these bodies by the request's hash."""

    bodies: list[str]
    jitter: float = 0.0
    name: str = "drawn"
    native_n: bool = True

    async def complete(self, request: Request) -> Completion:
        await asyncio.sleep(random.random() * self.jitter)
        draw = stream(0, request.hash(self.name))
        bodies = [draw.choice(self.bodies) for _ in range(request.n)]
        choices = tuple(Choice(f"```python\ndef f(x):\n    {body}\n```") for body in bodies)
        return Completion(choices, Usage(5, 5 * request.n, 0, 1), self.name)

    async def close(self) -> None:
        pass


async def searched(
    bodies,
    *,
    workers=8,
    jitter=0.0,
    problem=SQUARE,
    log=None,
    order="asked",
    ended_after=999,
    **options,
):
    """The finished fold of a search that stops at nothing, and the calls it made."""
    sandbox, model = InProcess(jitter), Drawn(bodies, jitter)
    given_options = {"n": 40, "rounds": 1, "first": 0, "siblings": 4, "dedup": True, **options}
    recipe = replace(make_recipe("best-of-n", given_options), stop_when_solved=False)
    models = {model.name: model}
    started, fold = begin(
        problem,
        recipe,
        models,
        run="r",
        version="",
        problem_data=problem_to_json(problem),
        budget=Budget(programs=48),
        created="now",
        order=order,
    )
    if log is not None:
        log.append(started)
    shared = CallMemory(sandbox)
    engine = Engine(
        fold,
        models,
        StandardVerifier(shared),
        prober=SandboxProber(shared),
        workers=workers,
        log=log,
        clock=lambda: 0.0,
        watch=lambda event, fold: (
            fold.tree.n_open == 0 or len(fold.tree) < ended_after or engine.interrupt()
        ),
    )
    await engine.run(fold.start())
    return fold, sandbox.calls


def told(fold):
    return [
        (n.id, n.value, n.solved, n.behaviour, n.duplicate_of, n.verdict) for n in fold.nodes[1:]
    ]


async def test_the_tree_is_the_same_at_1_8_and_64_workers():
    folds = [
        (await searched(RIGHT + WRONG, workers=workers, jitter=jitter))[0]
        for workers, jitter in ((1, 0.0), (8, 0.004), (64, 0.008), (64, 0.008))
    ]
    assert len(told(folds[0])) >= 40
    for fold in folds[1:]:
        assert told(fold) == told(folds[0])
        assert fold.ranking == folds[0].ranking
        assert fold.tree.outputs == folds[0].tree.outputs


@pytest.mark.parametrize("order", ["asked", "arrival"])
async def test_a_log_is_replayed_to_the_byte(tmp_path, order):
    path = tmp_path / "r.jsonl"
    with RunLog(path) as log:
        fold, _ = await searched(RIGHT + WRONG, jitter=0.004, log=log, order=order)
    recipe = replace(make_recipe("best-of-n", dict(fold.recipe.options)), stop_when_solved=False)
    events = read_events(path)
    again, due, _ = refold(events, recipe)
    assert not due
    assert told(again) == told(fold)
    assert any(event.kind == "behaviours" for event in events if isinstance(event, Answered))


async def test_an_ended_run_goes_on_as_if_it_had_not_ended(tmp_path):
    options = {"n": 24, "rounds": 0, "first": 0, "siblings": 4, "dedup": True, "enumerate": 0}
    trees = []
    for name, first in (("whole", 24), ("halved", 12)):
        directory = tmp_path / name
        model = Drawn(WRONG[2:])
        await solve_async(
            SQUARE, model=model, options=options, runs=directory, budget=Budget(programs=first)
        )
        (row,) = list_runs(directory)
        if first < 24:
            await resume_async(row.path, model=model, budget=Budget(programs=24))
        fold, _ = replay(row.path)
        trees.append([(n.value, n.behaviour, n.duplicate_of) for n in fold.nodes[1:]])
    assert trees[0] == trees[1]
    assert len(trees[0]) == 24


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(RIGHT + WRONG), min_size=1, max_size=12),
    st.integers(1, 6),
    st.integers(1, 4),
)
def test_nothing_right_is_given_up_and_nothing_wrong_is_returned(bodies, siblings, in_flight):
    fold, _ = asyncio.run(searched(bodies, siblings=siblings, in_flight=in_flight))
    best = fold.best()
    assert best is not None
    right = [
        n for n in fold.nodes[1:] if n.program and n.program.source.split("\n")[1][4:] in RIGHT
    ]
    assert all(node.verified for node in right)
    assert fold.verified == bool(right or best.verified)
    if fold.verified:
        assert best.program in fold._verdicts  # judged itself, not by a look-alike
        space: dict[str, object] = {}
        exec(best.program.source, space)
        assert all(space["f"](*e.args) == e.expected for e in EXAMPLES)


async def test_an_interrupt_returns_a_program_that_was_verified_itself():
    """Nothing can be run then: of programs that stand equal, those with own verdicts come first."""
    bodies = [f"return x * x + {n} - {n}" for n in range(30)]
    fold, _ = await searched(bodies, ended_after=30)
    assert fold.reason == "interrupt"
    assert any(n.verified and n.program not in fold._verdicts for n in fold.nodes[1:])
    assert fold.verified
    assert fold.best().program in fold._verdicts


async def test_what_is_run_is_a_part_of_verifying_it():
    """Each program is called at most once on an input, and spared ones on few."""
    fold, calls = await searched(RIGHT + WRONG)
    keys = {node.program.key for node in fold.nodes[1:] if node.program is not None}
    judged = {program.key for program in fold._verdicts}
    assert calls <= len(EXAMPLES) * len(keys)
    plain, most = await searched(RIGHT + WRONG, dedup=False)
    assert calls < most
    assert fold.verified
    assert plain.verified
    assert len(judged) < len(keys)


async def test_a_difference_hidden_from_the_probes_is_found_by_confirming():
    bodies = [f"return x * x + {n} - {n}" for n in range(8)]
    bodies += [f"return x * x + {n} - {n} if x != 11 else 0" for n in range(8)]
    fold, _ = await searched(bodies, in_flight=1)
    assert 31 not in probe_plan(SQUARE).first  # the input 11
    for node in fold.nodes[1:]:
        assert node.verified == ("else" not in node.program.source)


async def test_a_program_wrong_on_every_probe_is_judged_by_these():
    fold, calls = await searched(["return 7", "raise ValueError", "return x + 1 / 3"], n=9)
    verdicts = [node.verdict for node in fold.nodes[1:] if node.verdict is not None]
    assert {len(verdict.outcomes) for verdict in verdicts} == {FIRST}
    assert calls == 3 * FIRST
    assert not fold.verified


async def test_the_fastest_program_is_judged_by_its_own_time():
    fold, _ = await searched(RIGHT, problem=replace(SQUARE, objective="fastest"), rounds=0)
    programs = {node.program for node in fold.nodes[1:]}
    assert programs == set(fold._verdicts)


async def test_whole_programs_are_probed_with_the_input_of_their_cases(tmp_path):
    problem = Problem(
        "double", "Print twice the number.",
        cases=tuple(Case(f"{n}\n", f"{2 * n}\n") for n in range(32)),
    )  # fmt: skip
    bodies = ["print(2 * int(input()))", "print(int(input()) * 2)", "print(int(input()) + 3)"]
    bodies = [f"{body}  # {n}" for body in bodies for n in range(2)]
    sources = [*bodies, "n = int(input())\nprint(n + 1 + 2)\n", "print('no')", "print(1 + 3 *"]
    solution = await solve_async(
        problem,
        model="none",
        recipe="given",
        options={"candidates": sources, "dedup": True, "select": "majority"},
        runs=tmp_path,
    )
    (row,) = list_runs(tmp_path)
    fold, _ = replay(row.path)
    assert solution.verified
    facts = [event for event in read_events(row.path) if isinstance(event, Answered)]
    assert next(len(f.result[0][0]) for f in facts if f.kind == "behaviours") == FIRST
    assert len({node.behaviour for node in fold.nodes[1:]}) == 4


def test_inputs_of_assertions_are_probes_too():
    tests = (TestCode("asserts", "assert f(2) == 4\nassert f(3) == 9"),)
    plan = probe_plan(Problem("p", "Square.", entry_point="f", tests=tests))
    assert plan.inputs[:2] == ((2,), (3,))
    assert len(plan.first) == FIRST
    assert plan.probed_checks == ()  # of these nobody can be judged alone


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 300))
def test_a_plan_asks_known_inputs_once_and_names_their_checks(count):
    examples = tuple(Example((n, [n]), n) for n in range(count))
    problem = Problem("p", "First.", entry_point="f", examples=examples)
    plan = probe_plan(problem)
    assert len({repr(item) for item in plan.inputs}) == len(plan.inputs)
    assert set(plan.first) <= set(plan.asked) <= set(range(len(plan.inputs)))
    assert len(set(plan.first)) == len(plan.first) == (FIRST if count else 0)
    for number, check in plan.check_of.items():
        assert problem.examples[check].args == plan.inputs[number]
    part = narrowed(problem, plan.probed_checks)
    assert [e.args for e in part.examples] == [
        plan.inputs[number] for number in plan.first if number in plan.check_of
    ]


async def test_a_remembered_call_is_the_call_again():
    async with Sandbox(workers=1) as sandbox:
        memory = CallMemory(sandbox)
        verifier = StandardVerifier(memory, cached=0)
        programs = [
            Program(f"def f(x):\n    {body}\n", "f")
            for body in ("return x * x", "return {x: [x]}[x] if x < 5 else [][1]", "return 1j * x")
        ]
        for program in programs:
            behaviour = (await SandboxProber(memory).probe(SQUARE, [program], range(0, 40, 3)))[0]
            assert len(behaviour.outputs) == 14
            (parted,) = await verifier.verify(SQUARE, [program])
            (whole,) = await StandardVerifier(sandbox).verify(SQUARE, [program])
            assert parted.outcomes == whole.outcomes
            assert parted.cost.executions <= whole.cost.executions


async def test_large_answers_are_not_kept_and_calls_still_answered():
    program = Program("def f(x):\n    return [str(x) * 50] * 400\n", "f")
    async with Sandbox(workers=1) as sandbox:
        memory = CallMemory(sandbox)
        prober = SandboxProber(memory)
        (first,) = await prober.probe(SQUARE, [program], [0, 1])
        (again,) = await prober.probe(SQUARE, [program], [0, 1])
        assert first == again
        assert memory._size == 0


@pytest.mark.parametrize("ended", ["while True:\n        pass", "import os\n    os.abort()"])
async def test_what_ended_from_outside_holds_for_shorter_limits(ended):
    quick = replace(SQUARE, limits=replace(SQUARE.limits, seconds=0.3))
    program = Program(f"def f(x):\n    {ended}\n", "f")
    async with Sandbox(workers=1) as sandbox:
        memory = CallMemory(sandbox)
        (behaviour,) = await SandboxProber(memory).probe(quick, [program], [0, 1])
        assert behaviour.failed == (True, True)
        (entry,) = memory._programs.values()
        timed_out = "while" in ended
        assert all(entry.answers(key, 0.3) for key in entry.known)
        assert all(entry.answers(key, 0.5) != timed_out for key in entry.known)
