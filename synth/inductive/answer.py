"""Ranked programs with evidence: what a search found, rendered, checked and judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.component import Component, component_from_callable
from synth.inductive.confidence import Evidence, probability
from synth.inductive.distinguishing import Behaviour, Question
from synth.inductive.program import InductiveProgram, render
from synth.inductive.synthesis import Found, Limits, Progress, Synthesis
from synth.inductive.task import Task, make_task
from synth.inductive.term import Branch, Term, Variable, subterms
from synth.inductive.values import size

# At or above this an answer stands on its own; below, ask for an example or hand over.
CONFIDENT = 0.6
_NEAR_COST = 4
_LEADERS = 6
_UNUSED_COST = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found, best first.

    ``question`` is an input on which the leaders differ: knowing its output helps most.
    ``stopped`` is why the search ended (see `Synthesis`), ``seconds`` its length.
    """

    programs: tuple[InductiveProgram, ...]
    question: Question | None
    stopped: str
    seconds: float
    candidates: int

    @property
    def best(self) -> InductiveProgram | None:
        return self.programs[0] if self.programs else None

    @property
    def confident(self) -> bool:
        return self.best is not None and self.best.probability >= CONFIDENT

    def advice(self) -> str:
        """One sentence for the user: what the answer is worth and what would help."""
        if self.best is None:
            return (
                f"no program of the component library fits all examples within {self.seconds:.1f} s"
                f" and {self.candidates:,} candidates; use a model, or give components that help"
            )
        chance = f"P(right on unseen inputs) = {self.best.probability:.2f}"
        if self.confident or self.question is None:
            return chance
        shown = ", ".join(map(repr, self.question.arguments))
        return f"{chance}: low; an example for the input ({shown}) would settle most"


def judge(
    synthesis: Synthesis, *, most: int = 5, check_seconds: float = 1.0
) -> tuple[tuple[InductiveProgram, ...], Question | None]:
    """The best programs of a search so far, rendered and ranked, and the input to ask about."""
    task, variables = synthesis.task, synthesis.variables
    near = [f for f in synthesis.found if f.cost <= synthesis.best_cost + _NEAR_COST]
    near = near[: 2 * _LEADERS]
    if not near:
        return (), None
    behaviour = Behaviour(task, variables, [found.term for found in near])
    order = sorted(range(len(near)), key=lambda p: _penalised(near, behaviour, variables, p))
    left_out = leave_one_out(task, near[order[0]].term, check_seconds)
    programs: list[InductiveProgram] = []
    kept: list[int] = []
    texts: set[str] = set()
    for place in order:
        if len(programs) >= most:
            break
        source = render(task, variables, near[place].term)
        if source is None or source in texts:
            continue
        texts.add(source)
        own = left_out if not programs else None
        evidence = _evidence(task, near[place], behaviour, place, own)
        programs.append(
            InductiveProgram(
                source, task.name, near[place].cost, near[place].term,
                probability(evidence), own, near[place].seconds, evidence,
            )
        )  # fmt: skip
        kept.append(place)
    if not programs:
        return (), None
    leaders = Behaviour(task, variables, [program.term for program in programs])
    weights = [2.0 ** -(program.cost - programs[0].cost) for program in programs]
    return tuple(programs), leaders.question(weights)


def _penalised(
    near: Sequence[Found], behaviour: Behaviour, variables: Sequence[Variable], place: int
) -> tuple[float, int]:
    """Cost, with failing on inputs that the user will run it on counted heavily, and arguments left
    out: who names two columns has a use for both."""
    unlabeled = len(behaviour.task.unlabeled)
    column = behaviour.columns[place][:unlabeled]
    failing = sum(1 for value in column if repr(value) == "BOTTOM") / max(1, unlabeled)
    parts = {part.head for part in subterms(near[place].term) if isinstance(part.head, Variable)}
    unused = sum(variable not in parts for variable in variables)
    cost = near[place].cost + _UNUSED_COST * unused
    return cost + 10 * failing + 2 * behaviour.failures(place), place


def _evidence(
    task: Task, found: Found, behaviour: Behaviour, place: int, left_out: float | None
) -> Evidence:
    conditionals = sum(isinstance(part.head, Branch) for part in subterms(found.term))
    return Evidence(
        cost=found.cost, examples=len(task.inputs), agreement=behaviour.agreement(place),
        failures=behaviour.failures(place), conditionals=conditionals, leave_one_out=left_out,
        output_size=sum(map(size, task.outputs)),
    )  # fmt: skip


