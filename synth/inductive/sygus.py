"""SyGuS problems by example: ``.sl`` files of the PBE tracks, strings and bit vectors.

Both the 2018 syntax and SyGuS-IF 2 are read (Raghothaman, Reynolds and Udupa 2019); constraints
must be equations of the function at literals.  The grammar becomes components with SMT-LIB
semantics, so that a program can be printed as Python and as ``define-fun``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from synth.inductive.bit_components import bit_components
from synth.inductive.component import Component
from synth.inductive.task import Task, make_task
from synth.inductive.term import BRANCH, Branch, Literal, Term, Variable
from synth.inductive.value_types import BOOL, INT, STR, Type, bit_width, bits

SExpr = Any  # str (an atom) or list[SExpr]
Row = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True, slots=True)
class SygusProblem:
    """A function to synthesize: its signature, grammar and examples.

    ``productions`` are the distinct right-hand sides of the grammar, without non-terminals'
    names; ``grammar`` is the grammar as written, for other solvers.
    """

    name: str
    parameters: tuple[str, ...]
    types: tuple[Type, ...]
    result: Type
    examples: tuple[Row, ...]
    operators: tuple[str, ...]
    constants: tuple[Any, ...]
    grammar: SExpr
    logic: str


_TOKEN = re.compile(r';[^\n]*|"(?:[^"]|"")*"|[()]|[^\s()";]+')


def read_sexprs(text: str) -> list[SExpr]:
    """All s-expressions of a text; raises `ValueError` on unbalanced parentheses."""
    stack: list[list[SExpr]] = [[]]
    for token in _TOKEN.findall(text):
        if token.startswith(";"):
            continue
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise ValueError("a parenthesis is closed that was not opened")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"{len(stack) - 1} parentheses are not closed")
    return stack[0]


def write_sexpr(expression: SExpr) -> str:
    if isinstance(expression, str):
        return expression
    return "(" + " ".join(map(write_sexpr, expression)) + ")"


def _sort(expression: SExpr) -> Type:
    if isinstance(expression, list):
        if expression[:2] == ["_", "BitVec"]:
            return bits(int(expression[2]))
        if expression[:1] == ["BitVec"]:
            return bits(int(expression[1]))
    known = {"String": STR, "Int": INT, "Bool": BOOL}
    if isinstance(expression, str) and expression in known:
        return known[expression]
    raise ValueError(
        f"sort {write_sexpr(expression)} is not supported; use String, Int, Bool, BitVec"
    )


def read_literal(expression: SExpr) -> Any:
    """A literal's value, None for anything else."""
    if isinstance(expression, list):
        if len(expression) == 2 and expression[0] == "-":
            inner = read_literal(expression[1])
            return -inner if isinstance(inner, int) else None
        return None
    if expression.startswith('"'):
        return expression[1:-1].replace('""', '"')
    if expression in ("true", "false"):
        return expression == "true"
    if expression.startswith("#x"):
        return int(expression[2:], 16)
    if expression.startswith("#b"):
        return int(expression[2:], 2)
    return int(expression) if re.fullmatch(r"-?\d+", expression) else None


