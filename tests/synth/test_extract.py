"""Code is found in whatever a model answers, and nothing that is no answer passes for one."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.actions.extract import extract
from synth.problem import Limits, Problem

PROBLEM = Problem(
    "add", "Add two numbers.", entry_point="add", signature="def add(a: int, b: int) -> int:"
)
BODY = "    total = a + b\n    return total\n"
CODE = f"def add(a, b):\n{BODY}"

ANSWERS = {
    "fenced": f"Here you go:\n```python\n{CODE}```\nHope it helps!",
    "fence without a tag": f"```\n{CODE}```",
    "tildes": f"~~~python\n{CODE}~~~",
    "bare code": CODE,
    "chatter before bare code": f"Sure! This adds them.\n\n{CODE}",
    "chatter around bare code": f"Sure.\n\n{CODE}\nThis function adds two numbers, as asked.",
    "faulty quoted first": f"You wrote\n```python\ndef add(a, b):\n    return a\n```\nFixed:\n"
    f"```python\n{CODE}```",
    "usage shown after": f"```python\n{CODE}```\nUse it:\n```python\nprint(add(1, 2))\n```",
    "test output after": f"```python\n{CODE}```\n```text\n3\n```",
    "unclosed fence": f"```python\n{CODE}",
    "unclosed fence, cut in a comment": f"```python\n{CODE}\n# and now let us te",
    "cut in a test": f"```python\n{CODE}\nassert add(1, (2",
    "body only": BODY,
    "body only, first indentation lost": BODY.lstrip(" "),
    "body without indentation": "total = a + b\nreturn total",
    "fenced body": f"```python\n{BODY}```",
    "body, then the model ran on": f"{BODY}\n\ndef main():\n    print(add(1, 2))",
    "a doctest session": ">>> def add(a, b):\n...     total = a + b\n...     return total",
    "a class": "```python\nclass Solution:\n    def add(self, a, b):\n        return a+b\n```",
    "another name": CODE.replace("add", "sum_of_two"),
    "windows line ends": f"```python\r\n{CODE}```".replace("\n", "\r\n").replace("\r\r", "\r"),
    "tabs": "def add(a, b):\n\treturn a + b\n",
    "quoted": "".join(f"> {line}\n" for line in f"```python\n{CODE}```".splitlines()),
    "fence in a list": "1. Do this:\n   ```python\n   def add(a, b):\n       return a + b\n   ```",
    "asserts kept out": f"```python\n{CODE}\nassert add(1, 1) == 3\nprint(add(1, 2))\n```",
    "main guard": f"```python\n{CODE}\nif __name__ == '__main__':\n    print(add(1, input()))\n```",
    "two blocks that belong together": "```python\nimport math\n\ndef one(a):\n    return a\n```\n"
    "then\n```python\ndef add(a, b):\n    return one(a) + one(b)\n```",
    "a lambda": "```python\nadd = lambda a, b: a + b\n```",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_the_function_is_found(answer):
    program = extract(answer, PROBLEM).program
    assert program is not None
    scope: dict[str, object] = {}
    exec(program.source, scope)  # our own text above, not a model's
    assert scope["add"](2, 3) == 5  # type: ignore[operator]


NO_ANSWERS = {
    "": "empty",
    "   \n": "empty",
    "I cannot help with that.": "define add",
    "```python\ndef add(a, b):\n    ...\n```": "",
    '```python\ndef add(a: int, b: int) -> int:\n    """Add."""\n```': "",
    "```python\nx = 1\n```": "define add",
    "```python\ndef add(a, b:\n    return a\n```": "does not parse: line 1",
}


@pytest.mark.parametrize(("answer", "why"), NO_ANSWERS.items())
def test_no_answer_is_a_draft_that_says_why(answer, why):
    draft = extract(answer, PROBLEM)
    assert draft.program is None
    assert why in draft.error
    assert draft.error


def test_a_cut_answer_says_so():
    assert "cut off" in extract("```python\ndef add(a,", PROBLEM, cut=True).error


def test_the_starter_stands_before_the_answer_and_only_once():
    problem = Problem(
        "area",
        "",
        entry_point="area",
        starter="import math\n\n\ndef square(x):\n    return x * x\n",
    )
    bare = extract("def area(r):\n    return math.pi * square(r)", problem).program
    assert bare is not None
    assert bare.source.index("import math") < bare.source.index("def square")
    assert bare.source.index("def square") < bare.source.index("def area")
    whole = extract(f"{problem.starter}\n\ndef area(r):\n    return square(r)", problem).program
    assert whole is not None
    assert whole.source.count("def square") == whole.source.count("import math") == 1


FORGOT = "def add(a: List[int], b):\n    return math.fsum(a) + b\n"


def test_a_forgotten_import_is_added_where_the_problem_allows_it():
    repaired = extract(FORGOT, PROBLEM).program.source
    assert repaired == f"from typing import List\nimport math\n{FORGOT}"
    strict = replace(PROBLEM, limits=Limits(imports=("re",)))
    assert extract(FORGOT, strict).program.source == FORGOT
    with_starter = replace(PROBLEM, starter="import cmath as math\nList = list\n")
    assert "import math" not in extract(FORGOT, with_starter).program.source
    program = Problem("p", "Print it.")
    assert extract("print(math.pi)\n", program).program.source.startswith("import math\n")


def test_a_program_for_stdin_keeps_its_prints_and_main_guard():
    problem = Problem("echo", "Echo.")
    code = "def main():\n    print(input())\n\nif __name__ == '__main__':\n    main()\n"
    program = extract(f"```python\n{code}```", problem).program
    assert program is not None
    assert "__main__" in program.source
    assert program.entry_point is None
    assert extract("The answer is 42", problem).program is None


def test_another_language_is_taken_as_it_is():
    problem = Problem("hello", "Say hello.", language="cpp")
    program = extract("```cpp\nint main() { return 0; }\n```", problem).program
    assert program is not None
    assert program.source == "int main() { return 0; }\n"


@settings(max_examples=300, deadline=None)
@given(
    st.text() | st.lists(st.sampled_from([*ANSWERS.values(), "```", "\n", "def add("])).map("".join)
)
def test_any_text_gives_a_draft_whose_program_parses(text):
    draft = extract(text, PROBLEM)
    assert (draft.program is None) == bool(draft.error)
    if draft.program is not None:
        ast.parse(draft.program.source)
        assert "add" in draft.program.source


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(ANSWERS.values())), st.floats(0, 1))
def test_an_answer_cut_anywhere_never_raises(answer, cut):
    extract(answer[: int(cut * len(answer))], PROBLEM, cut=True)
