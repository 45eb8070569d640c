"""Types of values: inference, annotations, freezing."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.inductive.value_types import (
    FLOAT,
    INT,
    STR,
    Type,
    bits,
    dict_of,
    infer,
    list_of,
    optional_of,
    parse_annotation,
    tuple_of,
)  # fmt: skip
from synth.inductive.values import coerce, freeze, thaw

plain = st.recursive(
    st.integers() | st.text(max_size=5) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


def test_equal_types_are_one_object_also_after_copying() -> None:
    kind = list_of(tuple_of(INT, STR))
    assert list_of(tuple_of(INT, STR)) is kind
    assert pickle.loads(pickle.dumps(kind)) is kind
    assert copy.deepcopy(kind) is kind
    with pytest.raises(AttributeError, match="immutable"):
        kind.name = "set"


@pytest.mark.parametrize(
    ("values", "annotation", "kind"),
    [
        ([1, 2], None, INT),
        ([1, 2.5], None, FLOAT),
        ([None, "a"], None, optional_of(STR)),
        ([[], [1]], None, list_of(INT)),
        ([[], []], None, list_of(INT)),
        ([[], []], "list[str]", list_of(STR)),
        ([3], "float", FLOAT),
        ([3], "bits64", bits(64)),
        ([{"a": 1}], None, dict_of(STR, INT)),
        (["a"], "Optional[str]", STR),
        ([(1, "a")], "tuple[int, str]", tuple_of(INT, STR)),
    ],
)
def test_a_column_has_the_type_that_examples_and_annotation_agree_on(
    values: list[Any], annotation: str | None, kind: Type
) -> None:
    assert infer(values, annotation) is kind


def test_annotations_are_read_from_text_and_from_objects() -> None:
    assert parse_annotation("typing.List[int]") is parse_annotation(list[int]) is list_of(INT)
    assert parse_annotation("int | None") is optional_of(INT)
    assert parse_annotation(dict[str, list[int]]) is dict_of(STR, list_of(INT))


def test_values_without_a_common_type_are_refused_with_both_named() -> None:
    with pytest.raises(TypeError, match="str and int"):
        infer(["a", 1])


@given(plain)
def test_thawing_what_was_frozen_gives_the_value_back(value: Any) -> None:
    try:
        kind = infer([value])
    except TypeError:
        return
    frozen = coerce(freeze(value), kind)
    hash(frozen)
    assert thaw(frozen, kind) == value
