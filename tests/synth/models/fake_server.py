"""A fake OpenAI-compatible server on loopback, to show faults that a real one cannot be made to.

Real sockets and real bytes; only the answers are scripted. Each request takes the next behaviour
of the script (the last one stays).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Behaviour = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request, and the means to answer it."""

    def __init__(self, body: dict[str, Any], headers: str, writer: asyncio.StreamWriter) -> None:
        self.body, self.headers, self.writer = body, headers, writer

    async def head(self, status: int, kind: str, *headers: str, length: int | None = None) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", "Connection: close", *headers]
        lines.append(
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        )
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        payload = f"data: {text}\n\n".encode()
        self.writer.write(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        await self.writer.drain()

    async def end(self) -> None:
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def whole(self, status: int, data: object, *headers: str) -> None:
        body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        await self.head(status, "application/json", *headers, length=len(body))
        self.writer.write(body)
        await self.writer.drain()


class FakeServer:
    def __init__(self, *script: Behaviour) -> None:
        self.script = list(script)
        self.bodies: list[dict[str, Any]] = []
        self.asked = asyncio.Event()
        self.dropped = asyncio.Event()
        self.open = 0
        self.peak = 0

    async def __aenter__(self) -> FakeServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        self._tasks: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        self.peak = max(self.peak, self.open)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in head.splitlines()
                if line.lower().startswith("content-length:")
            )
            body = json.loads(await reader.readexactly(length))
            self.bodies.append(body)
            self.asked.set()
            behaviour = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            answering = asyncio.ensure_future(behaviour(Exchange(body, head, writer)))
            closed = asyncio.ensure_future(reader.read())
            await asyncio.wait((answering, closed), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self.dropped.set()
            for future in (answering, closed):
                future.cancel()
            await asyncio.gather(answering, closed, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()


def chunk(text: str | None, index: int = 0, finish: str | None = None) -> dict[str, Any]:
    delta = {} if text is None else {"content": text}
    return {"model": "fake", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def usage(prompt: int, completion: int) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return {"model": "fake", "choices": [], "usage": counts}


def answers(*texts: str, ignore_n: bool = False, tokens: int | None = 5) -> Behaviour:
    """Streams one choice for each of `n`, the texts in turn; `tokens` None gives no usage."""

    async def behave(exchange: Exchange) -> None:
        n = 1 if ignore_n else int(exchange.body.get("n", 1))
        await exchange.head(200, "text/event-stream")
        for index in range(n):
            await exchange.event(chunk(texts[index % len(texts)], index))
            await exchange.event(chunk(None, index, "stop"))
        if tokens is not None:
            await exchange.event(usage(7, tokens * n))
        await exchange.event("[DONE]")
        await exchange.end()

    return behave


def status(code: int, message: str, *headers: str, **fields: Any) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.whole(code, {"error": {"message": message, **fields}}, *headers)

    return behave


def cut(*events: object) -> Behaviour:
    """Streams the events, then drops the connection in the middle of the answer."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        for event in events:
            await exchange.event(event)
        exchange.writer.close()

    return behave


def events(*rows: object) -> Behaviour:
    """Streams the events and ends properly."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        for row in rows:
            await exchange.event(row)
        await exchange.end()

    return behave


def whole(data: object) -> Behaviour:
    """Answers 200 in one piece, as a server that does not stream."""

    async def behave(exchange: Exchange) -> None:
        await exchange.whole(200, data)

    return behave


def silence(*rows: object) -> Behaviour:
    """Streams the events, then says nothing more and keeps the connection."""

    async def behave(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        for row in rows:
            await exchange.event(row)
        await asyncio.sleep(3600)

    return behave


def texts_of(choices: Sequence[Any]) -> list[str]:
    return [choice.text for choice in choices]
