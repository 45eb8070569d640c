import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.models.answers import Answers, ServerReportedError
from synth.models.seeds import server_seed


def row(index, text=None, finish=None, logprobs=()):
    delta = {} if text is None else {"content": text}
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    if logprobs:
        choice["logprobs"] = {"content": [{"token": t, "logprob": p} for t, p in logprobs]}
    return {"model": "m", "choices": [choice]}


def counted(prompt, completion, cached=0):
    details = {"cached_tokens": cached}
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"choices": [], "usage": counts | {"prompt_tokens_details": details}}


def folded(rows, **options):
    answers = Answers(**options)
    for chunk in rows:
        answers.feed(chunk)
    return answers


@given(
    st.lists(st.lists(st.text(min_size=1, max_size=4), max_size=5), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_choices_do_not_depend_on_how_their_chunks_interleave(pieces, chance: random.Random):
    streams = [
        [row(i, text) for text in texts] + [row(i, finish="stop")] for i, texts in enumerate(pieces)
    ]
    mixed = []
    while any(streams):
        mixed.append(chance.choice([stream for stream in streams if stream]).pop(0))
    choices = folded(mixed).finished()
    assert [choice.text for choice in choices] == ["".join(texts) for texts in pieces]


@given(
    st.lists(st.text(alphabet="ab;", min_size=1, max_size=3), min_size=1, max_size=8),
    st.sampled_from([";", "ab", "b;"]),
)
def test_nothing_after_a_stop_sequence_is_kept(pieces, word):
    rows = [row(0, text, logprobs=[(text, -1.0)]) for text in pieces]
    choice = folded([*rows, row(0, finish="length")], stop=(word,)).finished()[0]
    assert choice.text == "".join(pieces).split(word)[0]
    assert "".join(choice.tokens).startswith(choice.text)
    assert len(choice.tokens) == len(choice.logprobs)
    assert choice.finish == ("stop" if word in "".join(pieces) else "length")


def test_a_usage_chunk_for_each_choice_is_summed_and_the_prompt_counted_once():
    rows = []
    for index, (tokens, cached) in enumerate([(10, 0), (20, 30), (30, 30)]):
        rows += [row(index, "x"), row(index, finish="stop"), counted(31, tokens, cached)]
    usage, notes = folded(rows).usage(100)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (31, 60, 0)
    assert (usage.calls, notes) == (1, ())


def test_one_usage_chunk_is_the_total():
    rows = [row(0, "x"), row(0, finish="stop"), row(1, "y"), row(1, finish="stop")]
    usage, notes = folded([*rows, counted(9, 50, 4)]).usage(100)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (9, 50, 4)
    assert notes == ()


def test_running_totals_are_not_summed():
    rows = [counted(9, 1), row(0, "a"), counted(9, 2), row(0, "b", "stop"), counted(9, 3)]
    usage, _ = folded(rows).usage(10)
    assert usage.completion_tokens == 3


def test_a_server_that_counts_the_first_choice_only_is_corrected_by_log_probabilities():
    whole = {
        "choices": [
            {
                "index": index,
                "message": {"content": "abc"},
                "finish_reason": "stop",
                "logprobs": {"content": [{"token": t, "logprob": -0.5} for t in "abc"]},
            }
            for index in range(4)
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3},
    }
    usage, notes = folded([whole]).usage(20)
    assert usage.completion_tokens == 12
    assert notes == ("usage corrected: the server counted 3 of 12 tokens",)


def test_an_error_object_is_raised_with_its_code():
    with pytest.raises(ServerReportedError, match="too long") as caught:
        Answers().feed({"error": {"code": 400, "message": "too long"}})
    assert caught.value.code == 400


def test_a_choice_without_an_end_is_not_given_out():
    answers = folded([row(0, "a"), row(0, finish="stop"), row(1, "b")])
    assert [choice.text for choice in answers.finished()] == ["a"]
    assert answers.unfinished == 1


@given(st.integers(0, 2**70), st.integers(0, 200))
def test_neighbouring_seeds_share_no_run_of_draws(seed, offset):
    mine, next_ = server_seed(seed, offset), server_seed(seed + 1, offset)
    assert 0 <= mine < 2**31
    assert mine == server_seed(seed, offset)
    # A server gives choice i seed + i; 2**31 seeds make an overlap of 64 draws a rarity.
    assert mine != next_
