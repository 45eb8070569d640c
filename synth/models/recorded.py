"""Completions kept in a file and given again exactly, so that a run needs no model twice."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from synth.errors import ModelError
from synth.models.chat import ChatModel, Completion, Request


class Recorded:
    """A model whose answers are kept in `path`, JSON lines that are only ever appended.

    With a `model`, what the record holds is replayed and the rest is asked for and kept before it
    is returned; without one, a request that the record does not hold raises `ModelError`. A record
    knows a request by `Request.hash`; the k-th time one is asked for, it gets the k-th answer.
    A line torn by a crash is dropped. One record may serve several models.
    """

    def __init__(
        self, path: str | os.PathLike[str], model: ChatModel | None = None, *, name: str = ""
    ) -> None:
        self._path = Path(path)
        self._model = model
        self._answers: dict[str, list[Completion]] = {}
        self._asked: Counter[str] = Counter()
        names = self._read()
        if model is not None:
            self._name = model.name
        elif name or names:
            self._name = name or names[0]
        else:
            raise ModelError(f"{self._path} holds no completions to replay")

    def __repr__(self) -> str:
        return f"Recorded({str(self._path)!r}, {self._model!r})"

    @property
    def name(self) -> str:
        """That of the model recorded, so that a replay asks for the same keys."""
        return self._name

    @property
    def native_n(self) -> bool:
        """Whether one request brings n choices, as with the model that is recorded."""
        return bool(getattr(self._model, "native_n", True))

    @property
    def answers(self) -> int:
        """How many completions the record holds."""
        return sum(map(len, self._answers.values()))

    async def complete(self, request: Request) -> Completion:
        key = request.hash(self._name)
        turn = self._asked[key]
        self._asked[key] += 1
        held = self._answers.setdefault(key, [])
        if turn < len(held):
            return held[turn]
        if self._model is None:
            raise ModelError(self._missing(request, key, turn))
        try:
            completion = await self._model.complete(request)
        except BaseException:
            self._asked[key] -= 1
            raise
        held.append(completion)
        self._append(key, request, completion)
        return completion

    async def close(self) -> None:
        if self._model is not None:
            await self._model.close()

    def _missing(self, request: Request, key: str, turn: int) -> str:
        last = request.messages[-1].content if request.messages else ""
        text = " ".join(last.split())
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        held = f"asked {turn + 1} times, held {turn}" if turn else "not held"
        return (
            f"{self._path} has no answer of {self._name} to request {key} ({held}; n={request.n}, "
            f"seed={request.seed}, last message {shown!r}): record it with the model at hand"
        )

    def _read(self) -> list[str]:
        """Fills the answers; returns the models' names, in order of appearance."""
        names: dict[str, None] = {}
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            if self._model is None:
                raise ModelError(f"no record at {self._path}") from None
            return []
        except OSError as error:
            raise ModelError(f"{self._path} cannot be read: {error.strerror}") from error
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                completion = Completion.from_json(row["completion"])
                key, model = str(row["key"]), str(row["model"])
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError(
                    f"{self._path}:{number}: not a recorded completion ({type(error).__name__})"
                ) from error
            self._answers.setdefault(key, []).append(completion)
            names[model] = None
        return list(names)

    def _append(self, key: str, request: Request, completion: Completion) -> None:
        row: dict[str, Any] = {
            "key": key,
            "model": self._name,
            "request": request.to_json(),
            "completion": completion.to_json(),
        }
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # freed by closing; other processes append too
            if not _ends_whole(self._path):
                os.ftruncate(file.fileno(), self._path.read_bytes().rfind(b"\n") + 1)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _ends_whole(path: Path) -> bool:
    """Whether the last line is complete, or there is none."""
    with open(path, "rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
