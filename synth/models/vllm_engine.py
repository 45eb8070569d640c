"""vLLM in this process: every open expansion's requests in one batch, prefixes cached across them.

It pins torch and numba exactly, so it lives in an environment of its own (`experiments/vllm`).
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import threading
from concurrent.futures import Future
from typing import Any

from synth.errors import ModelError, RequestRefused
from synth.models.chat import Choice, Completion, Finish, Request, Usage
from synth.models.seeds import server_seed


class VllmEngine:
    """A Hugging Face style directory, or a hub name, run by vLLM's asynchronous engine.

    `slots` sequences are decoded together, each of at most `context` tokens. The engine is started
    at the first request (or by `load`), in a thread with an event loop of its own, so that one
    model serves any number of event loops. `settings` go to vLLM's `AsyncEngineArgs` as they are.
    """

    def __init__(
        self, model: str, *, name: str = "", slots: int = 16, context: int = 4096, **settings: Any
    ) -> None:
        if importlib.util.find_spec("vllm") is None:
            raise ModelError(
                "vllm: models need vLLM, in an environment of its own: see experiments/vllm"
            )
        self._model, self._name = model, name or f"vllm:{os.path.basename(model.rstrip('/'))}"
        self._slots, self._context, self._settings = slots, context, settings
        self._numbers = itertools.count()
        self._engine: Any = None
        self._tokenizer: Any = None
        self._vllm: Any = None
        self._start_lock: asyncio.Lock | None = None
        self._top_p_argument = ""  # by which our own top-p is told, where it takes vLLM's place
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="vllm")
        self._thread.start()

    def __repr__(self) -> str:
        return f"VllmEngine({self._model!r}, slots={self._slots}, context={self._context})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def slots(self) -> int:
        """How many choices are decoded at a time."""
        return self._slots

    async def load(self) -> None:
        """Starts the engine now (most of a minute on a CPU) instead of at the first request."""
        await self._there(self._started())

    async def complete(self, request: Request) -> Completion:
        """Draws `n` choices, which share the evaluated prompt. Cancelling aborts them all."""
        completion: Completion = await self._there(self._draw(request))
        return completion

    async def close(self) -> None:
        """Stops the engine; requests under way fail."""
        if self._closed:
            return
        self._closed = True
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._stop(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _there(self, work: Any) -> Any:
        """Runs a coroutine in the engine's loop; cancelling here cancels there."""
        if self._closed:
            work.close()
            raise ModelError(f"{self._name} is closed")
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.wrap_future(future)

    async def _started(self) -> Any:
        self._start_lock = self._start_lock or asyncio.Lock()
        async with self._start_lock:
            if self._engine is None:
                await self._start()
        return self._engine

    async def _start(self) -> None:
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
        try:
            import vllm
            from vllm.platforms import current_platform
            from vllm.v1.engine.async_llm import AsyncLLM

            settings: dict[str, Any] = {
                "model": self._model,
                "max_model_len": self._context,
                "max_num_seqs": self._slots,
                "enable_prefix_caching": True,
                "generation_config": "vllm",  # the request alone says how to sample
                "disable_log_stats": True,
            }
            if current_platform.is_cpu():
                # Compiling takes minutes there and gains little for models this small.
                settings |= {"dtype": "bfloat16", "enforce_eager": True}
                # A prompt evaluated in chunks rewinds its seed's generator, which CPU generators
                # cannot: vLLM 0.32 dies of it ("CPU Generator does not use offset").
                settings |= {
                    "enable_chunked_prefill": False,
                    "max_num_batched_tokens": max(4096, self._context),
                }
                # Without it vLLM wants nine tenths of the machine's memory, or does not start.
                os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "4")  # GiB
                # The executor of its own process asks it for results in a busy loop: a core lost.
                settings["distributed_executor_backend"] = "uni"
                os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # or "uni" is undone
                # Its own top-p sorts the vocabulary on one thread.
                from synth.models import vllm_top_p

                processors = [vllm_top_p.TopP, *self._settings.get("logits_processors", ())]
                settings["logits_processors"] = processors
                self._top_p_argument = vllm_top_p.ARGUMENT
                # The workers inherit it: threads that spin at barriers starve beside candidates.
                os.environ.setdefault("OMP_WAIT_POLICY", "passive")
            chosen = {**self._settings}
            if self._top_p_argument:
                chosen.pop("logits_processors", None)  # they follow ours
            arguments = vllm.AsyncEngineArgs(**settings | chosen)
            self._engine = AsyncLLM.from_engine_args(arguments)
            tokenizer = self._engine.get_tokenizer()
            self._tokenizer = await tokenizer if asyncio.iscoroutine(tokenizer) else tokenizer
            self._vllm = vllm
        except Exception as error:  # vLLM raises whatever its parts raise
            said = " ".join(str(error).split())[:300]
            raise ModelError(f"vLLM cannot load {self._model}: {said}") from error

    async def _stop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.shutdown()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _draw(self, request: Request) -> Completion:
        engine = await self._started()
        prompt = self._prompt(request)
        room = self._context - len(prompt)
        if room < 1:
            raise RequestRefused(
                f"{self._name}: the prompt has {len(prompt)} tokens, the context {self._context}"
            )
        sampling, own = request.sampling, self._top_p_argument
        parameters = self._vllm.SamplingParams(
            n=request.n,
            temperature=sampling.temperature,
            top_p=1.0 if own else sampling.top_p,
            extra_args={own: sampling.top_p} if own else None,
            max_tokens=min(sampling.max_tokens, room),
            stop=list(sampling.stop),
            seed=server_seed(request.seed),
            logprobs=0 if request.logprobs else None,  # 0: that of the token drawn alone
            output_kind=self._vllm.sampling_params.RequestOutputKind.FINAL_ONLY,
        )
        last = None
        number = f"synth-{next(self._numbers)}"
        try:
            async for output in engine.generate(
                {"prompt_token_ids": prompt}, parameters, request_id=number
            ):
                last = output
        except asyncio.CancelledError:
            await engine.abort(number)
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            raise ModelError(f"{self._name}: {type(error).__name__}: {said}") from error
        if last is None:
            raise ModelError(f"{self._name}: the engine ended a request without an answer")
        usage = Usage(
            prompt_tokens=len(prompt),
            completion_tokens=sum(len(output.token_ids) for output in last.outputs),
            cached_tokens=last.num_cached_tokens or 0,
            calls=1,
        )
        choices = tuple(
            _choice(output) for output in sorted(last.outputs, key=lambda output: output.index)
        )
        return Completion(choices, usage, self._name)

    def _prompt(self, request: Request) -> list[int]:
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        continued = bool(messages) and messages[-1]["role"] == "assistant"
        text = self._tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=not continued,
            continue_final_message=continued,
        )
        return list(self._tokenizer.encode(text, add_special_tokens=False))


def _choice(output: Any) -> Choice:
    """vLLM's output as ours: without the end-of-text token, which is none of the answer's."""
    finishes: dict[str, Finish] = {"stop": "stop", "length": "length"}
    tokens: list[str] = []
    logprobs: list[float] = []
    for token, candidates in zip(output.token_ids, output.logprobs or (), strict=False):
        tokens.append(candidates[token].decoded_token or "")
        logprobs.append(float(candidates[token].logprob))
    finish = finishes.get(str(output.finish_reason), "cancelled")
    if finish == "stop" and output.stop_reason is None and tokens:
        tokens.pop()
        logprobs.pop()
    return Choice(output.text, finish, tuple(tokens), tuple(logprobs))
