"""Runs one property with Hypothesis, inside the sealed process of the tests.

There the program is a proxy. The process is forked from one that has this module loaded already,
because importing Hypothesis takes a third of a second. Nothing here runs in the driver.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_type_hints

import hypothesis
from hypothesis import HealthCheck, Phase, errors
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.charmap import charmap

from verifiers.value_text import cut, text_of

# Nothing is to be left on the host, and this module is loaded before its process is sealed.
set_hypothesis_home_dir("/dev/null/nowhere")
charmap()  # a tenth of a second's work without that cache: once, before the forks
# The defaults are what a problem's author means by `int` and `float`: numbers of everyday size. A
# strategy, or `Annotated[int, strategy]`, says otherwise.
st.register_type_strategy(int, st.integers(-1_000, 1_000))
st.register_type_strategy(
    float, st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False, allow_subnormal=False)
)

_NAME = "property.py"
_FIELD = 300


def run_property(
    source: str,
    name: str,
    functions: Mapping[str, Any],
    entry_point: str,
    draws: int,
    seed: int,
    also: Sequence[Sequence[Any]] = (),
) -> str:
    """Tries to refute the property; "" where it held, else what refuted it, as JSON.

    `source` defines the property; `name` says which function it is, the last one by default. The
    keys of the JSON: `status`, `input` (the smallest found), `error`, `line` of the source where it
    was raised, 0 unknown. `also` are arguments to try
    before any drawn ones.
    """
    namespace: dict[str, Any] = {"__name__": "tests", "st": st, **functions}
    last: dict[str, Any] = {}
    try:
        exec(compile(source, _NAME, "exec", dont_inherit=True), namespace)
        test = _property(namespace, source, name)
        candidate = functions[entry_point]
        run = _given(test, candidate, last, draws, seed, also)
    except Exception as error:
        return _report("broken", "", f"{type(error).__name__}: {error}")
    try:
        run()
    except errors.Flaky:
        why = "the program answered differently when the same input was tried again"
        return _report("failed", last.get("input", ""), why)
    except (errors.Unsatisfiable, errors.InvalidArgument, errors.ResolutionFailed) as error:
        return _report("broken", "", f"{type(error).__name__}: {error}")
    except BaseException as error:
        if isinstance(error, NameError) and _raised_in(error) == _NAME:
            return _report("broken", "", f"NameError: {error}")
        status = getattr(error, "status", None)  # the program did not answer at all
        if not isinstance(status, str):
            status = "failed" if isinstance(error, AssertionError) else "error"
        died = type(error).__name__ == "ProgramDied"
        text = str(error) if died else f"{type(error).__name__}: {error}"
        return _report(status, last.get("input", ""), text, _line_of(error))
    return ""


def _raised_in(error: BaseException) -> str:
    name, entry = "", error.__traceback__
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        entry = entry.tb_next
    return name


def _line_of(error: BaseException) -> int:
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == _NAME:
            line = entry.tb_lineno
        entry = entry.tb_next
    return line


def _property(namespace: Mapping[str, Any], source: str, name: str) -> Callable[..., Any]:
    if not name or name not in namespace:
        import ast

        defined = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        if not defined:
            raise ValueError("the property's source defines no function")
        name = defined[-1]
    found: Callable[..., Any] = namespace[name]
    return found


def _given(
    test: Callable[..., Any],
    candidate: Any,
    last: dict[str, Any],
    draws: int,
    seed: int,
    also: Sequence[Sequence[Any]],
) -> Callable[[], None]:
    """The property as a function without parameters that Hypothesis runs."""
    settings = hypothesis.settings(
        max_examples=draws,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    if hasattr(test, "hypothesis"):  # decorated with @given: all but the function is filled in
        inner = test.hypothesis.inner_test

        def recorded(*args: Any, **kwargs: Any) -> Any:
            parts = [text_of(value) for value in args if value is not candidate]
            parts += [
                f"{key}={text_of(value)}" for key, value in kwargs.items() if value is not candidate
            ]
            last["input"] = ", ".join(parts)
            return inner(*args, **kwargs)

        test.hypothesis.inner_test = recorded
        whole = hypothesis.seed(seed)(settings(test))
        return lambda: whole(candidate)
    names = list(test.__code__.co_varnames[: test.__code__.co_argcount])[1:]
    hints = get_type_hints(test, include_extras=True)
    missing = [name for name in names if name not in hints]
    if missing or not names:
        what = f"parameter {missing[0]!r}" if missing else "a parameter after the function"
        raise TypeError(f"{what} with an annotation is wanted: it says what is generated")
    strategies = {
        name: hint if isinstance(hint, st.SearchStrategy) else st.from_type(hint)
        for name, hint in hints.items()
        if name in names
    }

    @hypothesis.seed(seed)
    @settings
    @hypothesis.given(st.fixed_dictionaries(strategies))
    def run(drawn: dict[str, Any]) -> None:
        # Before the call: the program may change its arguments.
        last["input"] = ", ".join(f"{key}={text_of(drawn[key])}" for key in names)
        test(candidate, **drawn)

    for values in reversed(also):
        run = hypothesis.example(dict(zip(names, values, strict=True)))(run)
    return run


def _report(status: str, drawn: str, error: str, line: int = 0) -> str:
    # Within 2,000 characters even with every one of them escaped: a longer error is cut in half.
    fields = {
        "status": status,
        "input": cut(drawn, _FIELD),
        "error": cut(error, 2 * _FIELD),
        "line": line,
    }
    return json.dumps(fields, ensure_ascii=False)
