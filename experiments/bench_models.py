"""Tokens a second through our model adapters, against what the engine or server can give.

    python experiments/bench_models.py llama [--weights qwen2.5-coder-0.5b]
    python experiments/bench_models.py http --base-url URL --model NAME [--concurrency 16]
    VENV/bin/python experiments/bench_models.py vllm --model DIR   # vLLM's environment

The limit is measured by a load generator that does as little as can be done: for `llama` threads
that call the engine and look only at its token counts, for `vllm` its asynchronous engine called as
its documentation has it, for `http` bare sockets that look only at the usage. Contenders take turns
within each round, on prompts of their own of the same length (so that none finds another's prefix
cached); the ratio is the median over rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from synth.models import weights
from synth.models.chat import ChatModel, Request, Sampling, conversation
from synth.models.llama_cpp import LlamaCpp
from synth.models.openai_chat import OpenAIChat

TASKS = (
    "merge two sorted lists into one sorted list",
    "find the longest palindromic substring of a text",
    "count the islands in a grid of zeros and ones",
    "evaluate an arithmetic expression with parentheses",
    "group words that are anagrams of each other",
    "find the shortest path in a weighted graph",
    "convert a Roman numeral to an integer",
    "compute the edit distance of two texts",
)
EXAMPLES = "Examples of what is wanted, with their expected results, follow here. " * 12

Contender = Callable[[list[str]], Awaitable[int]]


def prompts(count: int, key: str) -> list[str]:
    """`count` prompts of about 230 tokens that share no beginning with those of another key."""
    tasks = itertools.islice(itertools.cycle(TASKS), count)
    return [f"Case {key}{i}. {EXAMPLES} Write Python code to {t}." for i, t in enumerate(tasks)]


def body(prompt: str, n: int, tokens: int) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": prompt}],
        "n": n,
        "temperature": 0.8,
        "top_p": 0.95,
        "max_tokens": tokens,
        "seed": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
        "ignore_eos": True,
    }


def through(model: ChatModel, n: int, tokens: int) -> Contender:
    async def run(texts: list[str]) -> int:
        sampling = Sampling(max_tokens=tokens)
        requests = [Request(conversation(("user", text)), n, sampling) for text in texts]
        completions = await asyncio.gather(*map(model.complete, requests))
        assert all(len(completion.choices) == n for completion in completions)
        return sum(completion.usage.completion_tokens for completion in completions)

    return run


def engine_limit(engine: Any, n: int, tokens: int, slots: int) -> Contender:
    """Threads that call llama.cpp; usage comes once a choice."""

    def one(text: str) -> int:
        counts = []

        def take(chunk: dict[str, Any]) -> bool:
            if "usage" in chunk:
                counts.append(chunk["usage"]["completion_tokens"])
            return False

        engine.handle_chat_completions(body(text, n, tokens), take)
        return sum(counts)

    pool = ThreadPoolExecutor(max(1, slots // n))

    async def run(texts: list[str]) -> int:
        loop = asyncio.get_running_loop()
        return sum(await asyncio.gather(*(loop.run_in_executor(pool, one, t) for t in texts)))

    return run


def socket_limit(url: str, model: str, key: str, n: int, tokens: int, concurrent: int) -> Contender:
    """Bare HTTP over asyncio's streams; only the last usage is read."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    slots = asyncio.Semaphore(concurrent)

    async def one(text: str) -> int:
        data = json.dumps(body(text, n, tokens) | {"model": model}).encode()
        head = (
            f"POST {parts.path}/chat/completions HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        async with slots:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(head.encode() + data)
            counts = []
            async for line in reader:
                if line.startswith(b"data:") and b'"completion_tokens"' in line:
                    usage = json.loads(line[5:]).get("usage") or {}
                    counts.append(int(usage.get("completion_tokens", 0)))
            writer.close()
        return sum(counts)

    async def run(texts: list[str]) -> int:
        return sum(await asyncio.gather(*map(one, texts)))

    return run


def vllm_limit(model: Any, n: int, tokens: int, **settings: Any) -> Contender:
    """vLLM's own engine; `settings` go to its sampling parameters."""
    import vllm

    numbers = itertools.count()

    async def one(text: str) -> int:
        parameters = vllm.SamplingParams(
            n=n,
            temperature=0.8,
            max_tokens=tokens,
            seed=1,
            output_kind=vllm.sampling_params.RequestOutputKind.FINAL_ONLY,
            **settings,
        )
        prompt = {"prompt_token_ids": model._prompt(Request(conversation(("user", text))))}
        last: Any = None
        number = f"bare-{id(settings)}-{next(numbers)}"
        async for output in model._engine.generate(prompt, parameters, request_id=number):
            last = output
        return sum(len(output.token_ids) for output in last.outputs)

    async def all_of(texts: list[str]) -> int:
        return sum(await asyncio.gather(*map(one, texts)))

    async def run(texts: list[str]) -> int:
        return int(await model._there(all_of(texts)))  # the engine belongs to a loop of its own

    return run


async def compare(contenders: dict[str, Contender], requests: int, rounds: int) -> None:
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds + 1):
        for place, name in enumerate(names[number % len(names) :] + names[: number % len(names)]):
            texts = prompts(requests, f"{number}{place}")
            begun, used = time.perf_counter(), time.process_time()
            tokens = await contenders[name](texts)
            used, took = time.process_time() - used, time.perf_counter() - begun
            if number:  # the first round warms up
                speeds[name].append(tokens / took)
                cpu[name].append(1000 * used / tokens)
    limit = names[0]
    print("| contender | tokens/s (median) | of the limit | CPU of this process, ms a token |")
    print("|---|---|---|---|")
    for name in names:
        ratios = [ours / theirs for ours, theirs in zip(speeds[name], speeds[limit], strict=True)]
        print(
            f"| {name} | {statistics.median(speeds[name]):.1f} | "
            f"{statistics.median(ratios):.1%} | {statistics.median(cpu[name]):.2f} |"
        )