def parse_sygus(text: str) -> SygusProblem:
    """A problem from the text of an ``.sl`` file.

    Raises `ValueError` when it has no ``synth-fun``, more than one, or a constraint that is
    not an equation between the function at literals and a literal.
    """
    commands = [command for command in read_sexprs(text) if isinstance(command, list) and command]
    made = [command for command in commands if command[0] == "synth-fun"]
    if len(made) != 1:
        raise ValueError(f"{len(made)} synth-fun commands were found; exactly one is supported")
    _, name, parameters, sort, *rest = made[0]
    grammar = rest[-1] if rest else []
    kinds = tuple(_sort(parameter[1]) for parameter in parameters)
    examples = [_example(command[1], name) for command in commands if command[0] == "constraint"]
    groups = [
        group for group in grammar
        if isinstance(group, list) and len(group) == 3 and isinstance(group[2], list)
    ]  # fmt: skip
    nonterminals = {group[0] for group in groups}
    names = {parameter[0] for parameter in parameters}
    operators: dict[str, None] = {}
    constants: dict[Any, None] = {}
    for group in groups:
        for production in group[2]:
            value = read_literal(production)
            if value is not None:
                constants[(type(value), value)] = None
            elif isinstance(production, list):
                operators[production[0]] = None
                for argument in production[1:]:
                    fixed = read_literal(argument)
                    if fixed is not None:
                        constants[(type(fixed), fixed)] = None
            elif production not in nonterminals and production not in names:
                raise ValueError(f"grammar symbol {production!r} is not known")
    logic = next((c[1] for c in commands if c[0] == "set-logic"), "ALL")
    return SygusProblem(
        name, tuple(parameter[0] for parameter in parameters), kinds, _sort(sort),
        tuple(examples), tuple(operators), tuple(value for _, value in constants), grammar, logic,
    )  # fmt: skip


def _example(expression: SExpr, name: str) -> Row:
    if isinstance(expression, list) and len(expression) == 3 and expression[0] == "=":
        for call, value in (expression[1:], expression[:0:-1]):
            if isinstance(call, list) and call[:1] == [name]:
                arguments = tuple(map(read_literal, call[1:]))
                output = read_literal(value)
                if output is not None and None not in arguments:
                    return arguments, output
    raise ValueError(
        f"constraint {write_sexpr(expression)[:80]} is not an example; only "
        f"(= ({name} literal ...) literal) is supported"
    )


def _substr(text: str, start: int, length: int) -> str:
    if start < 0 or length < 0 or start >= len(text):
        return ""
    return text[start : start + length]


def _index(text: str, part: str, start: int) -> int:
    return text.find(part, start) if 0 <= start <= len(text) else -1


def _to_int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _limited(text: str) -> str:
    if len(text) > 400:
        raise ValueError("too long")
    return text


_STRING_OPERATORS: tuple[tuple[str, tuple[Type, ...], Type, Callable[..., Any], str, int], ...] = (
    ("str.++", (STR, STR), STR, lambda a, b: _limited(a + b), "_0 + _1", 2),
    ("str.replace", (STR, STR, STR), STR, lambda s, a, b: s.replace(a, b, 1),
     "_0.replace(_1, _2, 1)", 2),
    ("str.at", (STR, INT), STR, lambda s, i: s[i : i + 1] if i >= 0 else "",
     "(_0[_1:_1 + 1] if _1 >= 0 else '')", 2),
    ("int.to.str", (INT,), STR, lambda n: str(n) if n >= 0 else "",
     "(str(_0) if _0 >= 0 else '')", 2),
    ("str.substr", (STR, INT, INT), STR, _substr,
     "(_0[_1:_1 + _2] if _1 >= 0 and _2 >= 0 else '')", 2),
    ("str.len", (STR,), INT, len, "len(_0)", 2),
    ("str.to.int", (STR,), INT, _to_int, "(int(_0) if _0.isdigit() else -1)", 2),
    ("str.indexof", (STR, STR, INT), INT, _index,
     "(_0.find(_1, _2) if 0 <= _2 <= len(_0) else -1)", 2),
    ("str.prefixof", (STR, STR), BOOL, lambda p, s: s.startswith(p), "_1.startswith(_0)", 2),
    ("str.suffixof", (STR, STR), BOOL, lambda p, s: s.endswith(p), "_1.endswith(_0)", 2),
    ("str.contains", (STR, STR), BOOL, lambda s, p: p in s, "_1 in _0", 2),
)  # fmt: skip
_MODERN = {
    "str.to.int": "str.to_int", "int.to.str": "str.from_int", "str.from-int": "str.from_int",
    "str.to-int": "str.to_int",
}  # fmt: skip
_OLD = {"str.to_int": "str.to.int", "str.from_int": "int.to.str"}


