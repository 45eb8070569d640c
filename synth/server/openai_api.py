"""The OpenAI chat API over a search: an agent changes its base URL and model name, no more.

The model's name says how to search and with what: `synth/RECIPE`, `synth/STRATEGY`, either with
`@MODEL`. Settings come in the body under `synth` (the client's `extra_body`), never in the prompt:
`{"problem": {...}, "options": {...}, "budget": {...}, "seed": 0}`. `usage` counts every token that
was spent, over all candidates. A message that states nothing to verify is answered by the model
itself, and the reply says so.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from search.registry import names as strategy_names
from synth.api import DEFAULT_BUDGET, opened, solve_async, standard_verifier
from synth.budget import Budget
from synth.errors import ModelError, ProblemError, SynthError, UsageError
from synth.events import Event
from synth.fold import Fold
from synth.models.chat import ChatModel, Message, Request, Sampling
from synth.problem import Problem
from synth.recipes import RECIPES
from synth.server.chat_problem import problem_of_chat
from synth.solution import Solution
from verifiers.verifier import Verifier

KEEP_ALIVE_SECONDS = 10.0  # proxies cut streams that are silent for 30 to 60 s


class _Part(BaseModel):
    type: str
    text: str = ""


class _ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class _StreamOptions(BaseModel):
    include_usage: bool = False


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    problem: dict[str, Any] | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    budget: dict[str, float] | None = None
    seed: int | None = None


class _Body(BaseModel):
    """What is read of a request; other OpenAI fields are accepted and have no effect."""

    model: str
    messages: list[_ChatMessage] = Field(min_length=1)
    n: int | None = Field(default=None, ge=1, le=64)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    synth: _Settings = Field(default_factory=_Settings)


@dataclass(frozen=True, slots=True)
class _Reply:
    """Texts of the choices, their finish, tokens spent, and what synth adds to the object."""

    texts: tuple[str, ...]
    finish: str
    prompt_tokens: int
    completion_tokens: int
    synth: Mapping[str, Any]


@dataclass(slots=True)
class _State:
    """What a server holds: open models by name, the first being the default; the verifier."""

    models: dict[str, ChatModel] = field(default_factory=dict)
    verifier: Verifier | None = None
    searches: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))


class _Unknown(UsageError):
    """A model name that this server does not have."""


def create_app(
    *,
    model: list[str] | str | None = None,
    base_url: str | None = None,
    searches: int = 4,
    api_key: str | None = None,
    runs: Any = None,
) -> Starlette:
    """The ASGI application. `searches` bounds searches under way at once; with `api_key` every
    request must bear it; `runs` is where logs go, as in `solve`."""
    state = _State(searches=asyncio.Semaphore(searches))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(model, base_url=base_url) as models, standard_verifier() as verifier:
            state.models, state.verifier = models, verifier
            yield

    def allowed(request: HttpRequest) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return api_key is None or secrets.compare_digest(given.encode(), api_key.encode())

    async def list_models(request: HttpRequest) -> Response:
        if not allowed(request):
            return _error(401, "wrong or missing API key")
        rows = [
            {"id": name, "object": "model", "created": 0, "owned_by": "synth"}
            for name in _model_names(state.models)
        ]
        return JSONResponse({"object": "list", "data": rows})

    async def chat(request: HttpRequest) -> Response:
        if not allowed(request):
            return _error(401, "wrong or missing API key")
        try:
            body = _Body.model_validate_json(await request.body())
            recipe, options, models = _route(body, state.models)
            messages = [{"role": item.role, "content": item.text} for item in body.messages]
            problem = problem_of_chat(messages, body.synth.problem)
            job = _Job(body, problem, recipe, options, models, state, runs)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            return _error(400, f"{place}: {first['msg']}" if place else first["msg"])
        except _Unknown as error:
            return _error(404, str(error), code="model_not_found")
        except (ProblemError, UsageError) as error:
            return _error(400, str(error))
        if body.stream:
            return StreamingResponse(_stream(job), media_type="text/event-stream")
        try:
            reply = await _unless_gone(request, job.run())
        except ModelError as error:
            return _error(502, str(error), kind="server_error")
        except SynthError as error:
            return _error(400, str(error))
        return Response(status_code=499) if reply is None else JSONResponse(_whole(job, reply))

    routes = [
        Route("/v1/models", list_models),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/health", lambda request: JSONResponse({"status": "ok"})),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


@dataclass(slots=True)
class _Job:
    """One request: what to search for and how. `progress` is one line about where it is."""

    body: _Body
    problem: Problem
    recipe: str
    options: dict[str, Any]
    models: list[ChatModel]
    state: _State
    runs: Any
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    progress: str = "waiting"

    async def run(self) -> _Reply:
        if not self.problem.has_evidence:
            return await self._ask_model()
        async with self.state.searches:
            solution = await solve_async(
                self.problem,
                model=self.models,
                recipe=self.recipe,
                options=self.options,
                budget=self._budget(),
                seed=self._seed(),
                verifier=self.state.verifier,
                runs=self.runs,
                watch=self._watch,
            )
        if solution.program is None and solution.reason.startswith("model:"):
            raise ModelError(solution.reason.removeprefix("model:").strip())
        return self._reply(solution)

    def _reply(self, solution: Solution) -> _Reply:
        programs = [] if solution.program is None else [solution.program, *solution.others]
        fence = self.problem.language
        texts = tuple(f"```{fence}\n{program.rstrip()}\n```" for program in programs)
        return _Reply(
            texts[: self.body.n or 1] or ("No program was found.",),
            "stop",
            solution.usage["prompt_tokens"],
            solution.usage["completion_tokens"],
            {
                "verified": solution.verified,
                "evidence": solution.evidence,
                "reason": solution.reason,
                "run": solution.run_id,
                "programs": solution.usage["programs"],
                "calls": solution.usage["calls"],
            },
        )

    async def _ask_model(self) -> _Reply:
        """Nothing to verify: the model's own answer, and nothing claimed for it."""
        body, model = self.body, self.models[0]
        roles = {"developer": "system", "tool": "user"}
        messages = tuple(
            Message(roles.get(item.role, item.role), item.text)  # type: ignore[arg-type]
            for item in body.messages
        )
        limit = body.max_completion_tokens or body.max_tokens or 1024
        sampling = Sampling(
            0.8 if body.temperature is None else body.temperature, body.top_p or 0.95, limit
        )
        request = Request(messages, body.n or 1, sampling, self._seed())
        completion = await model.complete(request)
        finish = "length" if any(c.finish == "length" for c in completion.choices) else "stop"
        return _Reply(
            tuple(choice.text for choice in completion.choices),
            finish,
            completion.usage.prompt_tokens,
            completion.usage.completion_tokens,
            {"verified": False, "evidence": "nothing was checked", "reason": "no evidence given"},
        )

    def _budget(self) -> Budget:
        given = self.body.synth.budget
        if not given:
            return DEFAULT_BUDGET
        try:
            whole = ("tokens", "calls", "programs")
            return Budget(**{k: int(v) if k in whole else v for k, v in given.items()})  # type: ignore[arg-type]
        except TypeError as error:
            raise UsageError(f"synth.budget: {error}") from error

    def _seed(self) -> int:
        return self.body.synth.seed if self.body.synth.seed is not None else self.body.seed or 0

    def _watch(self, event: Event, fold: Fold) -> None:
        tree = fold.tree
        best = f"best {tree.values[tree.best]:.2f}" if tree.best else "none yet"
        self.progress = f"{len(tree) - 1 - tree.n_open} programs, {best}"


