"""A model that knows one thing: to change a program in one place.

It stands where a language model stands in a search: a draft is one of a problem's recorded wrong
programs, a repair one random edit of the program it is shown (the operators of mutation testing
and of GenProg, Le Goues et al. 2012). What such a search finds depends on which program is built
on, so it shows what a value is worth as a guide, for real programs and real verdicts, at no cost.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Mapping, Sequence

from search.keyed_random import stream
from synth.models.chat import Choice, Completion, Request, Usage

Edit = Callable[[random.Random, ast.Module], bool]
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Div)
_WRAPPERS = ("sorted", "abs", "int", "str", "list", "len", "sum", "max", "min", "set")


class EditModel:
    """`seeds` are the wrong programs of each problem, by the statement they are asked with."""

    name, native_n = "edits", True

    def __init__(self, seeds: Mapping[str, Sequence[str]]) -> None:
        self._seeds = seeds

    async def complete(self, request: Request) -> Completion:
        choices = []
        for number in range(request.n):
            draw = stream(request.seed, "edits", number)
            if len(request.messages) == 1:
                source = draw.choice(list(self._seeds[request.messages[0].content]))
            else:
                source = edited(_code(request.messages[1].content), draw)
            choices.append(Choice(f"```python\n{source}\n```"))
        return Completion(tuple(choices), Usage(0, 0, 0, 1), self.name)

    async def close(self) -> None:
        pass


def edited(source: str, draw: random.Random) -> str:
    """`source` with one random edit; as it is where none applies."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    for _ in range(20):
        changed = copy.deepcopy(tree)
        if draw.choice(EDITS)(draw, changed):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != ast.unparse(tree):
                return text
    return source


def _pick(draw: random.Random, tree: ast.AST, *kinds: type[ast.AST]) -> ast.AST | None:
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return draw.choice(found) if found else None


def _compare(draw: random.Random, tree: ast.Module) -> bool:
    node = _pick(draw, tree, ast.Compare)
    if not isinstance(node, ast.Compare):
        return False
    node.ops[draw.randrange(len(node.ops))] = draw.choice(_COMPARISONS)()
    return True


def _operator(draw: random.Random, tree: ast.Module) -> bool:
    node = _pick(draw, tree, ast.BinOp, ast.AugAssign)
    if isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = draw.choice(_OPERATORS)()
        return True
    return False


def _boolean(draw: random.Random, tree: ast.Module) -> bool:
    node = _pick(draw, tree, ast.BoolOp, ast.If, ast.While, ast.IfExp)
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    return node is not None


def _constant(draw: random.Random, tree: ast.Module) -> bool:
    node = _pick(draw, tree, ast.Constant)
    if not isinstance(node, ast.Constant):
        return False
    if isinstance(node.value, bool):
        node.value = not node.value
    elif isinstance(node.value, int | float):
        node.value = draw.choice((node.value + 1, node.value - 1, 0, 1, 2, -1))
    elif isinstance(node.value, str) and len(node.value) < 4:
        node.value = draw.choice(("", " ", node.value + " "))
    else:
        return False
    return True


def _shift(draw: random.Random, tree: ast.Module) -> bool:
    """`e` to `e + 1` or `e - 1`: an argument, an index, a bound."""
    return _replace(draw, tree, lambda e: ast.BinOp(e, draw.choice((ast.Add, ast.Sub))(), _ONE))


def _wrap(draw: random.Random, tree: ast.Module) -> bool:
    name = draw.choice(_WRAPPERS)
    return _replace(draw, tree, lambda e: ast.Call(ast.Name(name, ast.Load()), [e], []))


def _unwrap(draw: random.Random, tree: ast.Module) -> bool:
    return _replace(draw, tree, lambda e: e.args[0] if isinstance(e, ast.Call) and e.args else None)


def _transplant(draw: random.Random, tree: ast.Module) -> bool:
    """An expression of the program in another's place."""
    other = _pick(draw, tree, ast.Name, ast.Call, ast.BinOp, ast.Compare, ast.Subscript)
    if not isinstance(other, ast.expr) or not isinstance(
        getattr(other, "ctx", ast.Load()), ast.Load
    ):
        return False
    return _replace(draw, tree, lambda _: copy.deepcopy(other))


def _statement(draw: random.Random, tree: ast.Module) -> bool:
    """A statement taken out, moved by one, or put one level out."""
    blocks = [
        block
        for node in ast.walk(tree)
        if not isinstance(node, ast.Module)
        for field in ("body", "orelse")
        if isinstance(block := getattr(node, field, None), list) and len(block) > 1
    ]
    if not blocks:
        return False
    block = draw.choice(blocks)
    place = draw.randrange(len(block) - 1)
    if draw.random() < 0.5:
        del block[place]
    else:
        block[place], block[place + 1] = block[place + 1], block[place]
    return True


def _replace(
    draw: random.Random, tree: ast.Module, make: Callable[[ast.expr], ast.expr | None]
) -> bool:
    """A loaded expression, wherever one stands, by what `make` makes of it."""
    slots: list[tuple[ast.AST, str, int | None, ast.expr]] = []
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if field in ("func", "returns", "annotation", "targets", "target", "decorator_list"):
                continue
            values = value if isinstance(value, list) else [value]
            for number, item in enumerate(values):
                if isinstance(item, ast.expr) and isinstance(
                    getattr(item, "ctx", ast.Load()), ast.Load
                ):
                    slots.append((node, field, number if isinstance(value, list) else None, item))
    if not slots:
        return False
    node, field, number, item = draw.choice(slots)
    made = make(item)
    if made is None:
        return False
    if number is None:
        setattr(node, field, made)
    else:
        getattr(node, field)[number] = made
    return True


_ONE = ast.Constant(1)
EDITS: tuple[Edit, ...] = (
    _compare, _operator, _boolean, _constant, _constant, _shift, _wrap, _unwrap, _transplant,
    _transplant, _statement,
)  # fmt: skip


def _code(message: str) -> str:
    lines = message.splitlines()
    return "\n".join(lines[1:-1]) if lines and lines[0].startswith("```") else message
