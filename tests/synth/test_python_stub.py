"""A Python file with one open function is a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import ProblemError
from synth.problem import Example, Problem
from synth.problem_file import parse_problems, read_located, read_problem
from synth.problems.stub import read_stub


def parse(source: str) -> Problem:
    (problem,) = parse_problems(source.encode(), "python", name="stub")
    return problem


SOURCE = '''\
"""About this file."""
# synth: limits.seconds = 0.5
# synth: limits.imports = ["re"]
# synth: objective = "smallest"
import re

import pytest

# What separates words.
SEPARATOR = "-"


def helper(text: str) -> list[str]:
    return re.findall(r"\\w+", text)


def slug(text: str, *, limit: int | None = None) -> str:
    """Lower case words joined by hyphens.

    An empty text is a ValueError.

    >>> slug("Hello, World")
    'hello-world'
    >>> slug("a b c", limit=2)
    'a-b'
    >>> slug("")
    Traceback (most recent call last):
        ...
    ValueError: empty
    >>> [slug(t) for t in ("A", "B")]
    ['a', 'b']
    """
    raise NotImplementedError


def reference_slug(text, limit=None):
    if not text:
        raise ValueError("empty")
    return "-".join(helper(text.lower())[:limit])


def property_lower(f, text: str):
    assert f("x" + text).lower() == f("x" + text)


assert slug("One") == "one"
assert len(slug("a b")) == 3


@pytest.mark.parametrize("text", ["a b", "a  b"])
def test_spaces(text):
    assert slug(text) == "a-b"


if __name__ == "__main__":
    print(slug("Hello"))
'''


def test_every_part_of_a_stub_file_finds_its_place(tmp_path: Path) -> None:
    path = tmp_path / "make_slug.py"
    path.write_text(SOURCE)
    problem, origin = read_located(path)
    assert (problem.id, problem.entry_point) == ("make_slug", "slug")
    assert problem.signature == "def slug(text: str, *, limit: int | None=None) -> str:"
    assert problem.statement.startswith("Lower case words joined by hyphens.\n\nAn empty text is")
    assert problem.starter == (
        'import re\n# What separates words.\nSEPARATOR = "-"\n\n\n'
        'def helper(text: str) -> list[str]:\n    return re.findall(r"\\w+", text)'
    )
    assert problem.examples == (
        Example(("Hello, World",), "hello-world"),
        Example(("a b c",), "a-b", {"limit": 2}),
        Example(("",), None, {}, "ValueError"),
        Example(("One",), "one"),
    )
    assert [origin.line(f"examples[{index}]") for index in range(4)] == [22, 24, 26, 46]
    assert [test.kind for test in problem.tests] == ["doctest", "pytest", "asserts"]
    assert "for t in" in problem.tests[0].source
    assert problem.tests[1].source.startswith("import re\n")
    assert "import pytest" in problem.tests[1].source
    assert "@pytest.mark.parametrize" in problem.tests[1].source
    assert problem.tests[2].source.endswith('assert len(slug("a b")) == 3\n')
    assert problem.properties[0].name == "lower"
    assert (problem.limits.seconds, problem.limits.imports) == (0.5, ("re",))
    assert problem.objective == "smallest"


def test_the_reference_of_a_stub_defines_the_function_asked_for() -> None:
    problem = parse(SOURCE)
    assert problem.reference is not None
    scope: dict[str, object] = {}
    exec(problem.reference, scope)
    assert scope["slug"]("Hello, World") == "hello-world"  # type: ignore[operator]


@pytest.mark.parametrize(
    "body", ["...", "pass", "raise NotImplementedError", "raise NotImplementedError('later')"]
)
def test_a_body_still_to_be_written_has_four_spellings(body: str) -> None:
    problem = parse(f"def g(): return 1\n\ndef f(x):\n    '''Do it.'''\n    {body}\n")
    assert problem.entry_point == "f"
    assert problem.statement == "Do it."
    assert problem.starter == "def g(): return 1"


def test_a_docstring_alone_is_a_body_where_no_other_is_open() -> None:
    assert parse("def f(x):\n    '''Do it.'''\n").entry_point == "f"
    assert parse("def g():\n    '''No.'''\n\ndef f(x):\n    ...\n").entry_point == "f"


def test_the_docstring_of_the_module_is_the_statement_of_a_function_without_one() -> None:
    assert parse("'''Do it.'''\ndef f(x): ...\n").statement == "Do it."


def test_what_a_function_that_returns_none_prints_stays_a_doctest() -> None:
    problem = parse("def f(x) -> None:\n    '''Say it.\n\n    >>> f(3)\n    3\n    '''\n    ...\n")
    assert problem.examples == ()
    assert problem.tests[0].kind == "doctest"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n", "no function to write: give one the body `...`"),
        ("def f(x): ...\ndef g(x): ...\n", "line 2: 2 functions have the body `...`: f (line 1)"),
        ("async def f(x): ...\n", "line 1: f is async"),
        ("@cache\ndef f(x): ...\n", "line 1: f is decorated"),
        ("def f(x): ...\nprint(f(3))\n", "line 2: uses f, which is still to be written"),
        ("def f(x): ...\nY = [f(n) for n in (1, 2)]\n", "line 2: uses f"),
        ("def f(x:\n", "line 1: not Python"),
        ("# synth: seconds 1\ndef f(x): ...\n", "line 1: # synth: wants KEY = VALUE in TOML"),
        ("# synth: limits.secs = 1\ndef f(x): ...\n", "line 1: limits.secs: unknown key; did you"),
        ("\n# synth: statement = 'x'\ndef f(x): ...\n", "line 2: statement: cannot be set in a"),
        ("def f(x):\n    '''\n    >>>g(1)\n    2\n    '''\n    ...\n", "a doctest that cannot run"),
    ],
)
def test_a_stub_that_cannot_be_used_says_why_and_where(source: str, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse(source)
    assert message in str(caught.value)


def test_code_that_uses_the_function_later_may_stand_in_the_starter() -> None:
    problem = parse("def f(x): ...\n\ndef twice(x):\n    return f(f(x))\n")
    assert problem.starter == "def twice(x):\n    return f(f(x))"


def test_a_stub_may_be_named_from_outside() -> None:
    stub = read_stub("def g(): ...\ndef f(x):\n    import math\n    'Doc.'\n", entry_point="f")
    assert stub.signature.name == "f"
    assert stub.statement == "Doc."
    assert "import math" in stub.starter


def test_a_file_with_pytest_tests_beside_it(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("def f(x): ...\n")
    (tmp_path / "test_f.py").write_text("from f import f\n\ndef test_f():\n    assert f(1)\n")
    problem = read_problem(tmp_path / "f.py", tests=tmp_path / "test_f.py")
    assert [test.kind for test in problem.tests] == ["pytest"]
