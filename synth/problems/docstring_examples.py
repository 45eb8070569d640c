"""The examples that a docstring states, in the forms in which people write them.

* doctests: `>>> f(1, 2)` and the value below, or a traceback;
* calls in prose: `f(1) == 2`, `f(1) -> 2` (also `=>`, `==>`, `➞`, `→`, `=`), `f(1) returns 2`;
* named inputs: `For x = 1 ... the output should be 2`, `Input: x = 1` and `Output: 2` below it.

Only what is certain is taken: every argument and the value are literals, and nothing follows the
value that could change it (`f(n) == f(n - 1) + 1` is no example). A doctest that is more than one
call with literals comes back as text, to be run as a doctest.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synth.problem import Example
from synth.problems.literal import (
    NotLiteral,
    NotPython,
    call_value,
    example_of_comparison,
    literal_value,
    parse_expression,
    parse_module,
)


@dataclass(frozen=True, slots=True)
class Found:
    """`examples` with the line of each (from 0, within the text), and the doctests left as text."""

    examples: tuple[Example, ...] = ()
    lines: tuple[int, ...] = ()
    doctests: str = ""


@dataclass(frozen=True, slots=True)
class _Prompt:
    """One `>>>` with its continuation lines and what stands below it."""

    line: int
    source: str
    want: str
    text: str


def find_examples(
    text: str, name: str, *, parameters: Sequence[str] = (), returns_none: bool = False
) -> Found:
    """The examples of `name` in a docstring, in their order, each once.

    `parameters` are the function's required ones, for the forms that name inputs. A doctest of a
    function that `returns_none` shows what it prints, so it stays a doctest.
    """
    prompts, prose = _split(text)
    found: list[tuple[int, Example]] = []
    left: list[_Prompt] = []
    for prompt in prompts:
        example = None if returns_none else _doctest_example(prompt, name)
        if example is not None:
            found.append((prompt.line, example))
        else:
            left.append(prompt)
    in_prose = _calls_in_prose(prose, name)
    if parameters:
        in_prose += _named_inputs(prose, parameters)
    found += _of_one_kind(in_prose, prose)
    found.sort(key=lambda item: item[0])
    seen: set[str] = set()
    kept = []
    for line, example in found:
        key = repr(example)
        if key not in seen:
            seen.add(key)
            kept.append((line, example))
    # A comparison under `>>>` without its value states what doctest would call a failure.
    runnable = [item for item in left if item.want or not _is_comparison(item.source)]
    asserting = any(item.want or "assert" in item.source for item in runnable)
    return Found(
        tuple(example for _, example in kept),
        tuple(line for line, _ in kept),
        "".join(f"{item.text}\n" for item in runnable) if asserting else "",
    )


def is_valid_doctest(text: str) -> str | None:
    """Why `doctest` would refuse the text, or None."""
    try:
        prompts = doctest.DocTestParser().get_examples(text)
    except ValueError as error:
        return str(error)
    for prompt in prompts:
        try:
            parse_module(prompt.source)
        except NotPython as error:
            return f"{prompt.source.strip()!r}: {error}"
    return None


def _split(text: str) -> tuple[list[_Prompt], list[str]]:
    """The doctest prompts, and the lines with these blanked.

    More tolerant than doctest about indentation and the blank after `>>>`.
    """
    lines = text.expandtabs().split("\n")
    prose = list(lines)
    prompts = []
    index = 0
    while index < len(lines):
        stripped = lines[index].lstrip()
        if not stripped.startswith(">>>"):
            index += 1
            continue
        start = index
        source = [stripped[3:].removeprefix(" ")]
        index += 1
        while index < len(lines) and re.match(r"\.\.\.( |$)", lines[index].lstrip()):
            source.append(lines[index].lstrip()[3:].removeprefix(" "))
            index += 1
        want = []
        while index < len(lines) and lines[index].strip():
            if lines[index].lstrip().startswith(">>>"):
                break
            want.append(lines[index].strip())
            index += 1
        block = "\n".join(lines[start:index])
        try:
            parse_module("\n".join(source))
        except NotPython:
            # `>>> f(1) -> 2` is no doctest: leave it to the forms of prose, without its prompt.
            prose[start] = lines[start].replace(">>>", "   ", 1)
            continue
        prose[start:index] = [""] * (index - start)
        prompts.append(_Prompt(start, "\n".join(source), "\n".join(want), block))
    return prompts, prose


def _doctest_example(prompt: _Prompt, name: str) -> Example | None:
    if "doctest:" in prompt.source:  # an option that changes what counts as equal
        return None
    try:
        node = parse_expression(prompt.source)
    except NotPython:
        return None
    if isinstance(node, ast.Compare):
        return example_of_comparison(node, name) if prompt.want in ("", "True") else None
    if not _calls(node, name):
        return None
    try:
        call = call_value(node)
    except NotLiteral:
        return None
    if prompt.want.startswith("Traceback (most recent call last)"):
        last = re.match(r"([\w.]+)(:|$)", prompt.want.split("\n")[-1])
        raises = last.group(1).rpartition(".")[2] if last else ""
        return Example(call.args, None, call.kwargs, raises) if raises.isidentifier() else None
    if not prompt.want:
        return Example(call.args, None, call.kwargs)
    first, _, rest = prompt.want.partition("\n")
    for text in (prompt.want, first if re.match(r"[A-Za-z]{2,} ", rest) else ""):
        try:
            value = literal_value(parse_expression(text))
        except (NotPython, NotLiteral):
            continue
        if not _has_ellipsis(value):
            return Example(call.args, value, call.kwargs)
    return None


def _is_comparison(source: str) -> bool:
    try:
        return isinstance(parse_expression(source), ast.Compare)
    except NotPython:
        return False


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


# What stands between a call and its value. A lone `=` only before a value (`f(1) = 2`).
_LINK = re.compile(
    r"\s*(?:#\s*)?(?:={1,3}>|-+>|===?|=|[➞→⇒⟶➔➜➡:]️?"
    r"|(?:(?:should|would|will|must) )?(?:returns?|equals?|gives?|yields?|evaluates? to|be|is)"
    r"(?: equal to)?\b)\s*",
)
_DOUBT = re.compile(r"\b(?:not|never|wrong|incorrect|invalid|instead|unlike|n't)\b|!=", re.I)
_AFTER = re.compile(
    r"[ \t]*(?:[.,;)\]]?[ \t]*(?:$|[#(\u2013\u2014]|//|\s[A-Za-z'\"])|[.,;][ \t])", re.M
)
_CHANGES = re.compile(
    r"[ \t]*,?[ \t]*(?:or|if|else|unless|when|mod|plus|minus|times|to|through|and \d|elements?)\b"
)


def _calls_in_prose(lines: list[str], name: str) -> list[tuple[int, Example]]:
    text = "\n".join(lines)
    found = []
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", text):
        end = _closing(text, match.end() - 1)
        if end is None:
            continue
        link = _LINK.match(text, end)
        line_start = text.rfind("\n", 0, match.start()) + 1
        if link is None or _DOUBT.search(text, line_start, match.start()):
            continue
        try:
            call = call_value(parse_expression(text[match.start() : end]))
        except (NotPython, NotLiteral):
            continue
        value = _value_at(text, link.end())
        if value is not None and not _has_ellipsis([value[0], *call.args]):
            number = text.count("\n", 0, match.start())
            found.append((number, Example(call.args, value[0], call.kwargs)))
    return found


_HEADING = re.compile(r"^\s*(?:for )?examples?\b", re.I)


def _of_one_kind(found: list[tuple[int, Example]], lines: list[str]) -> list[tuple[int, Example]]:
    """Without the calls in prose that are no examples but formulas, or typed carelessly.

    A function that returns containers does not return bare numbers: of HumanEval's docstrings
    `tri(1) = 3` is a definition and `("Venus")` was meant as a tuple. Where both kinds occur,
    those under a heading "Examples" count, then the more frequent kind.
    """
    found.sort(key=lambda item: item[0])
    kinds = [_is_container(item.expected) for _, item in found if item.expected is not None]
    if len(set(kinds)) < 2:
        return found
    heading = next((index for index, line in enumerate(lines) if _HEADING.match(line)), -1)
    below = [item for item in found if item[0] >= heading] or found
    kinds = [_is_container(item.expected) for _, item in below if item.expected is not None]
    wanted = kinds.count(True) >= kinds.count(False)
    return [
        item
        for item in below
        if item[1].expected is None or _is_container(item[1].expected) == wanted
    ]


def _is_container(value: Any) -> bool:
    return isinstance(value, list | tuple | dict | set | frozenset)


_ASSIGNMENT = r"{name}\s*=(?!=)\s*"
_OUTPUT_IN_LINE = re.compile(
    r"(?:output|result|answer|function|it)\s+(?:should|would|will|must)\s+(?:be|return)\b:?\s*"
    r"|(?:=+>|-+>|[➞→⇒])\s*"
)
_INPUT = re.compile(r"^[ \t]*Inputs?[ \t]*:[ \t]*", re.M | re.I)
_OUTPUT = re.compile(r"[ \t]*\n[ \t]*Outputs?[ \t]*:[ \t]*", re.I)


def _named_inputs(lines: list[str], parameters: Sequence[str]) -> list[tuple[int, Example]]:
    text = "\n".join(lines)
    found = []
    starts = [(item.end(), True) for item in _INPUT.finditer(text)]
    starts += [(item.end(), False) for item in re.finditer(r"\b[Ff]or\s+(?=\w+\s*=)", text)]
    for start, block in starts:
        inputs = _assignments(text, start, parameters)
        if inputs is None and block:
            inputs = _bare_values(text, start, len(parameters))
        if inputs is None:
            continue
        arguments, end = inputs
        if block:
            link = _OUTPUT.match(text, end)
        else:
            stop = text.find("\n", end)
            link = _OUTPUT_IN_LINE.search(text, end, stop if stop >= 0 else len(text))
        value = _value_at(text, link.end()) if link else None
        if value is not None and not _has_ellipsis([value[0], *arguments]):
            found.append((text.count("\n", 0, start), Example(tuple(arguments), value[0])))
    return found


def _assignments(text: str, start: int, parameters: Sequence[str]) -> tuple[list[Any], int] | None:
    """`x = 1, y = [2]` in the parameters' order: the values and where they end."""
    values = []
    position = start
    for index, parameter in enumerate(parameters):
        if index:
            separator = re.compile(r"\s*(?:,|and|,\s*and|;)\s*").match(text, position)
            if separator is None:
                return None
            position = separator.end()
        assign = re.compile(_ASSIGNMENT.format(name=re.escape(parameter))).match(text, position)
        value = _literal_at(text, assign.end()) if assign else None
        if value is None:
            return None
        values.append(value[0])
        position = value[1]
    return values, position


