from __future__ import annotations

import pytest

from synth.problem import Limits
from synth.program import Program
from verifiers.import_repair import repair_imports, undefined_names
from verifiers.static_checks import check_types, lint, static_failure
from verifiers.verdict import Status


def failure(source: str, imports: tuple[str, ...] | None = None):
    return static_failure(Program(source, "f"), Limits(imports=imports))


def test_a_program_that_does_not_parse_fails_with_its_line() -> None:
    outcome = failure("def f(:\n    pass")
    assert outcome is not None
    assert outcome.status is Status.ERROR
    assert outcome.line == 1
    assert outcome.error.startswith("SyntaxError")


def test_null_bytes_and_bottomless_nesting_are_failures_not_exceptions() -> None:
    assert failure("x = '\0'") is not None
    assert failure("(" * 100_000) is not None


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path",
        "from os import path",
        "def f():\n    import os",
        "__import__('os')",
        "import importlib\nimportlib.import_module('os')",
    ],
)
def test_an_import_that_is_not_allowed_is_named(source: str) -> None:
    outcome = failure(source, ("math", "importlib"))
    assert outcome is not None
    assert outcome.status is Status.FORBIDDEN
    assert "os" in outcome.error
    assert "math" in outcome.error


def test_allowed_imports_and_typing_pass() -> None:
    assert failure("import math\nfrom collections.abc import Set", ("math", "collections")) is None
    assert failure("from typing import List\nfrom __future__ import annotations", ()) is None
    assert failure("import os") is None


async def test_ruff_votes_against_an_undefined_name() -> None:
    (outcome,) = await lint(Program("def f(x):\n    return y\n", "f"))
    assert not outcome.gates
    assert outcome.status is Status.FAILED
    assert outcome.line == 2
    (clean,) = await lint(Program("def f(x):\n    return x\n", "f"))
    assert clean.passed


async def test_mypy_votes_against_a_type_error() -> None:
    (outcome,) = await check_types(Program("def f(x: int) -> str:\n    return x\n", "f"))
    assert not outcome.gates
    assert outcome.status is Status.FAILED
    assert outcome.line == 2


def test_forgotten_imports_are_added() -> None:
    repaired = repair_imports(
        "def f(x: List[int]) -> float:\n    return math.sqrt(Counter(x)[1])\n"
    )
    assert repaired.splitlines()[:3] == [
        "from collections import Counter",
        "from typing import List",
        "import math",
    ]
    assert not undefined_names(repaired)


def test_imports_go_after_docstring_and_future() -> None:
    source = '"""Doc."""\nfrom __future__ import annotations\ndef f():\n    return math.pi'
    lines = repair_imports(source).splitlines()
    assert lines[:3] == ['"""Doc."""', "from __future__ import annotations", "import math"]
    compile("\n".join(lines), "x", "exec")


@pytest.mark.parametrize(
    "source",
    [
        "import math\ndef f():\n    return math.pi\n",
        "def f(math):\n    return math.pi\n",
        "class Counter: pass\ndef f():\n    return Counter()\n",
        "from math import *\ndef f():\n    return gcd(1, 2)\n",
        "def f(:\n",
        "def f():\n    return undefined_thing\n",
        "def g():\n    global product\n    product = 1\ndef f():\n    return product\n",
        "",
    ],
)
def test_a_program_that_lacks_nothing_known_is_left_as_it_is(source: str) -> None:
    assert repair_imports(source) == source


def test_what_is_used_as_a_module_is_imported_as_one() -> None:
    assert "import datetime\n" in repair_imports("def f():\n    return datetime.datetime.now()\n")
    assert "import bisect\n" in repair_imports("def f(a):\n    return bisect.bisect_left(a, 1)\n")
    assert "from bisect import bisect\n" in repair_imports("def f(a):\n    return bisect(a, 1)\n")
