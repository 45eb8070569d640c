"""What a model is shown, as text."""

from __future__ import annotations

from synth.actions.describe import describe
from synth.actions.repair import repair_messages
from synth.context import Context
from synth.models.chat import Sampling
from synth.node import Draft, Node
from synth.problem import Case, Example, Problem, TestCode
from synth.program import Program
from verifiers.verdict import Outcome, Status, Verdict

PROBLEM = Problem(
    "double",
    "Double a number.",
    entry_point="double",
    signature="def double(x: int) -> int:",
    examples=(Example((2,), 4), Example((5,), 10)),
    tests=(TestCode("check", "def check(candidate):\n    assert candidate(77) == 154"),),
    reference="def double(x):\n    return x + x  # the secret",
)


def node(id_: int, body: str, *, behaviour: int = 0, passed: bool = False) -> Node:
    program = Program(f"def double(x):\n    return {body}\n", "double")
    status = Status.PASSED if passed else Status.FAILED
    outcome = Outcome("example", "example 1", status, "double(2)", "4", "3")
    return Node(
        id_, (0,), "draft", draft=Draft(body, program), verdict=Verdict((outcome,)),
        behaviour=behaviour,
    )  # fmt: skip


def context(**fields: object) -> Context:
    plain = {"expansion": 0, "action": "repair", "n": 1, "draw": 0, "seed": 0, "model": "m"}
    return Context(problem=PROBLEM, sampling=Sampling(), **(plain | fields))  # type: ignore[arg-type]


def test_a_description_shows_statement_signature_and_examples_but_no_secret():
    text = describe(PROBLEM)
    for shown in ("Double a number.", "def double(x: int) -> int:", "double(2) == 4"):
        assert shown in text
    assert "secret" not in text
    assert "77" not in text  # check functions are not shown


def test_what_the_statement_shows_is_not_shown_again():
    problem = Problem(
        "double", ">>> double(2)\n4", entry_point="double", examples=(Example((2,), 4),)
    )
    assert describe(problem).count("double(2)") == 1


def test_a_program_for_stdin_is_shown_its_cases():
    text = describe(Problem("echo", "Print it.", cases=(Case("in put\n", "out put\n"),)))
    assert "in put" in text
    assert "out put" in text


def test_a_repair_shows_the_code_and_what_was_found():
    messages = repair_messages(context(node=node(1, "x + 1")), 2500)
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert messages[0].content == describe(PROBLEM)
    assert "return x + 1" in messages[1].content
    assert "expected: 4" in messages[2].content


def test_a_repeated_behaviour_is_told():
    alone = repair_messages(context(node=node(3, "x + 1")), 2500)[2].content
    assert "different approach" not in alone
    twin = context(node=node(3, "1 + x"), alike=1)
    assert "Another attempt behaves exactly" in repair_messages(twin, 2500)[2].content
    many = context(node=node(3, "1 + x"), alike=4)
    assert "4 other attempts behave exactly" in repair_messages(many, 2500)[2].content


def test_further_parents_are_shown_beside_the_node():
    ctx = context(node=node(3, "x + 1"), others=(node(4, "x * 3", behaviour=2),))
    assert "return x * 3" in repair_messages(ctx, 2500)[2].content


def test_a_program_that_passes_is_not_called_wrong():
    text = repair_messages(context(node=node(1, "4", passed=True)), 2500)[2].content
    assert "not right" not in text
    assert "all inputs" in text


def test_an_answer_without_code_is_asked_for_code():
    broken = Node(1, (0,), "draft", draft=Draft("I like cake.", None, "the answer is empty"))
    messages = repair_messages(context(node=broken), 2500)
    assert messages[1].content == "I like cake."
    assert "the answer is empty" in messages[2].content
