"""Faults of real servers, shown by a fake one on loopback (`fake_server.py`)."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from synth.errors import ModelError, RequestRefused
from synth.models.backoff import Backoff, retry_after
from synth.models.chat import Request, Sampling, conversation
from synth.models.openai_chat import OpenAIChat, Patience, Prices
from tests.synth.models.fake_server import (
    FakeServer,
    answers,
    chunk,
    cut,
    events,
    silence,
    status,
    texts_of,
    usage,
    whole,
)

ASK = Request(conversation(("user", "Write add(a, b), please.")), seed=1)
QUICK = Patience(deadline=20.0, silence=0.3, backoff=Backoff(attempts=3, first=0.01))


def model(server: FakeServer, **options: object) -> OpenAIChat:
    settings = {"base_url": server.url, "api_key": "sk-secret-1234", "patience": QUICK} | options
    return OpenAIChat("fake", **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 529])
async def test_a_fault_that_passes_is_tried_again_and_counted(code):
    async with FakeServer(status(code, "busy"), answers("ok")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["ok"]
    assert (completion.usage.calls, completion.usage.retries) == (1, 1)
    assert any(str(code) in note for note in completion.notes)


async def test_a_server_that_stays_broken_ends_as_one_line_with_the_number_of_tries():
    async with FakeServer(status(500, "out of\nmemory")) as server:
        with pytest.raises(ModelError, match=r"500.*out of memory.*tried 3 times") as caught:
            await model(server).complete(ASK)
        assert len(server.bodies) == 3
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, RequestRefused)


async def test_a_spent_quota_is_not_waited_for():
    behaviour = status(429, "You exceeded your quota: insufficient_quota")
    async with FakeServer(behaviour) as server:
        with pytest.raises(ModelError, match="quota"):
            await model(server).complete(ASK)
        assert len(server.bodies) == 1


@pytest.mark.parametrize("code", [401, 403, 404])
async def test_a_fault_that_stays_is_not_tried_again(code):
    async with FakeServer(status(code, "no")) as server:
        with pytest.raises(ModelError, match=str(code)):
            await model(server).complete(ASK)
        assert len(server.bodies) == 1


async def test_the_server_is_left_alone_as_long_as_it_asks():
    loop = asyncio.get_running_loop()
    async with FakeServer(status(429, "slow", "Retry-After: 1"), answers("ok")) as server:
        begun = loop.time()
        completion = await model(server).complete(ASK)
    assert loop.time() - begun >= 1.0
    assert completion.usage.retries == 1


async def test_a_wait_beyond_the_deadline_is_not_begun():
    behaviour = status(429, "later", "Retry-After: 3600")
    async with FakeServer(behaviour) as server:
        with pytest.raises(ModelError, match="later"):
            await asyncio.wait_for(model(server).complete(ASK), 5)


async def test_a_context_overflow_refuses_this_request_only():
    message = "This model's maximum context length is 2048 tokens, your request has 9000"
    async with FakeServer(status(400, message), answers("ok")) as server:
        asked = model(server)
        with pytest.raises(RequestRefused, match="2048"):
            await asked.complete(ASK)
        assert texts_of((await asked.complete(ASK)).choices) == ["ok"]


async def test_a_cut_stream_is_paid_for_and_drawn_again():
    async with FakeServer(cut(chunk("def"), chunk(" a")), answers("def add")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["def add"]
    assert (completion.usage.calls, completion.usage.retries) == (2, 1)
    assert completion.usage.completion_tokens == 5 + 2
    assert any("cut" in note for note in completion.notes)


async def test_choices_that_ended_before_the_cut_are_not_drawn_twice():
    first = cut(chunk("one", 0), chunk(None, 0, "stop"), chunk("tw", 1))
    async with FakeServer(first, answers("two")) as server:
        completion = await model(server).complete(Request(ASK.messages, n=2))
        assert server.bodies[0]["n"] == 2
        assert "n" not in server.bodies[1]
        assert server.bodies[0]["seed"] != server.bodies[1]["seed"]
    assert texts_of(completion.choices) == ["one", "two"]


async def test_streams_cut_for_ever_return_the_cost_without_choices():
    async with FakeServer(cut(chunk("def"))) as server:
        completion = await model(server).complete(ASK)
    assert completion.choices == ()
    assert completion.usage.calls == 3
    assert completion.usage.completion_tokens == 3


async def test_a_stream_that_ends_without_a_finish_reason_is_cut():
    async with FakeServer(events(chunk("def")), answers("whole")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["whole"]


async def test_an_error_inside_a_stream_is_a_fault_like_any_other():
    broken = events(chunk("def"), {"error": {"code": 500, "message": "slot lost"}})
    async with FakeServer(broken, answers("whole")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["whole"]
    assert any("slot lost" in note for note in completion.notes)


async def test_silence_before_and_within_an_answer_is_given_up_and_tried_again():
    async with FakeServer(silence(), silence(chunk("def")), answers("ok")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["ok"]
    assert completion.usage.retries == 2
    assert any("silent" in note for note in completion.notes)


async def test_the_deadline_bounds_a_server_that_dawdles():
    async def dawdle(exchange):
        await exchange.head(200, "text/event-stream")
        while True:
            await exchange.event(chunk("x"))
            await asyncio.sleep(0.05)

    async with FakeServer(dawdle) as server:
        patience = Patience(deadline=0.5, silence=5)
        completion = await asyncio.wait_for(model(server, patience=patience).complete(ASK), 5)
    assert completion.choices == ()
    assert completion.usage.completion_tokens > 1
    assert any("0.5 s" in note for note in completion.notes)


async def test_an_empty_answer_is_an_answer_with_a_note():
    async with FakeServer(answers("", tokens=1)) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == [""]
    assert "an empty answer" in completion.notes


async def test_an_answer_without_choices_is_asked_for_again():
    nothing = whole({"choices": [], "usage": None})
    async with FakeServer(nothing, answers("ok")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["ok"]


@pytest.mark.parametrize("bytes_", ["<html>gateway</html>", '{"choices": 3}', "[1]", "null"])
async def test_an_unreadable_answer_is_a_fault(bytes_):
    async with FakeServer(whole(bytes_), answers("ok")) as server:
        completion = await model(server).complete(ASK)
    assert texts_of(completion.choices) == ["ok"]


async def test_a_server_that_does_not_stream_is_understood():
    data = {
        "model": "fake",
        "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
    async with FakeServer(whole(data)) as server:
        completion = await model(server).complete(ASK)
    assert completion.choices[0].finish == "length"
    assert completion.usage.tokens == 4


async def test_n_is_emulated_with_seeds_of_their_own_where_it_is_ignored():
    async with FakeServer(answers("a", ignore_n=True)) as server:
        asked = model(server)
        completion = await asked.complete(Request(ASK.messages, n=4, seed=5))
        assert len(completion.choices) == 4
        assert completion.usage.calls == 4
        assert len({body["seed"] for body in server.bodies}) == 4
        assert any("emulated" in note for note in completion.notes)
        server.bodies.clear()
        await asked.complete(Request(ASK.messages, n=3))
        assert all("n" not in body for body in server.bodies)


async def test_n_is_emulated_where_it_is_refused():
    refusal = status(400, "Unsupported parameter", param="n")
    async with FakeServer(refusal, answers("a")) as server:
        completion = await model(server).complete(Request(ASK.messages, n=3))
    assert len(completion.choices) == 3


async def test_n_is_split_where_it_is_bounded():
    refusal = status(400, "Field 'n': Value must be between 1 <= value <= 4, but got 10")
    async with FakeServer(refusal, answers("a")) as server:
        completion = await model(server).complete(Request(ASK.messages, n=10))
        assert [body.get("n", 1) for body in server.bodies] == [10, 4, 4, 2]
    assert len(completion.choices) == 10


async def test_a_refused_parameter_is_left_out_from_then_on():
    first = status(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.")
    second = status(400, "Unsupported value", param="temperature")
    async with FakeServer(first, second, answers("ok")) as server:
        asked = model(server)
        completion = await asked.complete(ASK)
        assert texts_of(completion.choices) == ["ok"]
        await asked.complete(ASK)
        last = server.bodies[-1]
    assert "temperature" not in last
    assert "max_tokens" not in last
    assert last["max_completion_tokens"] == ASK.sampling.max_tokens
    assert len(server.bodies) == 4


async def test_a_server_that_does_not_stop_is_cut_at_the_stop_sequence():
    request = Request(ASK.messages, sampling=Sampling(stop=("\nprint",)))
    refusal = status(400, "bad parameter", param="stop")
    async with FakeServer(refusal, answers("x = 1\nprint(x)")) as server:
        completion = await model(server).complete(request)
    assert texts_of(completion.choices) == ["x = 1"]


async def test_missing_usage_is_estimated_and_said():
    async with FakeServer(answers("x" * 80, tokens=None)) as server:
        completion = await model(server).complete(ASK)
    assert completion.usage.completion_tokens >= 10
    assert completion.usage.prompt_tokens > 0
    assert any("estimated" in note for note in completion.notes)


async def test_usage_below_what_was_sent_is_corrected_and_said():
    pieces = [chunk("word ") for _ in range(20)]
    row = events(*pieces, chunk(None, 0, "stop"), usage(7, 2), "[DONE]")
    async with FakeServer(row) as server:
        completion = await model(server).complete(ASK)
    assert completion.usage.completion_tokens == 20
    assert any("corrected" in note for note in completion.notes)


async def test_cancelling_closes_the_connection():
    async with FakeServer(silence(chunk("def"))) as server:
        patient = Patience(silence=60)
        task = asyncio.ensure_future(model(server, patience=patient).complete(ASK))
        await server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.dropped.wait(), 2)


async def test_no_more_requests_are_in_flight_than_allowed():
    async def slow(exchange):
        await asyncio.sleep(0.05)
        await answers("ok")(exchange)

    async with FakeServer(slow) as server:
        asked = model(server, concurrency=3, largest_n=1)
        await asked.complete(Request(ASK.messages, n=9))
        assert len(server.bodies) == 9
        assert server.peak <= 3


async def test_where_some_draws_fail_for_good_the_others_are_kept():
    async with FakeServer(answers("a"), status(400, "filtered")) as server:
        asked = model(server, largest_n=1)
        completion = await asked.complete(Request(ASK.messages, n=3))
    assert texts_of(completion.choices) == ["a"]
    assert any("filtered" in note for note in completion.notes)


async def test_an_unreachable_server_is_named():
    async with FakeServer(answers("ok")) as server:
        url = server.url
    asked = OpenAIChat("fake", base_url=url, api_key="k", patience=QUICK)
    with pytest.raises(ModelError, match=r"no connection to http://127\.0\.0\.1.*tried 3 times"):
        await asked.complete(ASK)


def test_one_model_serves_several_event_loops():
    async def once() -> list[str]:
        async with FakeServer(answers("ok")) as server:
            asked._base_url = server.url
            return texts_of((await asked.complete(ASK)).choices)

    asked = OpenAIChat("fake", base_url="http://127.0.0.1:1/v1", api_key="k", patience=QUICK)
    assert asyncio.run(once()) == asyncio.run(once()) == ["ok"]


async def test_dollars_follow_the_prices():
    async with FakeServer(answers("ok", tokens=1000)) as server:
        asked = model(server, prices=Prices(prompt=1.0, completion=10.0))
        completion = await asked.complete(ASK)
    assert completion.usage.dollars == pytest.approx((7 * 1.0 + 1000 * 10.0) / 1e6)


async def test_no_key_shows_in_errors_notes_logs_or_reprs(caplog):
    caplog.set_level(logging.DEBUG)
    echo = status(500, "Incorrect API key provided: sk-secret-1234")
    async with FakeServer(echo, answers("ok")) as server:
        asked = model(server)
        completion = await asked.complete(ASK)
        texts = [repr(asked), str(asked), repr(completion), caplog.text]
    async with FakeServer(status(401, "Incorrect API key provided: sk-secret-1234")) as server:
        asked = model(server)
        with pytest.raises(ModelError) as caught:
            await asked.complete(ASK)
        texts += [str(caught.value), repr(caught.value), caplog.text]
    assert "[key]" in str(caught.value)
    assert all("sk-secret" not in text for text in texts)


def test_a_password_in_the_address_is_not_shown():
    asked = OpenAIChat("m", base_url="https://me:hunter2@example.test:8000/v1?token=t", api_key="k")
    assert "example.test:8000" in repr(asked)
    assert "hunter2" not in repr(asked)
    assert "token" not in repr(asked)


def test_no_server_and_no_key_says_what_to_do(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY.*--base-url"):
        OpenAIChat("gpt-x")


def test_the_wait_doubles_up_to_its_bound_and_never_undercuts_the_server():
    backoff = Backoff(first=1.0, longest=8.0)
    for failures in range(1, 20):
        whole_wait = min(2.0 ** (failures - 1), 8.0)
        assert whole_wait / 2 <= backoff.delay(failures) <= whole_wait
    assert backoff.delay(1, 60.0) == 60.0


def test_retry_after_is_read_in_all_its_forms():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    assert retry_after({"retry-after": "2"}) == 2.0
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert 20 < (retry_after({"retry-after": later}) or 0) <= 30
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


def test_a_budget_of_calls_holds_the_requests_that_an_emulated_n_may_cost(tmp_path):
    """Reserved one by one: which servers take n is known only after asking."""
    from synth.models.openai_chat import OpenAIChat
    from synth.models.recorded import Recorded

    model = OpenAIChat("any", base_url="http://127.0.0.1:9/v1", api_key="none")
    assert not model.native_n
    assert not Recorded(tmp_path / "record.jsonl", model).native_n
