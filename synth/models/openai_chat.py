"""Any OpenAI-compatible server over HTTP: hosted ones, vLLM, llama.cpp, Ollama and the like.

Servers differ in what they accept and in how they fail. Parameters a server refuses are dropped
and remembered, `n` is emulated where it is ignored or bounded, and faults that pass (429, 5xx, a
lost connection, a cut stream, silence) are retried, keeping the choices that had ended. Answers
are streamed: a server then notices a dropped connection and stops (llama.cpp only does so when it
streams), and silence is told from slowness.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from synth.errors import ModelError, RequestRefused
from synth.models.address import is_loopback, shown
from synth.models.answers import Answers, ServerReportedError
from synth.models.backoff import Backoff, retry_after
from synth.models.chat import Choice, Completion, Request, Usage, prompt_characters
from synth.models.seeds import server_seed

if TYPE_CHECKING:
    from openai import AsyncOpenAI

# What a request can do without, should a server refuse it by name.
_OPTIONAL = (
    "n",
    "seed",
    "stop",
    "temperature",
    "top_p",
    "logprobs",
    "top_logprobs",
    "stream_options",
    "max_tokens",
    "continue_final_message",
    "add_generation_prompt",
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds.

    `deadline` bounds a request with all its retries; `silence` the time without a byte of an
    answer (the first one waits for the prompt to be evaluated, which takes a CPU a while).
    """

    deadline: float = 900.0
    silence: float = 180.0
    backoff: Backoff = field(default_factory=Backoff)


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars per million tokens. `cached` is the price of prompt tokens found in the cache."""

    prompt: float
    completion: float
    cached: float | None = None

    def dollars(self, usage: Usage) -> float:
        cached = self.prompt if self.cached is None else self.cached
        fresh = usage.prompt_tokens - usage.cached_tokens
        total = fresh * self.prompt + usage.cached_tokens * cached
        return (total + usage.completion_tokens * self.completion) / 1e6


class OpenAIChat:
    """A model of an OpenAI-compatible server.

    `base_url` None means the `openai` package's own default (and `OPENAI_BASE_URL`); the key is
    `api_key` or `OPENAI_API_KEY`, and is never shown. `concurrency` bounds the requests in flight.
    `largest_n` is the largest `n` to ask for; None asks for any and learns from refusals.
    """

    # A server may ignore n or refuse it, which shows only once it was asked: n choices can cost n
    # requests, and a budget of calls has to hold them.
    native_n = False

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        name: str = "",
        patience: Patience | None = None,
        prices: Prices | None = None,
        concurrency: int = 64,
        largest_n: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._model = model
        self._base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        self._key = api_key or os.environ.get("OPENAI_API_KEY") or ""
        if not self._key and self._base_url is None:
            raise ModelError(
                f"openai:{model} needs a key or a server: set OPENAI_API_KEY, or give --base-url"
            )
        self._name = name or f"openai:{model}"
        self._patience = patience or Patience()
        self._prices = prices
        self._concurrency = concurrency
        self._largest_n = largest_n
        self._extra = dict(extra or {})
        self._dropped: set[str] = set()
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in_flight = asyncio.Semaphore(concurrency)

    def __repr__(self) -> str:
        return f"OpenAIChat({self._model!r}, base_url={shown(self._base_url)!r})"

    @property
    def name(self) -> str:
        return self._name

    async def complete(self, request: Request) -> Completion:
        """Draws `n` choices, in as few requests as the server allows.

        Raises `RequestRefused` for a request it will not answer (too long, filtered) and
        `ModelError` when nothing came back at all; where something was paid for, what there is
        is returned, down to no choices, with notes.
        """
        drawn = _Drawn()
        while len(drawn.choices) < request.n and not drawn.gave_up:
            first = len(drawn.choices)
            most = min(request.n - first, self._largest_n or request.n)
            draws = [
                asyncio.ensure_future(self._draw(request, at, min(most, request.n - at)))
                for at in range(first, request.n, most)
            ]
            try:
                results = await asyncio.gather(*draws, return_exceptions=True)
            except asyncio.CancelledError:
                for draw in draws:
                    draw.cancel()
                await asyncio.gather(*draws, return_exceptions=True)
                raise
            failures = []
            for result in results:
                if isinstance(result, BaseException):
                    failures.append(result)
                else:
                    drawn.add(result)
            for failure in failures:
                if drawn.usage.calls == 0 or not isinstance(failure, ModelError):
                    raise failure
                drawn.add(_Drawn(notes=[str(failure)], gave_up=True))
            if len(drawn.choices) < request.n and not drawn.gave_up:
                # The server ignores n, or bounds it: ask for as many as it gives.
                self._largest_n = max(1, (len(drawn.choices) - first) // len(draws))
                drawn.notes.append(f"n emulated, {self._largest_n} at a time")
        notes = tuple(dict.fromkeys(drawn.notes))
        return Completion(tuple(drawn.choices), drawn.usage, self._name, notes)

    async def models(self) -> list[str]:
        """The models the server offers; raises `ModelError` if it cannot be reached."""
        import openai

        try:
            page = await self._connected().models.list(timeout=10)
        except openai.OpenAIError as error:
            raise ModelError(f"{self._name}: {self._clean(error)}") from None
        return [model.id for model in page.data]

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    def _connected(self) -> AsyncOpenAI:
        """The client of this event loop: pooled connections do not outlive theirs."""
        import openai

        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            options: dict[str, Any] = {}
            if is_loopback(self._base_url):
                options["http_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
            self._client = openai.AsyncOpenAI(
                api_key=self._key or "none",  # servers of one's own ask for none
                base_url=self._base_url,
                max_retries=0,
                timeout=openai.Timeout(self._patience.silence, connect=15.0),
                **options,
            )
            self._loop = loop
            self._in_flight = asyncio.Semaphore(self._concurrency)
        return self._client

    async def _draw(self, request: Request, offset: int, n: int) -> _Drawn:
        """One request for choices `offset` to `offset + n`, and again for those that did not end
        until it works or is given up. Raises `ModelError` if nothing at all came of it."""
        self._connected()
        drawn = _Drawn()
        failures = 0
        async with self._in_flight:
            loop = asyncio.get_running_loop()
            end = loop.time() + self._patience.deadline
            while True:
                wanted = min(n - len(drawn.choices), self._largest_n or n)
                answers = Answers(request.sampling.stop)
                fault: _Fault | None = None
                try:
                    async with asyncio.timeout_at(end):
                        await self._ask(
                            self._body(request, offset + len(drawn.choices), wanted), answers
                        )
                    if not answers.started:
                        fault = _Fault("an answer without choices")
                except TimeoutError:
                    fault = _Fault(f"no whole answer within {self._patience.deadline:g} s")
                except _Fault as raised:
                    fault = raised
                except _Without as without:
                    drawn.notes.append(str(without))
                    drawn.usage += Usage(retries=1)
                    continue
                self._account(request, answers, drawn, wanted)
                if fault is None or len(drawn.choices) == n:
                    return drawn
                failures += 1
                drawn.notes.append(f"fault: {fault}")
                wait = self._patience.backoff.delay(failures, fault.retry_after)
                again = fault.passes and failures < self._patience.backoff.attempts
                if not again or loop.time() + wait >= end:
                    break
                drawn.usage += Usage(retries=1)
                await asyncio.sleep(wait)
        if drawn.usage.calls == 0:
            tried = f" (tried {failures} times)" if failures > 1 else ""
            kind = RequestRefused if fault.refusal else ModelError
            raise kind(f"{self._name}: {fault}{tried}")
        drawn.gave_up = True
        return drawn

    def _account(self, request: Request, answers: Answers, drawn: _Drawn, wanted: int) -> None:
        if not answers.started:
            return
        spent, remarks = answers.usage(prompt_characters(request.messages))
        if self._prices is not None:
            spent = replace(spent, dollars=self._prices.dollars(spent))
        choices = answers.finished()[:wanted]
        drawn.add(_Drawn(list(choices), spent, list(remarks)))
        if any(not choice.text for choice in choices):
            drawn.notes.append("an empty answer")

    def _body(self, request: Request, offset: int, n: int) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": server_seed(request.seed, offset),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if n > 1:
            body["n"] = n
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if request.logprobs:
            body |= {"logprobs": True, "top_logprobs": 1}
        if request.messages and request.messages[-1].role == "assistant":
            # vLLM continues a last message of the assistant's only when told so.
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        body |= self._extra
        if "max_tokens" in self._dropped:
            body["max_completion_tokens"] = sampling.max_tokens
        return {key: value for key, value in body.items() if key not in self._dropped}

    async def _ask(self, body: dict[str, Any], answers: Answers) -> None:
        """One HTTP request, its answer fed to `answers`. Raises `_Fault` or `_Without`."""
        import openai

        known = {key: body.pop(key) for key in ("model", "messages", "stream")}
        create = self._connected().chat.completions.with_streaming_response.create
        try:
            async with create(**known, extra_body=body) as response:
                if "json" in response.headers.get("content-type", ""):
                    answers.feed(json.loads(await response.read()))
                else:
                    await self._read_stream(response.iter_lines(), answers)
        except openai.APIStatusError as error:
            raise self._judged(error.status_code, error, error.response.headers, body) from None
        except ServerReportedError as error:
            raise self._judged(error.code or 500, error, {}, body) from None
        except openai.APITimeoutError:
            raise _Fault(f"silent for {self._patience.silence:g} s") from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            where = shown(self._base_url) or "the server"
            raise _Fault(f"no connection to {where}: {self._clean(cause)}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _Fault(f"unreadable answer: {type(error).__name__}") from None

    async def _read_stream(self, lines: AsyncIterator[str], answers: Answers) -> None:
        """Server-sent events until `[DONE]`; comments and other fields are skipped."""
        async with aclosing(lines):  # type: ignore[type-var]
            while True:
                try:
                    line = await anext(lines)
                except StopAsyncIteration:
                    break
                except Exception as error:  # the transport's own kinds, which openai leaves as is
                    if "Timeout" in type(error).__name__:
                        raise _Fault(f"silent for {self._patience.silence:g} s") from None
                    raise _Fault(f"cut stream: {type(error).__name__}") from None
                if not line.startswith("data:"):
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    break
                answers.feed(json.loads(data))
        if answers.unfinished:
            raise _Fault("cut stream: the answer has no end")

    def _judged(
        self, status: int, error: Exception, headers: Mapping[str, str], body: Mapping[str, Any]
    ) -> Exception:
        """What an error status means: retry, do without a parameter, or refuse."""
        said = self._clean(error)
        if status in (400, 422) and (name := _refused_parameter(said, error, body)):
            if name == "n":
                bound = re.search(r"<=\s*(\d+)", said)
                self._largest_n = int(bound[1]) if bound and 0 < int(bound[1]) < body["n"] else 1
                return _Without(f"n above {self._largest_n} refused")
            self._dropped.add(name)
            return _Without(f"parameter {name} refused, done without")
        if status in (408, 409, 425, 429) or status >= 500:
            # A spent quota also says 429, and does not come back by waiting.
            passes = "insufficient_quota" not in said
            return _Fault(f"{status}: {said}", passes=passes, retry_after=retry_after(headers))
        refusal = status in (400, 413, 422)
        return _Fault(f"{status}: {said}", passes=False, refusal=refusal)

    def _clean(self, error: BaseException) -> str:
        """One line of what a server said, without our key, which some repeat."""
        body = getattr(error, "body", None)
        said = body.get("message") if isinstance(body, Mapping) else None
        text = " ".join(str(said or error).split()) or type(error).__name__
        if len(self._key) >= 8:  # shorter ones are placeholders, and occur in any text
            text = text.replace(self._key, "[key]")
        return text if len(text) <= 300 else f"{text[:297]}..."


class _Fault(Exception):
    """An attempt that failed; `passes` if another may not, `refusal` if the request is at fault."""

    def __init__(
        self,
        message: str,
        *,
        passes: bool = True,
        refusal: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.passes, self.refusal, self.retry_after = passes, refusal, retry_after


class _Without(Exception):
    """A parameter the server refused, which is left out from now on: ask again at once."""


@dataclass(slots=True)
class _Drawn:
    """What came of some requests so far."""

    choices: list[Choice] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    notes: list[str] = field(default_factory=list)
    gave_up: bool = False

    def add(self, other: _Drawn) -> None:
        self.choices += other.choices
        self.usage += other.usage
        self.notes += other.notes
        self.gave_up = self.gave_up or other.gave_up


def _refused_parameter(said: str, error: Exception, body: Mapping[str, Any]) -> str | None:
    """The optional parameter that an error is about: named by the server, or quoted in its text."""
    named = getattr(error, "param", None)
    quoted = re.findall(r"['\"`]([a-z_]+)['\"`]", said)
    for name in (named, *quoted):
        if name == "max_tokens" and "large" in said:
            continue  # the value is at fault, not the parameter
        if name in _OPTIONAL and name in body:
            return str(name)
    return None
