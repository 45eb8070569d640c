"""SyGuS files: reading, searching in their grammar, writing solutions."""

from __future__ import annotations

import pytest

from synth.inductive import Limits, Synthesis
from synth.inductive.program import outcome, render
from synth.inductive.sygus import (
    define_fun,
    parse_sygus,
    read_sexprs,
    read_term,
    sygus_task,
    to_smt,
    to_sygus2,
    write_sexpr,
)  # fmt: skip

# Counted in candidates, so that a busy machine finds the same programs.
QUICK = Limits(seconds=300, candidates=100_000, patience=300)
NAMES = '''
; a comment (with a parenthesis
(set-logic SLIA)
(synth-fun f ((name String)) String
  ((Start String (ntString))
   (ntString String (name " " (str.++ ntString ntString) (str.at ntString ntInt)
     (str.substr ntString ntInt ntInt)))
   (ntInt Int (0 1 2 -1 (+ ntInt ntInt) (str.len ntString) (str.indexof ntString ntString ntInt)))))
(declare-var name String)
(constraint (= (f "Ducati 100") "Ducati"))
(constraint (= (f "Say ""hi""") "Say"))
(constraint (= "X" (f "X 9")))
(check-synth)
'''
BITS = """
(set-logic BV)
(synth-fun f ((x (BitVec 64))) (BitVec 64)
  ((Start (BitVec 64) (x #x0000000000000001 (bvnot Start) (bvand Start Start)
    (bvadd Start Start)))))
(constraint (= (f #x000000000000000c) #x0000000000000008))
(constraint (= (f #x00000000000000ff) #x00000000000000fe))
(constraint (= (f #xffffffffffffff00) #xfffffffffffffe00))
(constraint (= (f #x8000000000000001) #x8000000000000000))
(check-synth)
"""


def test_examples_grammar_and_types_are_read_from_either_side_of_an_equation() -> None:
    problem = parse_sygus(NAMES)
    assert problem.examples == (
        (("Ducati 100",), "Ducati"), (('Say "hi"',), "Say"), (("X 9",), "X"),
    )  # fmt: skip
    assert "str.indexof" in problem.operators
    assert problem.constants == (" ", 0, 1, 2, -1)


def test_a_solution_in_the_grammar_is_python_and_smt_that_agree() -> None:
    problem = parse_sygus(NAMES)
    search = Synthesis(sygus_task(problem))
    list(search.run(QUICK))
    best = search.found[0].term
    body = to_smt(best)
    assert set(body.replace("(", " ").replace(")", " ").split()) <= {
        "str.substr", "str.indexof", "str.at", "str.len", "str.++", "+", "-", "name", '"', "0",
        "1", "2",
    }  # fmt: skip
    again = read_term(read_sexprs(body)[0], search.variables)
    for given, output in problem.examples:
        assert outcome(again, dict(zip(search.variables, given, strict=True))) == output
    source = render(search.task, search.variables, best)
    assert source is not None
    space: dict[str, object] = {}
    exec(source, space)
    assert space["f"]("Honda Civic") == "Honda"  # type: ignore[operator]
    assert define_fun(problem, body).startswith("(define-fun f ((name String)) String (")


def test_bit_vectors_are_solved_and_wrap() -> None:
    problem = parse_sygus(BITS)
    search = Synthesis(sygus_task(problem))
    list(search.run(QUICK))
    best = search.found[0].term
    assert to_smt(best)
    for x in (6, 0, (1 << 64) - 1):
        assert outcome(best, {search.variables[0]: x}) == x & (x - 1) & ((1 << 64) - 1)


def test_the_two_versions_of_the_syntax_say_the_same() -> None:
    for text in (NAMES, BITS):
        problem = parse_sygus(text)
        modern = parse_sygus(to_sygus2(problem))
        assert modern.examples == problem.examples
        assert set(modern.constants) == set(problem.constants)


def test_s_expressions_survive_a_round_trip() -> None:
    text = '(a (b "c d" ()) #x0f)'
    assert write_sexpr(read_sexprs(text)[0]) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(set-logic BV", "not closed"),
        ("(check-synth))", "not opened"),
        ("(check-synth)", "0 synth-fun"),
        ("(synth-fun f ((x Int)) Int)(constraint (>= (f x) x))", "is not an example"),
        ("(synth-fun f ((x Real)) Int)", "sort Real"),
    ],
)
def test_what_is_not_programming_by_example_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_sygus(text)


def test_an_operator_that_is_not_known_is_named() -> None:
    text = "(synth-fun f ((s String)) String ((S String (s (str.rev S)))))"
    text += '(constraint (= (f "a") "a"))'
    with pytest.raises(ValueError, match=r"str\.rev"):
        sygus_task(parse_sygus(text))
