"""What runs in a candidate's own process: load the program, make the calls, write the answers.

The candidate shares this interpreter and may rewrite all of it. It gains nothing: no expected value
was ever here, an answer is only what the program claims to return, and how a call ended badly is
decided outside. Answers go to a piece of shared memory, one record a call, so that those made
before a sudden death are not lost; the record in progress is named there too, with the CPU clock at
its start, by which the zygote times each call of a batch by itself.

Runs inside the zygote's children: standard library only.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import marshal
import mmap
import os
import resource
import struct
import sys
import time
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from verifiers.sandbox import encoding, protocol

if TYPE_CHECKING:
    from verifiers.sandbox.tracing import Tracer

SOURCE_NAME = "program.py"
_LENGTH = struct.Struct("=I")
_MARSHAL = ord("m")


def _encoder() -> Callable[[Any], str]:
    """json's C encoder called directly: setting it up again for each value costs 4 us."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
        return encoder.encode

    def refuse(value: object) -> object:
        raise TypeError(f"{type(value).__name__} in a record")

    quote = json.encoder.encode_basestring
    chunks = make(None, refuse, quote, None, ":", ",", False, False, True)
    join = "".join
    return lambda value: join(chunks(value, 0))


_dumps = _encoder()


class OutOfRoom(Exception):
    """The shared memory is full: the rest of the batch needs a fresh process."""


class Answers:
    """The shared region seen as a growing list of length-prefixed records."""

    def __init__(self, region: mmap.mmap) -> None:
        self.region, self.used, self.count = region, protocol.REGION_START, 0

    def begin(self, clock: float) -> None:
        """Say that a call starts, and when by this thread's CPU clock."""
        protocol.REGION_HEADER.pack_into(self.region, 0, self.used, self.count, clock)

    def add(self, record: bytes, clock: float = 0.0) -> None:
        """Put a record down; `clock` is the next one's start."""
        region, used = self.region, self.used
        end = used + 4 + len(record)
        if end > len(region):
            raise OutOfRoom
        region[used:end] = _LENGTH.pack(len(record)) + record
        self.used, self.count = end, self.count + 1
        protocol.REGION_HEADER.pack_into(region, 0, end, self.count, clock)