def leave_one_out(task: Task, term: Term, seconds: float) -> float | None:
    """The share of examples that a fresh, short search predicts from the others.

    None with fewer than three examples or no time for it.  At most six are left out.
    """
    count = len(task.inputs)
    if count < 3 or seconds <= 0:
        return None
    places = range(count) if count <= 6 else range(0, count, -(-count // 6))
    each = seconds / len(places)
    right = 0
    for place in places:
        rest = task.with_examples([other for other in range(count) if other != place])
        search = Synthesis(rest)
        for _ in search.run(Limits(seconds=each, patience=each, most_cost=term.cost + 1)):
            pass
        if search.found:
            guess = search.found[0].term
            right += _predicts(task, search.variables, guess, place)
        else:
            # Nothing as cheap in the time: the term itself is what would be found.
            right += 1
    return right / len(places)


def _predicts(task: Task, variables: Sequence[Variable], term: Term, place: int) -> bool:
    from synth.inductive.program import outcome

    value = outcome(term, dict(zip(variables, task.inputs[place], strict=True)))
    return task.right(place, value)


def answer(synthesis: Synthesis, *, most: int = 5, check_seconds: float = 1.0) -> Answer:
    """Judge a search where it stands; it can be run on afterwards."""
    programs, question = judge(synthesis, most=most, check_seconds=check_seconds)
    return Answer(
        programs, question, synthesis.stopped, synthesis.seconds, synthesis.candidates
    )  # fmt: skip


def synthesize(
    examples: Sequence[tuple[Sequence[Any], Any]],
    *,
    name: str = "f",
    parameters: Sequence[str] | None = None,
    types: Sequence[Any] | None = None,
    result: Any = None,
    inputs: Sequence[Sequence[Any]] = (),
    constants: Sequence[Any] = (),
    components: Sequence[Callable[..., Any] | Component] = (),
    exclude: Collection[str] = (),
    weights: Mapping[str, int] | None = None,
    limits: Limits | None = None,
    most: int = 5,
    check_seconds: float = 1.0,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Answer:
    """Programs that map every example's arguments to its output, ranked, without any model.

    ``examples`` are (arguments, output) pairs; ``types`` and ``result`` are annotations (objects
    or text), inferred where None; ``inputs`` are further argument tuples whose outputs are not
    known.  ``components`` are annotated callables to be used beside the library.  The result
    depends on time only through ``limits.seconds`` and ``limits.patience``.

    >>> synthesize([(([3, 1, 2],), [1, 2, 3]), (([5, 4],), [4, 5])]).best.source
    'def f(arg):\\n    return sorted(arg)\\n'
    """
    made, functions = _components(components)
    task = make_task(
        examples, name=name, parameters=parameters, types=types, result=result, inputs=inputs,
        constants=constants, add=made, exclude=exclude, weights=weights, functions=functions,
    )  # fmt: skip
    search = Synthesis(task)
    for _ in search.run(limits or Limits(), should_stop=should_stop, progress=progress):
        pass
    return answer(search, most=most, check_seconds=check_seconds)


def synthesize_anytime(
    task: Task, limits: Limits | None = None, **options: Any
) -> Iterator[InductiveProgram]:
    """Each improvement as soon as it is found, rendered, with a probability from cost alone."""
    search = Synthesis(task)
    for found in search.run(limits or Limits(), **options):
        source = render(task, search.variables, found.term)
        if source is not None:
            evidence = Evidence(found.cost, len(task.inputs), 1.0, 0.0, 0, None)
            yield InductiveProgram(
                source, task.name, found.cost, found.term, probability(evidence), None,
                found.seconds,
            )  # fmt: skip


def _components(
    given: Sequence[Callable[..., Any] | Component],
) -> tuple[list[Component], dict[str, Callable[..., Any]]]:
    made: list[Component] = []
    functions: dict[str, Callable[..., Any]] = {}
    for item in given:
        if isinstance(item, Component):
            made.append(item)
        else:
            component = component_from_callable(item)
            made.append(component)
            functions[component.name] = item
    return made, functions
