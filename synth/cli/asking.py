"""Questions on the terminal, for synth solve --interactive."""

from __future__ import annotations

import ast
import asyncio
import sys

from synth.interactive import Answer, DontKnow, Enough, Question
from synth.problem import Example
from verifiers.value_text import printable, text_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


async def ask_on_terminal(question: Question) -> Answer:
    """Shows what programs answer; reads a letter, a Python value, or a whole example."""
    print(f"\nWhat should {question.call} return?", file=sys.stderr)
    shown = question.outputs[: len(_LETTERS)]
    for letter, (value, share) in zip(_LETTERS, shown, strict=False):
        text = f"fails: {value}" if isinstance(value, Exception) else text_of(value, 200)
        text = printable(text[:200])
        print(f"  {letter}) {text}   ({share:.0%} of the programs)", file=sys.stderr)
    print(
        "Type a letter, the right value, an example like f(1) == 2, ? for don't know, or nothing "
        "to end.",
        file=sys.stderr,
    )
    while True:
        print("> ", end="", file=sys.stderr, flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        answer = read_answer(line, question)
        if not isinstance(answer, str):
            return answer
        print(answer, file=sys.stderr)


def read_answer(line: str, question: Question) -> Answer | str:
    """What a typed line means, or a text that says why it means nothing."""
    text = line.strip()
    if not text:
        return Enough()
    if text == "?":
        return DontKnow()
    if len(text) == 1 and text in _LETTERS[: len(question.outputs)]:
        value = question.outputs[_LETTERS.index(text)][0]
        if isinstance(value, Exception):
            raised = str(value).partition(":")[0]
            return Example(question.arguments, raises=raised)
        return Example(question.arguments, value)
    example = _example(text, question.function)
    if example is not None:
        return example
    try:
        return Example(question.arguments, ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return f"{text[:40]!r} is neither a letter above nor a Python value"


def _example(text: str, function: str) -> Example | None:
    from synth.problems.literal import NotPython, example_of_comparison, parse_expression

    try:
        return example_of_comparison(parse_expression(text), function)
    except (NotPython, ValueError):
        return None