def load(source: str, name: str, allowed: tuple[str, ...] | None) -> dict[str, Any]:
    """Run the program's module code; its namespace. Raises whatever the program raises."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    module.__file__ = SOURCE_NAME
    namespace = module.__dict__
    if allowed is not None:
        restrict_imports(namespace, allowed)
    exec(compile(source, SOURCE_NAME, "exec", dont_inherit=True), namespace)
    return namespace


class ForbiddenImport(ImportError):
    """The program imports what the problem does not allow."""


def restrict_imports(namespace: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Refuse the program's own imports of anything but `allowed`; libraries import what they like.

    A hint that spares a run, not a wall: the isolation does not rest on it.
    """
    import builtins

    genuine = builtins.__import__

    def checked(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        root = name.partition(".")[0]
        if globals is namespace and root not in allowed and root != "__future__":
            raise ForbiddenImport(f"import of {root!r} is not allowed here")
        return genuine(name, globals, locals, fromlist, level)

    private = types.ModuleType("builtins")
    private.__dict__.update(vars(builtins))
    private.__dict__["__import__"] = checked
    namespace["__builtins__"] = private


def find(namespace: dict[str, Any], path: str) -> Callable[..., Any]:
    """The function named by `path`; `Class.method` is called on a fresh `Class()`."""
    function = namespace.get(path)
    if function is not None and callable(function):
        return function  # type: ignore[no-any-return]
    first, *rest = path.split(".")
    if first not in namespace:
        raise NameError(f"the program defines no {first!r}")
    found = namespace[first]
    for name in rest:
        found = getattr(found() if isinstance(found, type) else found, name)
    if not callable(found):
        raise TypeError(f"{path!r} is a {type(found).__name__}, not a function")
    return found  # type: ignore[no-any-return]


def failure(error: BaseException) -> list[Any]:
    """What an exception tells: type, message, base classes, the program's line it came from."""
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == SOURCE_NAME:
            line = entry.tb_lineno
        entry = entry.tb_next
    if isinstance(error, SyntaxError) and error.filename == SOURCE_NAME:
        line = error.lineno or line
    try:
        message = str(error)[:2000].encode("utf-8", "replace").decode()
    except BaseException:
        message = "<no message>"
    bases = [base.__name__ for base in type(error).__mro__ if base is not object]
    if isinstance(error, ForbiddenImport):
        bases.insert(0, "ForbiddenImport")
    return [type(error).__name__, message, bases, line]


def printed() -> str:
    """What the program wrote to standard output since last asked."""
    try:  # noqa: SIM105 - contextlib.suppress costs a microsecond a call
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        pass
    size = os.lseek(1, 0, 1)
    if not size:
        return ""
    text = os.pread(1, size, 0).decode("utf-8", "replace")
    os.lseek(1, 0, os.SEEK_SET)
    os.ftruncate(1, 0)
    return text


def answer_call(
    namespace: dict[str, Any],
    function: str,
    blob: bytes,
    cap: int,
    clock: float,
    trace: Tracer | None = None,
) -> tuple[bytes, float]:
    """Make one call and put down what came of it, at most about `cap` bytes long.

    `clock` is the thread's CPU clock now; what it is at the call's end comes back.
    """
    end = clock
    value: Any = None
    try:
        target = find(namespace, function)
        arguments, keywords = load_arguments(blob)
        clock = time.thread_time()  # the process's clock moves in ticks under RLIMIT_CPU
        try:
            if trace is not None:
                value = trace.run(target, arguments, keywords)
            else:
                value = target(*arguments, **keywords)
            if type(value) is types.CoroutineType:
                import asyncio

                value = asyncio.run(value)
        finally:
            end = time.thread_time()
        kind, node = encoding.form(value)
        changed = _changed(blob, arguments, keywords)
        answer = ["v", kind, node, *(encoding.tagged(arguments) if changed else ())]
    except BaseException as error:
        if isinstance(error, MemoryError):
            _make_room()
        end = time.thread_time()
        answer = ["x", *failure(error)]
    text = b""
    try:
        record = [end - clock, printed(), trace and trace.report(), *answer]
        try:
            text = _dumps(record).encode()
        except (ValueError, RecursionError):  # a long integer, a lone surrogate
            record[4:6] = encoding.tagged(value)
            text = _dumps(record).encode()
    except MemoryError:
        _make_room()
    if not 0 < len(text) <= cap:
        text = _dumps([end - clock, "", None, "o"]).encode()
    return text, end


def load_arguments(blob: bytes) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments; marshal for plain data, our own encoding for the rest."""
    if blob[0] == _MARSHAL:
        return marshal.loads(blob[1:])  # type: ignore[no-any-return]
    arguments, keywords = encoding.decode(blob[1:].decode(), live=True)
    return tuple(arguments), dict(keywords)


def _changed(blob: bytes, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
    """Whether the call changed an argument in place."""
    for item in arguments:
        if type(item) not in encoding.SCALARS:
            break
    else:
        return False
    try:
        return blob[0] != _MARSHAL or marshal.dumps((arguments, keywords), 2) != blob[1:]
    except ValueError:
        return True


def _make_room() -> None:
    """After a MemoryError, lift the soft limit a little, so that it can be reported."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def module_failure(error: BaseException) -> bytes:
    if isinstance(error, MemoryError):
        _make_room()
    return _dumps([0.0, "", None, "m", *failure(error)]).encode()


def run_batch(job: dict[str, Any], region: mmap.mmap) -> None:
    """A program and its calls, one record each; a program that does not load gives one record."""
    answers = Answers(region)
    answers.begin(time.thread_time())
    try:
        namespace = load(job["source"], "program", job["imports"])
    except BaseException as error:
        answers.add(module_failure(error))
        return
    printed()  # output of module-level code belongs to no call
    clock = time.thread_time()
    answers.add(b'[0.0,"",null,"l"]', clock)
    trace_request, cap = job["trace"], job["cap"]
    for function, blob in job["calls"]:
        trace = None
        if trace_request is not None:
            from verifiers.sandbox.tracing import Tracer

            trace = Tracer(job["source"], SOURCE_NAME, **trace_request)
        record, clock = answer_call(namespace, function, blob, cap, clock, trace)
        answers.add(record, clock)


def run_program(job: dict[str, Any], region: mmap.mmap) -> None:
    """A whole program that reads stdin and prints; one record tells how it ended."""
    answers = Answers(region)
    clock = time.thread_time()
    answers.begin(clock)
    sys.argv = [SOURCE_NAME]
    if "/dev/stdin" in job["source"]:
        _name_stdin()
    record: list[Any] = ["v", "p", None]
    try:
        try:
            load(job["source"], "__main__", job["imports"])
        except SystemExit as exit:
            if exit.code not in (None, 0):
                raise
        sys.stdout.flush()
    except BaseException as error:
        if isinstance(error, MemoryError):
            _make_room()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        record = ["x", *failure(error)]
    answers.add(_dumps([time.thread_time() - clock, "", None, *record]).encode())


def _name_stdin() -> None:
    """Make `open("/dev/stdin")` open standard input: the path itself leads through /proc."""
    opened = builtins.open

    def open_named(file: Any, *args: Any, **kwargs: Any) -> Any:
        return opened(0 if file == "/dev/stdin" else file, *args, **kwargs)

    builtins.open = open_named


# ---- interactive: one message at a time over a pair of pipes


def read_exactly(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(descriptor, size - len(data))
        if not chunk:
            os._exit(0)  # the driver closed the session
        data += chunk
    return data


def receive(descriptor: int) -> bytes:
    return read_exactly(descriptor, struct.unpack("=I", read_exactly(descriptor, 4))[0])


def send(descriptor: int, message: bytes) -> None:
    data = memoryview(struct.pack("=I", len(message)) + message)
    while data:
        data = data[os.write(descriptor, data) :]


def run_session(job: dict[str, Any], requests: int, replies: int) -> None:
    """Calls decided one after another: each request is answered before the next arrives."""
    try:
        namespace = load(job["source"], "program", job["imports"])
    except BaseException as error:
        send(replies, module_failure(error))
        receive(requests)  # wait for the end: leaving by itself would race with it
        return
    printed()
    send(replies, _dumps([0.0, "", None, "v", "p", None]).encode())
    while True:
        request = receive(requests)
        length = request[0]
        function = request[1 : 1 + length].decode()
        blob = request[1 + length :]
        record, _ = answer_call(namespace, function, blob, job["cap"], time.thread_time())
        send(replies, record)
