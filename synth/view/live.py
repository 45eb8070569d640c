"""The page of a run that goes on, served on this machine alone.

Only the loopback interface is bound; a secret in the path keeps other users of the machine out,
and the Host header is checked so that no web page can reach it under a name of its own.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from synth.errors import RunLogError, UsageError
from synth.recipe import Recipe
from synth.view.data import Known, PageData
from synth.view.log_tail import LogTail
from synth.view.page_file import page
from synth.view.trace import Trace


class LiveRun:
    """A log and its page data, caught up with the file at each look."""

    def __init__(self, path: Path, recipe: Recipe | None = None) -> None:
        self.name = path.stem
        self._tail, self._data = LogTail(path), PageData(Trace(recipe))
        self._lock = threading.Lock()

    def page(self, live: str | None = None) -> str:
        """The whole page as of now."""
        with self._lock:
            self._catch_up()
            return page(self._data, live=live)

    def since(self, known: Known) -> str:
        """What a page lacks, as JSON."""
        with self._lock:
            self._catch_up()
            return json.dumps(self._data.since(known), separators=(",", ":"), allow_nan=False)

    def _catch_up(self) -> None:
        self._data.trace.follow(self._tail.read())


class LiveServer(ThreadingHTTPServer):
    """Serves one run at `address`; `serve_forever` until `shutdown`."""

    daemon_threads = True

    def __init__(self, run: LiveRun, port: int = 0) -> None:
        self.run = run
        self.secret = secrets.token_urlsafe(16)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error.strerror}") from error

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{self.secret}/"


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        _, secret, place = [*url.path.split("/", 2), "", ""][:3]
        port = self.server.server_port
        hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        known = secrets.compare_digest(secret.encode(), self.server.secret.encode())
        if not known or self.headers.get("Host") not in hosts:
            return self._answer(HTTPStatus.NOT_FOUND, "text/plain", "no such page\n")
        try:
            return self._serve(place, parse_qs(url.query))
        except RunLogError as error:
            return self._refuse(HTTPStatus.CONFLICT, str(error))
        except ValueError as error:
            return self._refuse(HTTPStatus.BAD_REQUEST, str(error))

    def _serve(self, place: str, query: dict[str, list[str]]) -> None:
        run = self.server.run
        if place == "":
            html = run.page(live=f"/{self.server.secret}")
            return self._answer(HTTPStatus.OK, "text/html; charset=utf-8", html)
        if place == "data":
            since, texts, outcomes = (
                int(query.get(name, [start])[0])
                for name, start in (("since", "-1"), ("texts", "0"), ("outcomes", "0"))
            )
            known = Known(since, texts, outcomes)
            return self._answer(HTTPStatus.OK, "application/json", run.since(known))
        if place == "save":
            return self._answer(
                HTTPStatus.OK,
                "text/html; charset=utf-8",
                run.page(),
                ("Content-Disposition", f'attachment; filename="{run.name}.html"'),
            )
        return self._answer(HTTPStatus.NOT_FOUND, "text/plain", "no such page\n")

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._answer(status, "application/json", json.dumps({"error": reason}))

    def _answer(self, status: HTTPStatus, kind: str, text: str, *headers: tuple[str, str]) -> None:
        body = text.encode()
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
                *headers,
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests once a second are no news."""


def serve(
    path: Path,
    *,
    port: int = 0,
    recipe: Recipe | None = None,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the run at `path` until an interrupt; `ready` hears of the address."""
    run = LiveRun(path, recipe)
    run.page()  # a log that cannot be read is said at once, and by its line
    with LiveServer(run, port) as server:
        ready(server.address)
        with suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.2)
