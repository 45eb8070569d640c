"""The JSON Schema says what the readers accept."""

from __future__ import annotations

import json
from typing import Any

from synth.problem_file import parse_problems
from synth.problems.schema import ProblemForm, json_schema


def test_the_schema_describes_every_key_and_is_json() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["title"] == "synth problem"
    assert set(schema["properties"]) == {*ProblemForm.model_fields, "$schema"}
    assert schema["additionalProperties"] is False
    assert "Field(" not in json.dumps(schema)


def test_a_file_may_name_the_schema_for_its_editor() -> None:
    raw = b'{"$schema": "problem.json", "statement": "x", "asserts": "assert f(1) == 2"}'
    (problem,) = parse_problems(raw, "json")
    assert problem.entry_point == "f"


def test_every_definition_that_is_referred_to_is_there() -> None:
    schema = json_schema()
    referred: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                referred.add(node["$ref"].removeprefix("#/$defs/"))
            for item in node.values():
                visit(item)
        elif isinstance(node, list):
            for item in node:
                visit(item)

    visit(schema)
    assert referred == set(schema["$defs"])


def test_examples_want_one_input_and_one_result() -> None:
    rules = json_schema()["$defs"]["ExampleForm"]["allOf"]
    wanted = [{key for option in rule["oneOf"] for key in option["required"]} for rule in rules]
    assert wanted == [
        {"input", "args", "call", "kwargs"},
        {"output", "expected", "returns", "raises"},
    ]