async def llama(options: argparse.Namespace) -> None:
    n, tokens, slots = options.n, options.tokens, options.slots
    path = weights.pull(options.weights)
    model = LlamaCpp(path, slots=slots, context=1024, extra={"ignore_eos": True})
    url, key = await model.address()
    over_http = OpenAIChat("any", base_url=url, api_key=key, extra={"ignore_eos": True})
    contenders = {
        "the engine, called": engine_limit(model._server, n, tokens, slots),
        "LlamaCpp": through(model, n, tokens),
        "OpenAIChat to the engine's port": through(over_http, n, tokens),
    }
    print(
        f"{options.weights}: {options.requests} requests of n={n}, {tokens} tokens, {slots} slots"
    )
    await compare(contenders, options.requests, options.rounds)
    await over_http.close()
    await model.close()


async def vllm(options: argparse.Namespace) -> None:
    from synth.models.vllm_engine import VllmEngine

    n, tokens = options.n, options.tokens
    model = VllmEngine(options.model, slots=options.slots, context=1024)
    await model.load()
    contenders = {
        "vLLM, called": vllm_limit(model, n, tokens, top_p=0.95),
        "vLLM, called, without top-p": vllm_limit(model, n, tokens, top_p=1.0),
        "VllmEngine": through(model, n, tokens),
    }
    print(f"{model.name}: {options.requests} requests of n={n}, {tokens} tokens, "
          f"{options.slots} slots")  # fmt: skip
    await compare(contenders, options.requests, options.rounds)
    await model.close()


async def http(options: argparse.Namespace) -> None:
    n, tokens, key = options.n, options.tokens, options.api_key
    model = OpenAIChat(
        options.model,
        base_url=options.base_url,
        api_key=key,
        concurrency=options.concurrency,
        extra={"ignore_eos": True},
    )
    limit = socket_limit(options.base_url, options.model, key, n, tokens, options.concurrency)
    print(f"{options.model}: {options.requests} requests of n={n}, {tokens} tokens")
    contenders = {"bare sockets": limit, "OpenAIChat": through(model, n, tokens)}
    await compare(contenders, options.requests, options.rounds)
    await model.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(required=True)
    for name, run in (("llama", llama), ("vllm", vllm), ("http", http)):
        kind = kinds.add_parser(name)
        kind.set_defaults(run=run)
        kind.add_argument("--n", type=int, default=4, help="choices a request")
        kind.add_argument("--tokens", type=int, default=48, help="tokens a choice")
        kind.add_argument("--requests", type=int, default=4, help="requests a round")
        kind.add_argument("--rounds", type=int, default=5)
    kinds.choices["llama"].add_argument("--weights", default="qwen2.5-coder-0.5b")
    kinds.choices["llama"].add_argument("--slots", type=int, default=8)
    kinds.choices["vllm"].add_argument("--model", required=True)
    kinds.choices["vllm"].add_argument("--slots", type=int, default=16)
    kinds.choices["http"].add_argument("--base-url", required=True)
    kinds.choices["http"].add_argument("--model", required=True)
    kinds.choices["http"].add_argument("--api-key", default="none")
    kinds.choices["http"].add_argument("--concurrency", type=int, default=16)
    options = parser.parse_args()
    asyncio.run(options.run(options))


if __name__ == "__main__":
    main()