def _bare_values(text: str, start: int, count: int) -> tuple[list[Any], int] | None:
    values = []
    position = start
    for index in range(count):
        if index:
            separator = re.compile(r"[ \t]*,[ \t]*").match(text, position)
            if separator is None:
                return None
            position = separator.end()
        value = _literal_at(text, position)
        if value is None:
            return None
        values.append(value[0])
        position = value[1]
    return values, position


def _value_at(text: str, start: int) -> tuple[Any, int] | None:
    """The literal at `start` if what follows cannot belong to it."""
    value = _literal_at(text, start)
    if value is None or not _AFTER.match(text, value[1]) or _CHANGES.match(text, value[1]):
        return None
    return value


_TOKEN = re.compile(
    r"[-+]?(?:\d[\w.]*(?:(?<=[eE])[-+]\d+)?|\.\d+|True\b|False\b|None\b|true\b|false\b|inf\b|nan\b)"
)


def _literal_at(text: str, start: int) -> tuple[Any, int] | None:
    """The one literal (a quoted text, a bracket, a number, a name of a constant) at `start`."""
    if start >= len(text):
        return None
    first = re.compile(r"(?:set|frozenset)?\s*[\[({]|[bBrR]{0,2}['\"]").match(text, start)
    if first is None:
        token = _TOKEN.match(text, start)
        end = token.end() if token else None
        while token and end and text[end - 1] == ".":  # the full stop of a sentence
            end -= 1
    elif first.group()[-1] in "'\"":
        quoted = re.compile(
            r"[bBrR]{0,2}('[^'\\\n]*(?:\\.[^'\\\n]*)*'|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\")"
        )
        string = quoted.match(text, start)
        end = string.end() if string else None
    else:
        end = _closing(text, first.end() - 1)
    if end is None:
        return None
    if text[start:end] in ("true", "false"):
        return text[start:end] == "true", end
    try:
        return literal_value(parse_expression(text[start:end])), end
    except (NotPython, NotLiteral):
        return None


_PIECE = re.compile(
    r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|[\[\](){}]|[^'\"\[\](){}]+"
)
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _closing(text: str, start: int) -> int | None:
    """Just behind the bracket that closes the one at `start`, strings skipped; None else."""
    open_brackets: list[str] = []
    for piece in _PIECE.finditer(text, start, start + 20_000):
        token = piece.group()
        if token in "([{":
            open_brackets.append(token)
        elif token in _PAIRS:
            if not open_brackets or open_brackets.pop() != _PAIRS[token]:
                return None
            if not open_brackets:
                return piece.end()
    return None


def _has_ellipsis(value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_has_ellipsis, value))
    if isinstance(value, dict):
        return any(map(_has_ellipsis, [*value, *value.values()]))
    return value is Ellipsis
