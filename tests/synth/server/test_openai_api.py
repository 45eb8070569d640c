"""The server over a real socket, asked by the real openai client, with the small real model."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import openai
import pytest
import uvicorn

from synth.server.openai_api import create_app
from tests.real_model import needs_model
from tests.scripted import ScriptedModel

STUB = '''Please write this function.

```python
def add_all(numbers: list[int]) -> int:
    """Sum of all numbers in the list.

    >>> add_all([1, 2, 3])
    6
    >>> add_all([])
    0
    """
```
'''


@contextlib.asynccontextmanager
async def serving(model: object, **options: object) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client of a server that has `model`, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(model=model, **options)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
        if task.done():
            task.result()
    client = openai.AsyncOpenAI(
        base_url=f"http://127.0.0.1:{port}/v1", api_key="any", max_retries=0, timeout=600
    )
    try:
        yield client
    finally:
        await client.close()
        server.should_exit = True
        await task


@needs_model
async def test_an_agent_gets_a_verified_program_by_changing_base_url_and_model(tmp_path):
    async with serving(None, runs=tmp_path) as client:
        answer = await client.chat.completions.create(
            model="synth/best-of-n", messages=[{"role": "user", "content": STUB}]
        )
        assert answer.model_extra["synth"]["verified"]
        assert answer.model_extra["synth"]["evidence"] == "2 of 2 examples"
        text = answer.choices[0].message.content
        assert "def add_all" in text
        assert answer.usage.prompt_tokens > 50
        assert answer.usage.completion_tokens > 10
        pieces, usage, finishes = [], None, []
        stream = await client.chat.completions.create(
            model="synth/mcts",
            messages=[{"role": "user", "content": STUB}],
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"synth": {"budget": {"programs": 8}, "seed": 3}},
        )
        async for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                finishes.append(choice.finish_reason)
        assert "def add_all" in "".join(pieces)
        assert finishes[-1] == "stop"
        assert usage is not None
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0
        chat = await client.chat.completions.create(
            model="synth/best-of-n",
            messages=[{"role": "user", "content": "Say hello in one word."}],
            max_tokens=8,
        )
        assert chat.choices[0].message.content
        assert not chat.model_extra["synth"]["verified"]


async def test_models_are_listed_with_every_strategy(tmp_path):
    async with serving(ScriptedModel(name="m"), runs=tmp_path) as client:
        names = [model.id async for model in client.models.list()]
    assert "synth/best-of-n" in names
    assert "synth/mcts@m" in names


async def test_usage_counts_every_candidate_and_n_gives_different_programs(tmp_path):
    """The scripted model's programs fail: the best are returned, and all are paid for."""
    async with serving(ScriptedModel(right=0.0), runs=tmp_path) as client:
        answer = await client.chat.completions.create(
            model="synth/best-of-n",
            messages=[{"role": "user", "content": "assert double(4) == 8\nWrite double(x)."}],
            n=3,
            extra_body={"synth": {"options": {"n": 6, "rounds": 1}}},
        )
    texts = [choice.message.content for choice in answer.choices]
    assert len(set(texts)) == len(texts) == 3
    assert answer.model_extra["synth"]["programs"] == 10
    assert answer.usage.completion_tokens == 400
    assert not answer.model_extra["synth"]["verified"]


BAD = {
    "an unknown model": ({"model": "synth/nothing"}, openai.NotFoundError, "synth/nothing"),
    "an unknown inner model": ({"model": "synth/mcts@x"}, openai.NotFoundError, "'x'"),
    "an unknown setting": (
        {"extra_body": {"synth": {"buget": {}}}},
        openai.BadRequestError,
        "synth.buget",
    ),
    "an unknown option": (
        {"extra_body": {"synth": {"options": {"k": 1}}}},
        openai.BadRequestError,
        "no option 'k'",
    ),
    "a bad budget": (
        {"extra_body": {"synth": {"budget": {"tokens": -1}}}},
        openai.BadRequestError,
        "budget.tokens",
    ),
    "no user message": (
        {"messages": [{"role": "system", "content": "x"}]},
        openai.BadRequestError,
        "user message",
    ),
    "n too large": ({"n": 1000}, openai.BadRequestError, "n:"),
}


@pytest.mark.parametrize(("change", "error", "says"), BAD.values(), ids=BAD.keys())
async def test_bad_input_is_an_openai_error_that_says_what(tmp_path, change, error, says):
    good = {
        "model": "synth/best-of-n",
        "messages": [{"role": "user", "content": "assert double(4) == 8"}],
    }
    async with serving(ScriptedModel(), runs=tmp_path) as client:
        with pytest.raises(error) as caught:
            await client.chat.completions.create(**(good | change))
    assert says in str(caught.value)


async def test_a_key_is_asked_for_when_one_is_set(tmp_path):
    async with serving(ScriptedModel(), runs=tmp_path, api_key="secret") as client:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()
        assert [m async for m in client.with_options(api_key="secret").models.list()]


async def test_a_client_that_leaves_cancels_its_search(tmp_path):
    model = ScriptedModel(right=0.0, jitter=30)
    async with serving(model, runs=tmp_path) as client:
        with pytest.raises(openai.APITimeoutError):
            await client.with_options(timeout=1.0).chat.completions.create(
                model="synth/best-of-n",
                messages=[{"role": "user", "content": "assert double(4) == 8"}],
            )
        for _ in range(500):
            if not model.under_way:
                break
            await asyncio.sleep(0.02)
        assert model.requests
        assert model.under_way == 0


async def test_a_refusing_model_is_a_502(tmp_path):
    async with serving(ScriptedModel(failing=1.0), runs=tmp_path) as client:
        with pytest.raises(openai.InternalServerError, match="scripted refusal"):
            await client.chat.completions.create(
                model="synth/best-of-n",
                messages=[{"role": "user", "content": "assert double(4) == 8"}],
            )
