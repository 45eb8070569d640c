import asyncio
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.errors import ModelError
from synth.models.chat import Choice, Completion, Message, Request, Sampling, Usage
from synth.models.recorded import Recorded


class Counting:
    """Answers with a number that never comes twice, so that a replay cannot be a fresh answer."""

    name = "counting"

    def __init__(self):
        self.numbers = itertools.count()
        self.closed = False

    async def complete(self, request):
        text = f"{request.messages[-1].content} {next(self.numbers)}"
        return Completion((Choice(text, "stop", ("a",), (-0.1,)),), Usage(3, 4, calls=1), self.name)

    async def close(self):
        self.closed = True


class Forbidden(Counting):
    async def complete(self, request):
        raise AssertionError("a recorded answer was asked for again")


class Failing(Counting):
    async def complete(self, request):
        raise ModelError("down")


def ask(text="hello", **options):
    return Request((Message("user", text),), **options)


async def test_a_record_gives_each_answer_again_exactly_and_in_order(tmp_path):
    path = tmp_path / "deep" / "record.jsonl"
    recorder = Recorded(path, Counting())
    requests = [ask("a"), ask("b"), ask("a"), ask("a", seed=1), ask("a")]
    first = [await recorder.complete(request) for request in requests]
    assert len({c.choices[0].text for c in first}) == 5
    replay = Recorded(path)
    assert replay.name == "counting"
    assert replay.answers == 5
    assert [await replay.complete(request) for request in requests] == first


async def test_what_is_held_is_not_asked_for_again_and_the_rest_is(tmp_path):
    path = tmp_path / "record.jsonl"
    held = await Recorded(path, Counting()).complete(ask("a"))
    assert await Recorded(path, Forbidden()).complete(ask("a")) == held
    more = Recorded(path, Counting())
    assert await more.complete(ask("a")) == held
    second = await more.complete(ask("a"))
    replay = Recorded(path)
    assert [await replay.complete(ask("a")) for _ in range(2)] == [held, second]


async def test_a_request_not_held_is_named(tmp_path):
    path = tmp_path / "record.jsonl"
    await Recorded(path, Counting()).complete(ask("a"))
    replay = Recorded(path)
    with pytest.raises(ModelError, match=r"no answer of counting .*seed=9.*'what is pi\?'"):
        await replay.complete(ask("what is pi?", seed=9))
    await replay.complete(ask("a"))
    with pytest.raises(ModelError, match="asked 2 times, held 1"):
        await replay.complete(ask("a"))


@pytest.mark.parametrize(
    "changed",
    [
        {"n": 2},
        {"seed": 1},
        {"logprobs": True},
        {"sampling": Sampling(temperature=0.1)},
        {"sampling": Sampling(stop=("x",))},
        {"sampling": Sampling(max_tokens=5)},
    ],
)
async def test_everything_that_matters_is_in_the_key(tmp_path, changed):
    path = tmp_path / "record.jsonl"
    await Recorded(path, Counting()).complete(ask())
    with pytest.raises(ModelError, match="not held"):
        await Recorded(path).complete(ask(**changed))


async def test_a_record_torn_at_any_byte_keeps_its_whole_lines_and_goes_on(tmp_path):
    path = tmp_path / "record.jsonl"
    recorder = Recorded(path, Counting())
    for text in "abc":
        await recorder.complete(ask(text))
    data = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(data) if byte == ord("\n")]
    near = {end + step for end in ends for step in (-2, -1, 0, 1)}
    for size in sorted(near.intersection(range(len(data))) | set(range(0, len(data), 29))):
        path.write_bytes(data[:size])
        again = Recorded(path, Counting())
        assert again.answers == data[:size].count(b"\n")
        await again.complete(ask("new"))
        whole = [json.loads(line) for line in path.read_bytes().splitlines()]
        assert len(whole) == data[:size].count(b"\n") + 1


async def test_a_damaged_line_is_an_error_with_its_number(tmp_path):
    path = tmp_path / "record.jsonl"
    await Recorded(path, Counting()).complete(ask("a"))
    path.write_bytes(path.read_bytes() + b'{"key": 1}\n')
    with pytest.raises(ModelError, match=r"record\.jsonl:2: "):
        Recorded(path)


async def test_a_failed_or_cancelled_request_leaves_no_trace(tmp_path):
    path = tmp_path / "record.jsonl"
    with pytest.raises(ModelError, match="down"):
        await Recorded(path, Failing()).complete(ask())
    assert not path.exists()

    class Slow(Counting):
        async def complete(self, request):
            await asyncio.sleep(3600)

    recorder = Recorded(path, Slow())
    task = asyncio.ensure_future(recorder.complete(ask()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    recorder._model = Counting()
    await recorder.complete(ask())
    assert Recorded(path).answers == 1


async def test_requests_at_the_same_time_are_all_kept(tmp_path):
    path = tmp_path / "record.jsonl"
    recorder = Recorded(path, Counting())
    await asyncio.gather(*(recorder.complete(ask("same")) for _ in range(20)))
    replay = Recorded(path)
    texts = [(await replay.complete(ask("same"))).choices[0].text for _ in range(20)]
    assert sorted(texts) == sorted(f"same {i}" for i in range(20))


def test_a_record_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="no record at"):
        Recorded(tmp_path / "none.jsonl")


async def test_closing_closes_the_model(tmp_path):
    inner = Counting()
    await Recorded(tmp_path / "r.jsonl", inner).close()
    assert inner.closed


@given(
    st.lists(
        st.builds(
            Choice,
            st.text(),
            st.sampled_from(["stop", "length", "cancelled", "refused"]),
            st.just(("a", "b")),
            st.tuples(st.floats(-50, 0), st.floats(-50, 0)),
        ),
        max_size=3,
    ),
    st.lists(st.text(), max_size=2),
)
def test_a_completion_survives_json(choices, notes):
    completion = Completion(tuple(choices), Usage(1, 2, 3, 4, 5, 0.5), "m", tuple(notes))
    assert Completion.from_json(json.loads(json.dumps(completion.to_json()))) == completion
