"""The embedded model: llama.cpp in this process, through `xllamacpp`. No key, no GPU, no server.

Requests go to the engine's own call, not to the loopback address it also opens: both were
measured, the call is as fast, needs no HTTP client (0.7 s of import), and its chunk callback frees
a slot at the next token, whereas llama.cpp notices a dropped connection only when it streams.
`docs/decisions/embedded-model.md` has the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synth.errors import ModelError, RequestRefused, UsageError
from synth.models.answers import Answers, ServerReportedError
from synth.models.chat import Choice, Completion, Request, Usage, prompt_characters
from synth.models.llama_library import load
from synth.models.seeds import server_seed


class LlamaCpp:
    """A GGUF file run in this process.

    `slots` sequences are decoded together, each with `context` tokens; the weights are loaded at
    the first request (or by `load`). One request with `n` choices evaluates its prompt once, so
    siblings are drawn with `n`; more than `slots` are drawn in turns. `extra` is added to every
    request as it is (llama.cpp's own settings, such as `top_k`, by default 40, or `min_p`, 0.05).
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        slots: int = 8,
        context: int = 4096,
        threads: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        if not path.is_file():
            raise ModelError(f"no weights at {path}: give the path of a .gguf file")
        with open(path, "rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelError(f"{path} is not a GGUF file (it does not begin with GGUF)")
        if slots < 1 or context < 64:
            raise UsageError(f"slots={slots}, context={context}: at least 1 slot of 64 tokens")
        self._path = path
        self._name = name or f"llama:{path.name}"
        self._slots, self._context = slots, context
        self._threads = threads
        self._extra = dict(extra or {})
        self._key = secrets.token_urlsafe(24)
        self._server: Any = None
        self._load_lock = threading.Lock()
        self._free = _Permits(slots)
        # A request that waits for slots holds a thread too; more than this wait in the pool.
        self._pool = ThreadPoolExecutor(4 * slots, thread_name_prefix="llama")

    def __repr__(self) -> str:
        return f"LlamaCpp({str(self._path)!r}, name={self._name!r}, slots={self._slots})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def slots(self) -> int:
        """How many choices are decoded at a time."""
        return self._slots

    async def load(self) -> None:
        """Loads the weights now (about 2 s for 0.5 GB) instead of at the first request."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._loaded)

    async def address(self) -> tuple[str, str]:
        """The base URL and key at which the engine also serves this machine, OpenAI-compatible."""
        await self.load()
        return f"{self._server.listening_address}/v1", self._key

    async def complete(self, request: Request) -> Completion:
        """Draws `n` choices. Raises `RequestRefused` for a prompt that the context cannot hold."""
        if self._free.is_shut:
            raise ModelError(f"{self._name} is closed")
        turns = [
            _Turn(request, offset, min(self._slots, request.n - offset))
            for offset in range(0, request.n, self._slots)
        ]
        futures: list[Future[tuple[tuple[Choice, ...], Usage, tuple[str, ...]]]] = [
            self._pool.submit(self._run, turn) for turn in turns
        ]
        try:
            parts = [await asyncio.wrap_future(future) for future in futures]
        except BaseException:
            # The threads are not waited for: each leaves its slots at the next token.
            for turn, future in zip(turns, futures, strict=True):
                turn.cancelled.set()
                future.cancel()
            raise
        choices = tuple(choice for drawn, _, _ in parts for choice in drawn)
        usage = sum((spent for _, spent, _ in parts), Usage())
        notes = tuple(dict.fromkeys(note for _, _, said in parts for note in said))
        return Completion(choices, usage, self._name, notes)

    async def close(self) -> None:
        """Frees the weights; requests under way end at their next token, with an error."""
        self._free.shut()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._server = None

    def _run(self, turn: _Turn) -> tuple[tuple[Choice, ...], Usage, tuple[str, ...]]:
        """One request to the engine, in a thread (the engine releases the interpreter lock)."""
        self._loaded()
        answers = Answers()
        failures: list[Exception] = []

        def take(chunk: dict[str, Any]) -> bool:
            """True tells the engine to stop. It swallows exceptions, so none may pass."""
            try:
                answers.feed(chunk)
            except Exception as error:
                failures.append(error.with_traceback(None))  # whose frames would hold the engine
            return bool(failures) or turn.cancelled.is_set() or self._free.is_shut

        with self._free.taken(turn.n, turn.cancelled) as held:
            if not held:
                raise ModelError(f"{self._name} was closed or the request cancelled")
            self._server.handle_chat_completions(turn.body() | self._extra, take)
        if failures:
            raise self._explained(failures[0]) from failures[0]
        choices = answers.finished()
        usage, notes = answers.usage(prompt_characters(turn.request.messages))
        if len(choices) < turn.n:
            if self._free.is_shut:
                raise ModelError(f"{self._name} was closed during a request")
            notes += (f"{turn.n - len(choices)} of {turn.n} choices did not end",)
        return choices, usage, notes

    def _explained(self, error: Exception) -> ModelError:
        if isinstance(error, ServerReportedError):
            if "context" in str(error):
                return RequestRefused(f"{self._name}: {error}")
            return ModelError(f"{self._name}: {error}")
        return ModelError(f"{self._name}: unreadable answer: {type(error).__name__}: {error}")

    def _loaded(self) -> None:
        with self._load_lock:
            if self._free.is_shut:
                raise ModelError(f"{self._name} is closed")
            if self._server is None:
                self._server = self._start()

    def _start(self) -> Any:
        xllamacpp, sleeps = load()
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_parallel = self._slots
        params.n_ctx = self._slots * self._context
        params.fit_params = False  # would shrink the context to what it thinks memory allows
        # A long prompt reports progress, so can be cancelled, once a batch: 1 to 4 s on 2 cores.
        params.n_batch = params.n_ubatch = 256
        params.cache_ram_mib = 512  # prompts of idle slots; the engine's own bound is 8 GiB
        # Threads that spin starve beside candidates; a single one has nobody to wait for.
        threads = self._threads or (len(os.sched_getaffinity(0)) if sleeps else 1)
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cpuparams.poll = params.cpuparams_batch.poll = 0
        params.warmup = False
        params.verbosity = 0
        # The engine opens a loopback port in any case: only we know its key.
        params.api_keys = [self._key]
        params.endpoint_slots = False
        params.ui = False
        try:
            return xllamacpp.Server(params)
        except Exception as error:
            raise ModelError(f"llama.cpp cannot load {self._path}: {error}") from error


class _Turn:
    """Choices `offset` to `offset + n` of a request."""

    def __init__(self, request: Request, offset: int, n: int) -> None:
        self.request, self.offset, self.n = request, offset, n
        self.cancelled = threading.Event()

    def body(self) -> dict[str, Any]:
        request, sampling = self.request, self.request.sampling
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "n": self.n,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": server_seed(request.seed, self.offset),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if request.logprobs:
            body |= {"logprobs": True, "top_logprobs": 1}
        return json.loads(json.dumps(body))  # type: ignore[no-any-return]  # plain types only


class _Permits:
    """A first-come first-served count of free slots, for threads.

    It keeps requests from queueing inside the engine, where a cancelled one would still have to
    wait for a slot, evaluate its prompt and draw a token before it noticed.
    """

    def __init__(self, free: int) -> None:
        self._free = free
        self._queue: list[object] = []
        self._changed = threading.Condition()
        self.is_shut = False

    @contextmanager
    def taken(self, count: int, cancelled: threading.Event) -> Iterator[bool]:
        """Waits for `count` slots, then holds them; yields False if cancelled or shut first."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            while not (cancelled.is_set() or self.is_shut):
                if self._queue[0] is ticket and self._free >= count:
                    break
                # The event of a cancelled request wakes nobody, hence the look every so often.
                self._changed.wait(timeout=0.1)
            self._queue.remove(ticket)
            self._changed.notify_all()
            held = not (cancelled.is_set() or self.is_shut)
            self._free -= count if held else 0
        try:
            yield held
        finally:
            with self._changed:
                self._free += count if held else 0
                self._changed.notify_all()

    def shut(self) -> None:
        with self._changed:
            self.is_shut = True
            self._changed.notify_all()
