"""Nucleus sampling (top-p) for vLLM on a CPU without sorting the vocabulary.

vLLM 0.32 sorts all logits of every sequence at every step when `top_p` is below 1, on one thread:
with a vocabulary of 151,936 that takes several times as long as a 0.5B model's own step. The
nucleus is nearly always a few dozen tokens, so the largest few are enough to find where it ends.
Only imported where vLLM is: it runs in vLLM's engine as a logits processor, its documented plug-in.
"""

from __future__ import annotations

from typing import Any

import torch
from vllm.v1.sample.logits_processor import LogitsProcessor, MoveDirectionality

ARGUMENT = "synth_top_p"
FIRST_LOOK = 128


class TopP(LogitsProcessor):  # type: ignore[misc]  # vLLM's classes are Any to the type checker
    """Keeps the nucleus of each request whose `extra_args` hold `synth_top_p`."""

    def __init__(self, vllm_config: Any, device: torch.device, is_pin_memory: bool) -> None:
        self._wanted: dict[int, float] = {}

    def is_argmax_invariant(self) -> bool:
        return True

    def update_state(self, batch_update: Any) -> None:
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._wanted.pop(index, None)
        for index, parameters, _, _ in batch_update.added:
            self._wanted.pop(index, None)
            top_p = (parameters.extra_args or {}).get(ARGUMENT, 1.0)
            if top_p < 1.0:
                self._wanted[index] = top_p
        for source, target, direction in batch_update.moved:
            moved, replaced = self._wanted.pop(source, None), self._wanted.pop(target, None)
            if moved is not None:
                self._wanted[target] = moved
            if direction == MoveDirectionality.SWAP and replaced is not None:
                self._wanted[source] = replaced

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        rows = sorted(self._wanted)
        if not rows:
            return logits
        top_p = torch.tensor([self._wanted[row] for row in rows])
        if len(rows) == logits.shape[0]:
            return keep_nucleus(logits, top_p)
        logits[rows] = keep_nucleus(logits[rows], top_p)
        return logits


def keep_nucleus(logits: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    """Masks, in place, all but the fewest most probable tokens whose mass reaches `top_p`.

    `logits` is [sequences, vocabulary], after the temperature; `top_p` is [sequences], in (0, 1).
    At least one token is kept, and of tokens as probable as the last kept none is dropped
    (Holtzman et al., The Curious Case of Neural Text Degeneration, 2020, section 3.1).
    """
    normaliser = torch.logsumexp(logits, dim=-1, keepdim=True)
    floor = torch.empty(logits.shape[0], dtype=logits.dtype)
    open_rows = torch.arange(logits.shape[0])
    size = FIRST_LOOK
    while len(open_rows):
        size = min(size, logits.shape[1])
        everything = size == logits.shape[1]
        whole = len(open_rows) == logits.shape[0]
        largest = (logits if whole else logits[open_rows]).topk(size, dim=-1).values
        mass = (largest - normaliser[open_rows]).exp().cumsum(dim=-1)
        # A token belongs to the nucleus while the mass before it falls short of top-p.
        kept = (mass < top_p[open_rows].unsqueeze(1)).sum(dim=-1) + 1
        reached = (kept <= size) | everything
        last = kept.clamp(max=size).sub(1).unsqueeze(1)
        floor[open_rows[reached]] = largest.gather(1, last).squeeze(1)[reached]
        open_rows = open_rows[~reached]
        size *= 16
    return logits.masked_fill_(logits < floor.unsqueeze(1), -float("inf"))
