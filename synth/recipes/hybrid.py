"""hybrid: the model and the model-free proposer, each building on the other.

Drafts of the model; then the enumerator with the parts of those that failed, and single edits of
the best; then repairs by the model. Barke et al., "HYSYNTH" (2024), and Li et al., "Guiding
enumerative program synthesis with large language models" (CAV 2024), guide an enumerator by a
model's samples; here its results go back into the same tree.
"""

from __future__ import annotations

from search.best_of_n import BestOfN
from search.phases import OnBest, Phases
from synth.actions.action import Action
from synth.actions.combine import CombineAction, MendAction
from synth.actions.draft import DraftAction
from synth.actions.repair import RepairAction
from synth.models.chat import Sampling
from synth.recipe import Recipe


def hybrid(
    *,
    n: int = 8,
    rounds: int = 2,
    width: int = 4,
    siblings: int = 4,
    mended: int = 3,
    seconds: float = 4.0,
    temperature: float = 0.8,
    top_p: float = 0.95,
    max_tokens: int = 1024,
    in_flight: int = 4,
) -> Recipe:
    """`n` drafts, the first alone; one edit of each of the `mended` best, a quarter of `seconds`
    each; the enumerator for `seconds`, half with the drafts' parts and half without; then `rounds`
    rounds that repair the `width` best."""
    options = dict(locals())
    phases = Phases(
        (
            BestOfN(n=n, siblings=siblings, first=1),
            OnBest("mend", width=mended, n=1),
            OnBest("combine", root=True, n=3),
            OnBest("repair", width=width, rounds=rounds),
        )
    )
    actions: dict[str, Action] = {
        "draft": DraftAction(),
        "repair": RepairAction(),
        "mend": MendAction(seconds / 4),
        "combine": CombineAction(seconds),
    }
    sampling = Sampling(temperature, top_p, max_tokens)
    return Recipe("hybrid", phases, actions, sampling=sampling, width=in_flight, options=options)
