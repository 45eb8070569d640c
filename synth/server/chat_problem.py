"""From a chat to a problem: what an agent that knows nothing of synth sends, and what may be
added under `synth` in the request's body.

The last user message is the statement. Code in it that stands as a stub (a signature whose body
is `...`, `pass` or a docstring alone) gives the entry point, its docstring the examples; asserts in
it are tests. Fields given under `synth.problem` win over what was read.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from synth.errors import ProblemError
from synth.problem import Problem, TestCode
from synth.problem_file import parse_problems

_BLOCK = re.compile(r"```[ \t]*(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_BARE_STUB = re.compile(r"^(?:from |import |def |@|class ).*", re.MULTILINE)
_ASSERT = re.compile(r"^[ \t]*(assert .+)$", re.MULTILINE)


def problem_of_chat(
    messages: Sequence[Mapping[str, str]], given: Mapping[str, Any] | None = None
) -> Problem:
    """The problem a conversation states; ProblemError when there is no user message.

    `given` has the fields of a problem file. A problem without evidence is returned as one: it
    is for the caller to decide what to do with it.
    """
    texts = [message["content"] for message in messages if message["role"] == "user"]
    if not texts or not texts[-1].strip():
        raise ProblemError("the last user message states the problem; there is none")
    text = texts[-1]
    read = _from_text(text)
    if not given:
        return read
    data = dict(given)
    data.setdefault("id", "chat")
    data.setdefault("statement", text)
    (stated,) = parse_problems(json.dumps(data).encode(), "json", name="chat")
    mine = {
        item.name: getattr(read, item.name)
        for item in fields(Problem)
        if item.name not in given and item.name != "id" and getattr(read, item.name)
    }
    if stated.entry_point not in (None, read.entry_point):
        mine = {name: mine[name] for name in mine if name == "statement"}
    return replace(stated, **mine)


def _from_text(text: str) -> Problem:
    blocks = _BLOCK.findall(text)
    match = _BARE_STUB.search(text)
    if match and not blocks:
        blocks = [text[match.start() :]]
    for source in blocks:
        stub = _stub(source, text)
        if stub is not None:
            return _with_asserts(stub, text)
    return _with_asserts(Problem("chat", text), text)


def _stub(source: str, text: str) -> Problem | None:
    """The problem of a block that is a stub, its statement the whole message."""
    try:
        (problem,) = parse_problems(source.encode(errors="replace"), "python", name="chat")
    except (ProblemError, ValueError):
        return None
    return replace(problem, statement=text)


def _with_asserts(problem: Problem, text: str) -> Problem:
    """Adds the asserts that stand in the message, with the function they call most."""
    kept, called = [], []
    for line in _ASSERT.findall(text):
        try:
            tree = ast.parse(line)
        except SyntaxError:
            continue
        kept.append(line)
        called += [
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in _builtin_names()
        ]
    if not kept or not called:
        return problem
    entry_point = problem.entry_point or max(set(called), key=called.count)
    if entry_point not in called:
        return problem
    asserts = TestCode("asserts", "\n".join(kept) + "\n", "asserts of the message")
    return replace(problem, entry_point=entry_point, tests=(*problem.tests, asserts))


def _builtin_names() -> frozenset[str]:
    import builtins

    return frozenset(dir(builtins))