def _model_names(models: Mapping[str, ChatModel]) -> list[str]:
    searches = [name for name in RECIPES.names() if name != "search"] + list(strategy_names())
    plain = [f"synth/{name}" for name in dict.fromkeys(searches)]
    return plain + [f"{name}@{model}" for model in models for name in plain]


def _route(
    body: _Body, models: Mapping[str, ChatModel]
) -> tuple[str, dict[str, Any], list[ChatModel]]:
    """Recipe, its options and the models that a request's model name stands for."""
    path, _, model = body.model.partition("@")
    name = path.removeprefix("synth/") or "best-of-n"
    if model and model not in models:
        raise _Unknown(f"no model {model!r} here; there are: {', '.join(models)}")
    options: dict[str, Any] = dict(body.synth.options)
    if body.temperature is not None:
        options.setdefault("temperature", body.temperature)
    if body.top_p is not None:
        options.setdefault("top_p", body.top_p)
    limit = body.max_completion_tokens or body.max_tokens
    if limit is not None:
        options.setdefault("max_tokens", limit)
    chosen = [models[model]] if model else list(models.values())
    if name == "synth":
        name = "best-of-n"
    if name in RECIPES.names():
        return name, options, chosen
    if name in strategy_names():
        return "search", {"strategy": name, **options}, chosen
    raise _Unknown(f"no model {body.model!r}; GET /v1/models lists those there are")


def _usage(reply: _Reply) -> dict[str, int]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
    }


def _whole(job: _Job, reply: _Reply) -> dict[str, Any]:
    return {
        "id": job.id,
        "object": "chat.completion",
        "created": job.created,
        "model": job.body.model,
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": text},
                "finish_reason": reply.finish,
                "logprobs": None,
            }
            for index, text in enumerate(reply.texts)
        ],
        "usage": _usage(reply),
        "synth": dict(reply.synth),
    }


async def _stream(job: _Job) -> AsyncIterator[str]:
    """Server-sent events. Comments keep the connection alive and carry progress; the program
    comes whole, once it is known. A client that leaves cancels the search."""

    def chunk(choices: list[dict[str, Any]], **more: Any) -> str:
        row = {
            "id": job.id,
            "object": "chat.completion.chunk",
            "created": job.created,
            "model": job.body.model,
            "choices": choices,
            **more,
        }
        return f"data: {json.dumps(row)}\n\n"

    def delta(index: int, content: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {"index": index, "delta": content, "finish_reason": finish, "logprobs": None}

    work = asyncio.create_task(job.run())
    try:
        while not work.done():
            yield f": {job.progress}\n\n"
            await asyncio.wait([work], timeout=KEEP_ALIVE_SECONDS)
        try:
            reply = work.result()
        except SynthError as error:
            yield f"data: {json.dumps(_error_body(str(error), 'server_error', None))}\n\n"
            return
        for index, text in enumerate(reply.texts):
            yield chunk([delta(index, {"role": "assistant", "content": ""})])
            for line in text.splitlines(keepends=True):
                yield chunk([delta(index, {"content": line})])
            yield chunk([delta(index, {}, reply.finish)], synth=dict(reply.synth))
        if job.body.stream_options and job.body.stream_options.include_usage:
            yield chunk([], usage=_usage(reply))
        yield "data: [DONE]\n\n"
    finally:
        work.cancel()


async def _unless_gone(request: HttpRequest, work: Any) -> _Reply | None:
    """The result of `work`, or None when the client left first (the search is then cancelled)."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=1.0)
            if not task.done() and await request.is_disconnected():
                return None
        reply: _Reply = task.result()
        return reply
    finally:
        task.cancel()


def _error_body(message: str, kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _error(
    status: int, message: str, *, kind: str = "invalid_request_error", code: str | None = None
) -> JSONResponse:
    return JSONResponse(_error_body(message, kind, code), status_code=status)