def smt_components(width: int | None = None) -> dict[str, list[Component]]:
    """Components of the SMT-LIB theories of strings, ints and one width of bit vectors."""
    from synth.inductive.number_components import BOOLEAN, INTEGER

    table: dict[str, list[Component]] = {}
    for name, arguments, result, function, template, cost in _STRING_OPERATORS:
        modern = _MODERN.get(name, name)
        component = Component(name, arguments, result, function, template, cost, smt=modern)
        table[name] = [component]
        table[modern] = [component]
    renamed = {
        "add": "+", "sub": "-", "mul": "*", "eq": "=", "lt": "<", "le": "<=", "and": "and",
        "or": "or", "not": "not",
    }  # fmt: skip
    for component in (*INTEGER, *BOOLEAN):
        if component.name in renamed:
            smt = renamed[component.name]
            table.setdefault(smt, []).append(_with_smt(component, smt))
    table["="].append(
        Component("same_text", (STR, STR), BOOL, operator.eq, "_0 == _1", 2, True, smt="=")
    )
    for smaller, larger in (("<", ">"), ("<=", ">=")):
        table.setdefault(larger, []).extend(table[smaller])
    if width is not None:
        for component in bit_components(width):
            table.setdefault(component.name, []).append(component)
        table["bvugt"], table["bvuge"] = table["bvult"], table["bvule"]
    return table


def _with_smt(component: Component, smt: str) -> Component:
    from dataclasses import replace

    return replace(component, smt=smt)


def sygus_task(problem: SygusProblem, *, in_grammar: bool = True) -> Task:
    """The task of a problem: over its grammar's operators and constants, or the full library.

    Raises `ValueError` when the grammar has an operator that is not known.
    """
    options: dict[str, Any] = {}
    if in_grammar:
        widths = [bit_width(kind) for kind in (*problem.types, problem.result)]
        table = smt_components(next((width for width in widths if width), None))
        unknown = [o for o in problem.operators if o not in table and o != "ite"]
        if unknown:
            raise ValueError(f"operators {unknown} of the grammar are not supported")
        chosen: dict[int, Component] = {}
        for name in problem.operators:
            for component in table.get(name, []):
                chosen[id(component)] = component
        options = {
            "only": list(chosen.values()),
            "everyday": False,
            "branches": "ite" in problem.operators,
        }
    return make_task(
        problem.examples, name=problem.name, parameters=problem.parameters, types=problem.types,
        result=problem.result, constants=problem.constants, **options,
    )  # fmt: skip


def write_literal(value: Any, kind: Type) -> str:
    width = bit_width(kind)
    if width:
        return f"#x{value:0{width // 4}x}" if width % 4 == 0 else f"#b{value:0{width}b}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"(- {-value})"
    return '"' + str(value).replace('"', '""') + '"'


def to_smt(term: Term) -> str:
    """A term of SMT components as an SMT-LIB expression; raises `ValueError` for others."""
    head = term.head
    if isinstance(head, Variable):
        return head.name
    if isinstance(head, Literal):
        return write_literal(head.value, head.type)
    name = "ite" if isinstance(head, Branch) else getattr(head, "smt", None)
    if name is None:
        raise ValueError(f"{term!r} has no SMT-LIB form")
    return f"({name} {' '.join(map(to_smt, term.arguments))})"


def define_fun(problem: SygusProblem, body: str) -> str:
    """The ``define-fun`` command of a solution."""
    parameters = " ".join(
        f"({name} {_write_sort(kind)})"
        for name, kind in zip(problem.parameters, problem.types, strict=True)
    )
    return f"(define-fun {problem.name} ({parameters}) {_write_sort(problem.result)} {body})"


def _write_sort(kind: Type) -> str:
    width = bit_width(kind)
    return f"(_ BitVec {width})" if width else {STR: "String", INT: "Int", BOOL: "Bool"}[kind]


