"""Nucleus sampling without a sort keeps what the definition keeps. Runs in vLLM's environment."""

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="in vLLM's environment alone")
pytest.importorskip("vllm", reason="in vLLM's environment alone")

from synth.models.vllm_top_p import ARGUMENT, TopP, keep_nucleus  # noqa: E402


def nucleus(row, top_p):
    """The definition, with a sort: token ids, most probable first, until their mass is reached."""
    kept, mass = set(), 0.0
    probabilities = row.double().softmax(dim=-1)
    for token in probabilities.argsort(descending=True).tolist():
        if mass >= top_p:
            break
        kept.add(token)
        mass += float(probabilities[token])
    return kept


@pytest.mark.parametrize("spread", [0.0, 0.3, 2.0, 10.0])  # from nearly all tokens to nearly one
def test_what_is_kept_is_the_nucleus(spread):
    generator = torch.Generator().manual_seed(int(10 * spread))
    logits = torch.randn(12, 3000, generator=generator) * spread
    logits += torch.rand(12, 3000, generator=generator) * 1e-3  # no ties
    top_p = torch.linspace(0.05, 0.99, 12)
    masked = keep_nucleus(logits.clone(), top_p)
    for row, before, share in zip(masked, logits, top_p.tolist(), strict=True):
        kept = set(torch.isfinite(row).nonzero().flatten().tolist())
        wanted = nucleus(before, share)
        assert len(kept ^ wanted) <= 1 + len(wanted) // 500  # single precision at the border
        assert all(row[token] == before[token] for token in kept)


def parameters(top_p):
    return SimpleNamespace(extra_args=None if top_p is None else {ARGUMENT: top_p})


def update(removed=(), added=(), moved=()):
    return SimpleNamespace(removed=removed, added=added, moved=moved)


def masked_rows(processor, rows):
    out = processor.apply(torch.arange(5.0).repeat(rows, 1) * 3)
    return [bool(torch.isinf(row).any()) for row in out]


def test_each_request_keeps_its_own_share_wherever_it_moves():
    from vllm.v1.sample.logits_processor import MoveDirectionality as Direction

    processor = TopP(None, torch.device("cpu"), False)
    assert processor.is_argmax_invariant()
    none = [(1, parameters(None), None, []), (2, parameters(1.0), None, [])]
    processor.update_state(update(added=[(0, parameters(0.5), None, []), *none]))
    assert masked_rows(processor, 3) == [True, False, False]
    processor.update_state(None)
    processor.update_state(update(moved=[(0, 2, Direction.SWAP)]))
    assert masked_rows(processor, 3) == [False, False, True]
    processor.update_state(update(removed=[1], moved=[(2, 1, Direction.UNIDIRECTIONAL)]))
    assert masked_rows(processor, 2) == [False, True]
    processor.update_state(update(added=[(1, parameters(None), None, [])]))
    assert masked_rows(processor, 2) == [False, False]
