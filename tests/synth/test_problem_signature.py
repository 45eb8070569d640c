"""Signatures and annotations, read as syntax."""

from __future__ import annotations

from typing import Any

import pytest

from synth.problem import Example, Problem
from synth.problems.annotation import converted, misfit
from synth.problems.literal import NotPython, parse_expression
from synth.problems.signature import implied_annotation, parse_signature, render_signature


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("def f(x: int) -> str:", "def f(x: int) -> str:"),
        ("def f(x: int) -> str", "def f(x: int) -> str:"),
        ("f(x,y)", "def f(x, y):"),
        ("def f(a, /, b, *, c: int = 3, **rest): ...", "def f(a, /, b, *, c: int=3, **rest):"),
        ("def f(\n    a,\n    b,\n)", "def f(a, b):"),
    ],
)
def test_a_signature_has_one_normal_form(text: str, normal: str) -> None:
    assert parse_signature(text).text == normal
    assert parse_signature(normal).text == normal


@pytest.mark.parametrize(
    "text", ["", "def", "f", "def f(x", "class A:", "def f(x): return x\nf(1)"]
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(NotPython):
        parse_signature(text)


@pytest.mark.parametrize(
    ("signature", "args", "kwargs", "reason"),
    [
        ("f(x)", (1,), {}, None),
        ("f(x)", (), {"x": 1}, None),
        ("f(x, y=2)", (1,), {}, None),
        ("f(*xs, k=1)", (1, 2, 3), {}, None),
        ("f(x, **rest)", (1,), {"z": 2}, None),
        ("f(x)", (), {}, "f also needs x: the call gives 0 arguments"),
        ("f(x)", (1, 2), {}, "f takes 1 argument, the call gives 2"),
        ("f(x, y=2)", (1, 2, 3), {}, "f takes 1 to 2 arguments, the call gives 3"),
        ("f(x)", (1,), {"z": 2}, "f has no parameter 'z'"),
        ("f(x)", (1,), {"x": 2}, "f gets 'x' twice"),
        ("f(x, /)", (), {"x": 1}, "f has no parameter 'x'"),
        ("f(*, k)", (), {}, "f also needs k: the call gives 0 arguments"),
    ],
)
def test_calls_bind_as_python_binds_them(
    signature: str, args: tuple[Any, ...], kwargs: dict[str, Any], reason: str | None
) -> None:
    scope: dict[str, Any] = {}
    exec(f"{parse_signature(signature).text} pass", scope)
    if reason is None:
        parse_signature(signature).bind(args, kwargs)
        scope["f"](*args, **kwargs)
        return
    with pytest.raises(ValueError, match=r"^f ") as caught:
        parse_signature(signature).bind(args, kwargs)
    assert str(caught.value) == reason
    with pytest.raises(TypeError):
        scope["f"](*args, **kwargs)


@pytest.mark.parametrize(
    ("annotation", "value", "wanted"),
    [
        ("tuple[int, str]", [1, "a"], (1, "a")),
        ("Tuple[int, ...]", [1, 2], (1, 2)),
        ("list[tuple[int, int]]", [[1, 2]], [(1, 2)]),
        ("typing.Set[str]", ["a"], {"a"}),
        ("frozenset[tuple[int, int]]", [[1, 2]], frozenset({(1, 2)})),
        ("dict[int, set[int]]", {"1": [2]}, {1: {2}}),
        ("Dict[float, int]", {"1.5": 2}, {1.5: 2}),
        ("int | tuple[int, int]", [1, 2], (1, 2)),
        ("Optional[tuple[int]]", [1], (1,)),
        ("Union[str, set[int]]", [1], {1}),
        ("'tuple[int, int]'", [1, 2], (1, 2)),
        ("Annotated[tuple[int, int], 'x']", [1, 2], (1, 2)),
        ("set[list[int]]", [[1]], [[1]]),  # cannot be hashed: left as it is
        ("list[int]", [1, 2], [1, 2]),
        ("float", 3, 3),
        ("Whatever[int]", [1], [1]),
        ("dict[int, int]", {"a": 1}, {"a": 1}),
    ],
)
def test_values_become_what_is_annotated(annotation: str, value: Any, wanted: Any) -> None:
    result = converted(value, parse_expression(annotation))
    assert (result, type(result)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("annotation", "value", "reason"),
    [
        ("int", True, None),
        ("float", 3, None),
        ("Iterable[int]", (1, 2), None),
        ("Callable[[int], int]", 3, None),
        ("T", 3, None),
        ("Literal['a', 'b']", "a", None),
        ("None", None, None),
        ("Sequence[str]", "abc", None),
        ("int", "a", "'a' is str, not int"),
        ("list[int]", [1, "a"], "[1]: 'a' is str, not int"),
        ("dict[str, list[int]]", {"k": [None]}, "['k'][0]: None is NoneType, not int"),
        ("dict[str, int]", {1: 1}, "key: 1 is int, not str"),
        ("tuple[int, int]", (1,), "a tuple of 2 is wanted, got 1"),
        ("int | None", "a", "'a' is str, not int | None"),
        ("Literal[1, 2]", 3, "3 is int, not one of 1, 2"),
        ("bool", 1, "1 is int, not bool"),
    ],
)
def test_a_value_that_contradicts_its_annotation_is_told(
    annotation: str, value: Any, reason: str | None
) -> None:
    found = misfit(value, parse_expression(annotation))
    assert (found.strip() if found else found) == reason


@pytest.mark.parametrize(
    ("values", "annotation"),
    [
        ([1, 2], "int"),
        ([1, 2.5], "float"),
        ([[1], []], "list[int]"),
        ([[]], "list"),
        ([(1, "a"), (2, "b")], "tuple[int, str]"),
        ([(1,), (1, 2)], "tuple[int, ...]"),
        ([{"a": [1]}], "dict[str, list[int]]"),
        (["a", None], "str | None"),
        ([True, False], "bool"),
    ],
)
def test_examples_imply_annotations(values: list[Any], annotation: str) -> None:
    assert implied_annotation(values) == annotation


def test_a_signature_that_is_not_given_is_implied_by_the_examples() -> None:
    examples = (Example(([1, 2], "x"), None), Example(([3], "y"), 4))
    problem = Problem("p", "s", "f", examples=examples)
    assert render_signature(problem) == "def f(a: list[int], b: str) -> int | None:"
    given = Problem("p", "s", "f", "def f(xs, key):", examples=examples)
    assert render_signature(given) == "def f(xs, key):"
    assert render_signature(Problem("p", "s", "f")) is None
