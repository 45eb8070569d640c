"""The search as a fold over events: pure, so that running, resuming and replaying are one thing.

`Fold` is fed facts (answers of models and verifiers, interrupts) and returns the decisions that
follow; `effects` is what it wants done next. It never waits, reads no clock and does no I/O.

Exactness. In asked order an expansion is told when all before it were, and after each tell new
ones are asked until `width` are untold. So what is asked depends on what was told alone: the tree
is the same at any number of workers. In arrival order expansions are told as they complete; the
log keeps that order, and a replay follows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from search.model_bandit import ModelBandit
from search.tree import Expansion, State, Tree
from synth.actions.describe import describe
from synth.admission import Admission
from synth.answer_values import value_of
from synth.budget import Amount, Budget, Ledger, Price
from synth.context import (
    CHARACTERS_A_TOKEN,
    Behaviour,
    Context,
    Effect,
    Judge,
    ModelCall,
    Probe,
    Refused,
)
from synth.errors import RunLogError
from synth.events import Answered, Asked, Event, Finished, Interrupted, Resumed, Started, Told
from synth.final_ranking import confirmed, ranked_at_once
from synth.look_alikes import LookAlikes
from synth.models.chat import Completion
from synth.node import Draft, Node
from synth.open_expansion import OpenExpansion
from synth.probe_plan import NO_PROBES, probe_plan
from synth.problem import Problem
from synth.program import Program
from synth.recipe import Recipe
from synth.sparing import judge_sparing
from verifiers.verdict import Verdict

EffectId = tuple[int, int]
_MOST_PASSED_OVER = 100
_SELECTION = -1  # the expansion number of the selector's effects
FAILURES_IN_A_ROW = 3  # expansions without any answer before the run gives up
REFUSALS_IN_A_ROW = 32  # the same of conversations a server will not have: a shorter one may do


class Fold:
    """The state of one run. `tree` holds the numbers, `nodes` the programs, by the same id."""

    def __init__(self, started: Started, problem: Problem, recipe: Recipe) -> None:
        self.started, self.problem, self.recipe = started, problem, recipe
        self.tree = Tree()
        self.nodes: list[Node] = [Node(0, (), "root", State.DONE)]
        self.effects: dict[EffectId, Effect] = {}
        self.reason: str | None = None
        self.error = ""
        self.ranking: tuple[int, ...] = ()
        self.report: dict[str, Any] = {}
        prices = {name: Price(**price) for name, price in started.prices.items()}
        self.ledger = Ledger(Budget(**started.budget), prices)
        self._models = {model["name"]: model for model in started.models}
        self._first_model: str = next(iter(self._models), "")
        if len(self._models) > 1 and not recipe.roles:
            free = tuple(name for name, action in recipe.actions.items() if not action.calls)
            dear = tuple(prices[name].completion for name in self._models if name in prices)
            rates = dear if len(dear) == len(self._models) and min(dear) > 0 else ()
            bandit = ModelBandit(recipe.strategy, tuple(self._models), free=free, rates=rates)
            self.recipe = replace(recipe, strategy=bandit)
        self._open: dict[int, OpenExpansion] = {}
        self._ready: list[int] = []
        self._wanted: list[Expansion] = []
        self._asked = 0
        self._solved_at: int | None = None
        self._refused = 0.0
        self._verdicts: dict[Program, Verdict] = {}
        # Of the fastest program another's verdict says nothing: each is verified.
        self._sparing = recipe.dedup and problem.objective != "fastest"
        self._alike = LookAlikes(probe_plan(problem) if self._sparing else NO_PROBES)
        self._draws: dict[tuple[int, str], int] = {}
        self._probed: dict[Program, Behaviour] = {}
        self._compared: dict[tuple[str, str], float] = {}
        self._told = 0
        self._ending = ""
        self._selection: OpenExpansion | None = None
        self._selection_steps = 0
        self._paused: dict[EffectId, Effect] = {}
        self._admission = Admission(
            self.ledger,
            {model["name"]: model["native_n"] for model in started.models},
            int(len(describe(problem)) / CHARACTERS_A_TOKEN),
            recipe.sampling.max_tokens,
            getattr(recipe.value, "calls", 0),
        )

    @property
    def verified(self) -> bool:
        return bool(self.ranking) and self.nodes[self.ranking[0]].verified

    @property
    def resumable(self) -> bool:
        """Whether a larger budget, or another try, could take this run further."""
        return self.reason not in ("solved", "exhausted")

    def start(self) -> list[Event]:
        """The first decisions."""
        return self._advance()

    def feed(self, fact: Answered | Interrupted | Resumed) -> list[Event]:
        """The decisions that follow from `fact`."""
        if isinstance(fact, Resumed):
            return self._resume(fact)
        if self.reason is not None:
            raise RunLogError(f"an event after the search had finished: {fact.type}")
        if isinstance(fact, Interrupted):
            self._selection = None
            return [
                self._finish(
                    fact.reason,
                    ranked_at_once(self.problem, self.nodes, self._candidates(), self._verdicts),
                )
            ]
        self._answer(fact)
        return self._advance()

    def best(self) -> Node | None:
        """The node to return: first of the ranking, or best so far while it goes on."""
        if self.ranking:
            return self.nodes[self.ranking[0]]
        return self.nodes[self.tree.best] if self.tree.best else None

    # Deciding

    def _advance(self) -> list[Event]:
        decisions: list[Event] = []
        while self.reason is None and not self._ending:
            decisions += self._ask()
            if self._ending:
                break
            index = self._next_to_tell()
            if index is None:
                break
            decisions.append(self._tell(self._open[index]))
            if self.recipe.stop_when_solved and self.tree.solved[self.tree.best]:
                self._end("solved")
            elif self._refused >= FAILURES_IN_A_ROW:
                short = self.error.startswith("budget:")
                self._end("budget: tokens" if short else f"model: {self.error}")
        if self._selection is not None and self._selection.made is not None:
            decisions.append(self._finish(self._ending, self._selection.ranking))
        return decisions

    def _end(self, reason: str) -> None:
        """Nothing more is asked; what is open is dropped, and the selector begins."""
        self._ending = reason
        for key in [key for key in self.effects if key[0] != _SELECTION]:
            self._paused[key] = self.effects.pop(key)
        selection = OpenExpansion(
            _SELECTION, Expansion((0,), "select"), range(0), self._first_model
        )
        selection.steps = self._selection_steps
        selection.context = self._context(selection, None)
        selection.coroutine = self._select(selection)
        self._selection = selection
        self._drive(selection)

    async def _select(self, selection: OpenExpansion) -> list[Node]:
        assert selection.context is not None
        candidates = self._candidates()
        ranking = await self.recipe.select(selection.context, candidates)
        selection.ranking = await confirmed(selection.context, self.nodes, ranking, self._verdicts)
        return []

    def _candidates(self) -> list[Node]:
        return [n for n in self.nodes if n.state is State.DONE and n.program is not None]

    def _next_to_tell(self) -> int | None:
        if self.started.order == "arrival":
            return self._ready[0] if self._ready else None
        index = min(self._open, default=None)
        return index if index is not None and self._open[index].ready else None

    def _ask(self) -> list[Event]:
        decisions: list[Event] = []
        while len(self._open) < self.started.width:
            if not self._wanted:
                slots = self.started.width - len(self._open)
                self._wanted = self._ask_strategy(slots)
            if not self._wanted:
                if not self._open:
                    self._end("exhausted")
                break
            admitted, short = self._admit(self._wanted[0])
            if admitted is None:
                if not self._open:
                    self._end(f"budget: {short}")
                break  # what is open may give some of its reservation back
            self._wanted.pop(0)
            decisions.append(self._begin(*admitted))
        return decisions

    def _ask_strategy(self, slots: int) -> list[Expansion]:
        """What the strategy wants, without what cannot be done for this problem."""
        for _ in range(_MOST_PASSED_OVER):
            wanted = self.recipe.strategy.ask(self.tree, slots)
            kept = [item for item in wanted if self._applies(item)]
            if kept or not wanted:
                return kept
        raise RunLogError("the strategy asks for nothing but actions that do not apply")

    def _applies(self, wanted: Expansion) -> bool:
        applies = getattr(self._action(wanted), "applies", None)
        return applies is None or bool(applies(self.problem))

    def _admit(self, wanted: Expansion) -> tuple[tuple[Expansion, Amount] | None, str]:
        """The expansion and its reservation, or None and the limit that is reached."""
        parent = self.nodes[wanted.parents[0]].program
        return self._admission.admit(
            wanted, self._action(wanted), self._model_of(wanted), parent.source if parent else ""
        )

    def _begin(self, expansion: Expansion, amount: Amount) -> Asked:
        index = self._asked
        self._asked += 1
        nodes = self.tree.add(expansion, index)
        model = self._model_of(expansion)
        for node in nodes:
            self.nodes.append(Node(node, expansion.parents, expansion.action, model=model))
        self.ledger.reserve(index, amount)
        opened = OpenExpansion(index, expansion, nodes, model)
        self._open[index] = opened
        if self._solved_at is None:  # else it will never be told: see _settle_in_advance
            opened.context = self._context(opened, amount)
            if self._sparing:
                opened.seen = self._alike.seen(self._told)
            opened.coroutine = self._expand(opened)
            self._drive(opened)
        return Asked(
            index,
            expansion.parents,
            expansion.action,
            expansion.n,
            expansion.draw,
            expansion.model,
            tuple(nodes),
        )

    def _context(self, opened: OpenExpansion, amount: Amount | None) -> Context:
        expansion = opened.expansion
        place, *others = expansion.parents
        allowance = self._admission.affordable(opened.model)
        if amount is not None and allowance is not None:
            allowance = amount.tokens
        path = self.tree.path(place)
        selecting = opened.index == _SELECTION  # nothing is reserved for a selector
        return Context(
            problem=self.problem,
            expansion=opened.index,
            action=expansion.action,
            n=expansion.n,
            draw=self._drawn(expansion) if amount is not None else 0,
            seed=self.started.seed,
            model=opened.model,
            sampling=self.recipe.sampling,
            node=self.nodes[place] if place else None,
            ancestors=tuple(self.nodes[node] for node in path[1:-1]),
            others=tuple(self.nodes[node] for node in others if node),
            siblings=tuple(self.nodes[n] for n in self.tree.done(self.tree.children[place])),
            alike=self._alike.others_like(self.nodes[place]),
            failed=self._failed() if getattr(self._action_or_none(expansion), "failed", 0) else (),
            allowance=allowance,
            known=self._verdicts,
            probed=self._probed,
            # While expansions are told, which have a stand-in depends on timing.
            stands=self._alike.stands if selecting else {},
            calls=self._calls_left() if selecting else None,
            native_n=bool(self._models.get(opened.model, {}).get("native_n", True)),
            compared=self._compared,
            peers=tuple(self._candidates()) if getattr(self.recipe.value, "peers", 0) else (),
            logprobs=getattr(self.recipe.value, "logprobs", False),
        )

    def _calls_left(self) -> int | None:
        left = self.ledger.left("calls")
        return None if left == float("inf") else max(0, int(left))

    def _drawn(self, expansion: Expansion) -> int:
        """How many expansions of this node by this action were asked before; counts this one."""
        key = expansion.parents[0], expansion.action
        self._draws[key] = self._draws.get(key, -1) + 1
        return self._draws[key]

    def _action(self, expansion: Expansion) -> Any:
        try:
            return self.recipe.actions[expansion.action]
        except KeyError:
            known = ", ".join(self.recipe.actions)
            raise RunLogError(
                f"the strategy asked for action {expansion.action!r}; "
                f"recipe {self.recipe.name!r} has {known}"
            ) from None

    def _model_of(self, expansion: Expansion) -> str:
        for name in (self.recipe.roles.get(expansion.action), expansion.model):
            if name is not None and name in self._models:
                return name
        return self._first_model

    def _action_or_none(self, expansion: Expansion) -> Any:
        return self.recipe.actions.get(expansion.action)

    def _failed(self) -> tuple[Node, ...]:
        """Told programs that fail a check, each text once, best first."""
        failed = [
            node
            for node in self._candidates()
            if node.verdict is not None and not node.verified and node.duplicate_of is None
        ]
        return tuple(sorted(failed, key=lambda node: (-node.value, node.id)))

    # Expanding

    async def _expand(self, opened: OpenExpansion) -> list[Node]:
        """Action, verdicts, values: the nodes of one expansion."""
        ctx = opened.context
        assert ctx is not None
        drafts = (await self._action(opened.expansion)(ctx))[: opened.expansion.n]
        programs = [draft.program for draft in drafts if draft.program is not None]
        verdicts = await self._judged(opened, programs)
        made = [
            replace(
                self.nodes[node],
                state=State.DONE,
                draft=draft,
                verdict=verdicts[draft.program] if draft.program else None,
            )
            for node, draft in zip(opened.nodes, drafts, strict=False)
        ]
        values = await self.recipe.value(ctx, made)
        return [
            replace(
                node,
                draft=_remarked(node.draft, ctx.remarks.get(node.id)),
                value=_scaled(node, float(value)),
                solved=self._solves(node),
            )
            for node, value in zip(made, values, strict=True)
        ]

    async def _judged(
        self, opened: OpenExpansion, programs: list[Program]
    ) -> dict[Program, Verdict]:
        """Verdicts of `programs`; with dedup, one for all of the same behaviour.

        Only programs told when the expansion was asked, and its own, stand for others: which were
        judged since depends on timing.
        """
        ctx = opened.context
        assert ctx is not None
        if opened.seen is None:
            return dict(zip(programs, await ctx.judge(programs), strict=True))
        opened.judged = await judge_sparing(ctx, programs, opened.seen)
        return {program: opened.judged[program].verdict for program in programs}

    def _drive(self, opened: OpenExpansion) -> None:
        """Run an expansion on, up to its next effects or its end."""
        for step, effect in opened.advance().items():
            self.effects[opened.index, step] = effect
        if opened.made is None:
            return
        if opened.index == _SELECTION:
            if opened.error:
                opened.ranking = ranked_at_once(
                    self.problem, self.nodes, self._candidates(), self._verdicts
                )
            self._selection_steps = opened.steps
            return
        self._ready.append(opened.index)
        self._settle_in_advance(opened)

    def _settle_in_advance(self, opened: OpenExpansion) -> None:
        """A verified program ends the search once told; nothing asked after it will be told, so
        what those still want done is dropped."""
        if self.started.order == "arrival" or not self.recipe.stop_when_solved:
            return
        if not any(node.solved for node in opened.made or ()):
            return
        if self._solved_at is None or opened.index < self._solved_at:
            self._solved_at = opened.index
            for expansion, step in list(self.effects):
                if expansion > opened.index:
                    del self.effects[expansion, step]

    def _answer(self, fact: Answered) -> None:
        effect = self.effects.pop((fact.expansion, fact.step), None)
        opened = self._open.get(fact.expansion)
        if fact.expansion == _SELECTION:
            opened = self._selection
        if effect is None or opened is None:
            if fact.kind == "completion":  # paid for, then dropped: it still counts
                completion = Completion.from_json(fact.result)
                self.ledger.charge(fact.expansion, completion.model, completion.usage)
                return
            if fact.kind != "completion" and (self._solved_at is not None or self._ending):
                return
            raise RunLogError(f"an answer to nothing asked: {fact.expansion}.{fact.step}")
        value = value_of(fact.kind, fact.result)
        opened.answers[fact.step] = value
        if isinstance(value, Refused):
            # Too long, or filtered: what hangs on the root alone would meet it every time.
            opened.unfit = fact.kind == "refused" and opened.expansion.parents != (0,)
        elif isinstance(effect, ModelCall):
            self.ledger.charge(fact.expansion, effect.model, value.usage)
        elif isinstance(effect, Probe) and effect.inputs is None:
            self._probed.update(zip(effect.programs, value, strict=True))
        elif isinstance(effect, Judge) and effect.checks is None:
            self._verdicts.update(zip(effect.programs, value, strict=True))
        if opened.answered:
            self._drive(opened)

    def _solves(self, node: Node) -> bool:
        if self.problem.objective != "correct":
            return False  # there may always be a better one
        confidence = node.draft.confidence if node.draft else None
        return node.verified and (confidence is None or confidence >= self.recipe.conclusive)

    # Telling

    def _tell(self, opened: OpenExpansion) -> Told:
        """Settle an expansion: its nodes enter the tree, the strategy hears of them."""
        made = opened.made or []
        spent = self.ledger.settle(opened.index, len(made))
        cost = spent.tokens / max(1, len(opened.nodes))
        rows: list[dict[str, Any]] = []
        for offset, id_ in enumerate(opened.nodes):
            node = made[offset] if offset < len(made) else None
            if node is None and not opened.error and not self._action(opened.expansion).calls:
                node = replace(self.nodes[id_], state=State.CANCELLED)  # it had no more to give
            elif node is None or node.draft is None:
                error = opened.error or "the model gave fewer answers than asked"
                node = replace(self.nodes[id_], state=State.FAILED, error=error)
            else:
                node = self._place(node, opened)
            node = replace(node, tokens=int(cost))
            self.nodes[id_] = node
            done = node.state is State.DONE
            self.tree.finish(
                id_,
                state=node.state,
                value=node.value if done else float("nan"),
                solved=node.solved,
                cost=cost,
                behaviour=node.behaviour,
            )
            rows.append(_row(node))
        if opened.error:
            self._refused += FAILURES_IN_A_ROW / REFUSALS_IN_A_ROW if opened.unfit else 1.0
            self.error = opened.error
        else:
            self._refused = 0.0
        self._told += 1
        del self._open[opened.index]
        self._ready.remove(opened.index)
        self.recipe.strategy.tell(self.tree, list(opened.nodes))
        return Told(opened.index, tuple(rows))

    def _place(self, node: Node, opened: OpenExpansion) -> Node:
        """The node with its look-alikes: the first of the same text, the class of its outputs."""
        if node.program is None or node.verdict is None:
            return node
        judged = opened.judged.get(node.program)
        behaviour, twin = self._alike.place(node, judged, self._told)
        if judged is not None and judged.codes:
            self.tree.outputs.setdefault(behaviour, judged.outputs)
        return replace(node, behaviour=behaviour, duplicate_of=twin)

    def _resume(self, fact: Resumed) -> list[Event]:
        """Go on where a crash, an interrupt or a budget ended the search."""
        if self.reason is not None and not self.resumable:
            raise RunLogError(f"the run is over ({self.reason}): there is nothing to resume")
        if self.reason is not None or not self._selection:
            self.reason, self._ending, self._selection = None, "", None
            self.effects.update(self._paused)
            self._paused.clear()
        self.ledger.budget = Budget(**fact.budget)
        self._refused = 0.0
        return self._advance()

    def _finish(self, reason: str, ranking: Sequence[int]) -> Finished:
        """End, or pause: what is open stays as it is, for a resume to go on with."""
        self.reason = reason
        self._paused.update({k: v for k, v in self.effects.items() if k[0] != _SELECTION})
        self.effects.clear()
        self.ranking = tuple(ranking)
        usage = {
            "prompt_tokens": self.ledger.usage.prompt_tokens,
            "completion_tokens": self.ledger.usage.completion_tokens,
            "cached_tokens": self.ledger.usage.cached_tokens,
            "calls": self.ledger.usage.calls,
            "retries": self.ledger.usage.retries,
            "dollars": self.ledger.usage.dollars,
            "programs": self.ledger.settled.programs,
        }
        context = self._selection.context if self._selection is not None else None
        self.report = dict(context.report) if context is not None else {}
        return Finished(reason, self.ranking, self.verified, usage, self.report)


def _scaled(node: Node, value: float) -> float:
    """The value in [0, 1], times the confidence of a program that was made to fit the checks."""
    confidence = node.draft.confidence if node.draft else None
    return min(1.0, max(0.0, value)) * (1.0 if confidence is None else confidence)


def _remarked(draft: Draft | None, remark: Mapping[str, Any] | None) -> Draft | None:
    """The draft with what a value has to say of it."""
    return replace(draft, notes={**draft.notes, **remark}) if draft and remark else draft


def _row(node: Node) -> dict[str, Any]:
    """What the log keeps of a told node beside its answers and verdicts."""
    return {
        "id": node.id,
        "state": node.state.name.lower(),
        "value": node.value,
        "solved": node.solved,
        "behaviour": node.behaviour,
        "duplicate_of": node.duplicate_of,
        "key": node.program.key if node.program else None,
        "tokens": node.tokens,
        "error": node.error or (node.draft.error if node.draft else ""),
    }