def read_term(expression: SExpr, variables: Sequence[Variable]) -> Term:
    """A term from an SMT-LIB expression (another solver's solution), without outputs."""
    scope = {variable.name: variable for variable in variables}
    widths = [bit_width(v.type) for v in variables if bit_width(v.type)]
    width = next(iter(widths), None)
    table = smt_components(width)

    def read(node: SExpr, bound: dict[str, Term]) -> Term:
        if isinstance(node, str) and node in bound:
            return bound[node]
        if isinstance(node, str) and node in scope:
            variable = scope[node]
            return Term(variable, (), variable.type, 1, ())
        value = read_literal(node)
        if value is not None:
            kind = STR if isinstance(value, str) else BOOL if isinstance(value, bool) else INT
            if isinstance(node, str) and node.startswith("#"):
                kind = bits(4 * (len(node) - 2) if node[1] == "x" else len(node) - 2)
            return Term(Literal(value, kind), (), kind, 1, ())
        if not isinstance(node, list):
            raise ValueError(f"symbol {node!r} is not known")
        if node[0] == "let":
            inner = dict(bound)
            for name, definition in node[1]:
                inner[name] = read(definition, bound)
            return read(node[2], inner)
        if node[0] == "ite":
            parts = [read(part, bound) for part in node[1:]]
            return Term(BRANCH, tuple(parts), parts[1].type, 1, ())
        arguments = [read(part, bound) for part in node[1:]]
        if node[0] in (">", ">=", "bvugt", "bvuge"):
            arguments.reverse()
        return _apply(table, node[0], arguments)

    return read(expression, {})


def _apply(table: dict[str, list[Component]], name: str, arguments: list[Term]) -> Term:
    kinds = tuple(argument.type for argument in arguments)
    for component in table.get(name, []):
        if component.arguments == kinds:
            return Term(component, tuple(arguments), component.result, 1, ())
    # n-ary chains of binary operators: (str.++ a b c)
    for component in table.get(name, []):
        if len(arguments) > 2 and component.arity == 2 and component.arguments[0] == kinds[0]:
            left = _apply(table, name, arguments[:2])
            return _apply(table, name, [left, *arguments[2:]])
    raise ValueError(f"operator {name} at {', '.join(map(str, kinds))} is not known")


def nonterminals(grammar: SExpr) -> Iterator[tuple[str, SExpr, list[SExpr]]]:
    """The groups of a grammar: name, sort, productions."""
    for group in grammar:
        if isinstance(group, list) and len(group) == 3 and isinstance(group[2], list):
            yield group[0], group[1], group[2]


def to_sygus2(problem: SygusProblem) -> str:
    """The problem as SyGuS-IF 2 text, with its own grammar, for other solvers."""

    def modern(expression: SExpr) -> SExpr:
        if isinstance(expression, list):
            return [modern(part) for part in expression]
        if re.fullmatch(r"-\d+", expression):
            return ["-", expression[1:]]
        return _MODERN.get(expression, expression)

    groups = list(nonterminals(problem.grammar))
    declared = " ".join(f"({name} {write_sexpr(_modern_sort(sort))})" for name, sort, _ in groups)
    rules = "\n".join(
        f"    ({name} {write_sexpr(_modern_sort(sort))} {write_sexpr(modern(productions))})"
        for name, sort, productions in groups
    )
    parameters = " ".join(
        f"({name} {_write_sort(kind)})"
        for name, kind in zip(problem.parameters, problem.types, strict=True)
    )
    lines = [
        f"(set-logic {problem.logic})",
        f"(synth-fun {problem.name} ({parameters}) {_write_sort(problem.result)}",
        f"  ({declared})",
        f"  ({rules.strip()}))",
    ]
    for arguments, output in problem.examples:
        call = " ".join(map(write_literal, arguments, problem.types))
        lines.append(
            f"(constraint (= ({problem.name} {call}) {write_literal(output, problem.result)}))"
        )
    return "\n".join([*lines, "(check-synth)", ""])


def _modern_sort(sort: SExpr) -> SExpr:
    return ["_", *sort] if isinstance(sort, list) and sort[0] == "BitVec" else sort
