"""A whole search on a server that fails in every way it can (`fake_server.py`), with programs run
for real: it is survived, counted and shown, and no budget is passed by more than one call."""

import pytest

from synth import Budget, solve_async
from synth.models.backoff import Backoff
from synth.models.openai_chat import OpenAIChat, Patience
from synth.run_log import list_runs, read_events
from tests.synth.models.fake_server import FakeServer, answers, chunk, cut, status, whole

STUB = 'def double(x: int) -> int:\n    """Twice x.\n\n    >>> double(4)\n    8\n    """\n    ...\n'
RIGHT = "```python\ndef double(x: int) -> int:\n    return 2 * x\n```"
WRONG = "```python\ndef triple(x: int) -> int:\n    return 3 * x\n```"
QUICK = Patience(deadline=30.0, silence=2.0, backoff=Backoff(attempts=6, first=0.01))


@pytest.fixture
def stub(tmp_path):
    path = tmp_path / "double.py"
    path.write_text(STUB)
    return path


async def solve(server, stub, tmp_path, *, largest_n=1, **options):
    model = OpenAIChat(
        "fake", base_url=server.url, api_key="k", patience=QUICK, largest_n=largest_n
    )
    try:
        return await solve_async(
            stub,
            model=model,
            options={"enumerate": 0},
            runs=tmp_path / "runs",
            workers=1,
            **options,
        )
    finally:
        await model.close()


def events_of(tmp_path):
    (row,) = list_runs(tmp_path / "runs")
    return list(read_events(row.path))


async def test_every_fault_in_turn_is_survived_counted_and_shown(stub, tmp_path):
    async with FakeServer(
        status(500, "broken"),
        status(429, "slow down", "Retry-After: 0"),
        cut(chunk("```python\ndef dou")),
        whole("<html>bad gateway</html>"),
        answers("I am sorry, but I cannot help with that."),
        answers(""),
        answers(WRONG),
        answers(RIGHT, tokens=None),
    ) as server:
        solution = await solve(server, stub, tmp_path)
        asked = len(server.bodies)
    assert solution.verified
    assert "2 * x" in solution.program
    assert asked >= 8
    assert solution.usage["retries"] == 4
    log = repr(events_of(tmp_path))
    for sign in ("500: broken", "429: slow down", "cut stream", "unreadable answer", "empty"):
        assert sign in log, sign
    assert "usage estimated" in log


async def test_a_server_that_is_gone_for_good_ends_the_run_with_its_reason(stub, tmp_path):
    async with FakeServer(status(500, "out of order")) as server:
        solution = await solve(server, stub, tmp_path)
    assert not solution.verified
    assert "out of order" in solution.reason


async def test_a_context_overflow_does_not_end_the_search(stub, tmp_path):
    async with FakeServer(
        status(400, "maximum context length is 2048 tokens, the request has 9000"), answers(RIGHT)
    ) as server:
        solution = await solve(server, stub, tmp_path)
    assert solution.verified


@pytest.mark.parametrize("calls", [1, 3])
async def test_calls_stay_within_the_budget(stub, tmp_path, calls):
    """Of a server that takes `n`. Where `n` is emulated, the last call may be several requests."""
    async with FakeServer(answers("no code here")) as server:
        budget = Budget(calls=calls)
        solution = await solve(server, stub, tmp_path, largest_n=None, budget=budget)
        assert len(server.bodies) <= calls
    assert not solution.verified
    assert solution.usage["calls"] == len(server.bodies)


async def test_tokens_stay_within_one_call_of_the_budget_where_usage_lies(stub, tmp_path):
    """The server says nothing was used; what it sent is counted."""
    async with FakeServer(answers("word " * 400, tokens=0)) as server:
        solution = await solve(server, stub, tmp_path, budget=Budget(tokens=3000))
    usage = solution.usage
    spent = usage["prompt_tokens"] + usage["completion_tokens"]
    one_call = spent / max(1, usage["calls"])
    assert 0 < spent <= 3000 + one_call
