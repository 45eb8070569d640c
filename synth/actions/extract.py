"""From a model's answer to a program: fences, chatter, several blocks, half answers, bare bodies.

Every reading is tried in order of how well it usually goes; the first that parses and defines
what was asked for wins. Nothing of the answer is run.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from synth.node import Draft
from synth.problem import Problem
from synth.program import Program
from verifiers.import_repair import repair_imports
from verifiers.static_checks import static_failure

_FENCE = re.compile(
    r"^[ \t>]*(?P<mark>```+|~~~+)[ \t]*(?P<tag>[\w+#.-]*)[^\n]*\n(?P<code>.*?)"
    r"(?:^[ \t>]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_OTHER_TAGS = {"text", "txt", "output", "console", "bash", "sh", "shell", "json", "markdown", "md"}
_TEST_CALLS = {"print", "testmod", "main", "exit", "quit"}


def extract(text: str, problem: Problem, *, cut: bool = False) -> Draft:
    """The program in `text`, or a Draft that says why there is none.

    `cut` tells that the answer was ended by a length limit: its tail may then be dropped.
    """
    if not text.strip():
        return Draft(text, None, "the answer is empty")
    if problem.language != "python":
        return _other_language(text, problem)
    for source in _readings(text, problem):
        tree = _parse(source)
        if tree is None:
            continue
        finished = _finish(source, tree, problem)
        if finished is not None:
            return Draft(text, Program(finished, problem.entry_point, problem.language))
    return Draft(text, None, _why_not(text, problem, cut=cut))


def _blocks(text: str) -> list[tuple[str, str]]:
    return [
        (match["tag"].lower(), textwrap.dedent(match["code"])) for match in _FENCE.finditer(text)
    ]


def _other_language(text: str, problem: Problem) -> Draft:
    blocks = [code for tag, code in _blocks(text) if tag not in _OTHER_TAGS]
    source = max(blocks, key=len) if blocks else text
    if problem.starter.strip() and problem.starter.strip() not in source:
        source = f"{problem.starter.rstrip()}\n\n{source}"
    return Draft(text, Program(source.strip() + "\n", problem.entry_point, problem.language))


def _readings(text: str, problem: Problem) -> Iterator[str]:
    """Sources to try, likeliest first."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    filled = [line for line in text.splitlines() if line.strip()]
    if filled and all(line.lstrip().startswith(">") for line in filled) and ">>>" not in text:
        text = re.sub(r"^[ ]*> ?", "", text, flags=re.MULTILINE)
    blocks = [code for tag, code in _blocks(text) if tag not in _OTHER_TAGS]
    bare = _FENCE.sub("", text) if blocks else text
    # The last block that stands alone: a repair often quotes the faulty code first.
    for block in reversed(blocks):
        if len(blocks) > 1 and _leans_on_others(block, blocks):
            yield "\n\n".join(blocks)
        yield block
    if len(blocks) > 1:
        yield "\n\n".join(blocks)
    if not blocks:
        yield text
    for block in reversed(blocks):
        yield from _mended(block)
        yield from _continued(block, problem)
    if not blocks:
        yield from _continued(text, problem)
    yield from _mended(bare if not blocks else text)


def _leans_on_others(block: str, blocks: list[str]) -> bool:
    """Whether `block` defines functions that use names only other blocks define."""
    tree = _parse(block)
    if tree is None or not any(isinstance(node, ast.FunctionDef) for node in tree.body):
        return False
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    own = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    own |= {arg.arg for arg in ast.walk(tree) if isinstance(arg, ast.arg)}
    own |= {name for node in tree.body for name in _bound(node)}
    others: set[str] = set()
    for other in blocks:
        parsed = _parse(other) if other != block else None
        others |= {name for node in parsed.body for name in _bound(node)} if parsed else set()
    return bool((used - own) & others)


def _mended(source: str) -> Iterator[str]:
    """Without doctest prompts, a language tag, chatter before the first line of code or after the
    last."""
    lines = source.splitlines()
    if any(line.startswith(">>> ") for line in lines):
        yield "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))
    if lines and lines[0].strip().lower() in ("python", "python3", "py"):
        lines = lines[1:]
        yield "\n".join(lines)
    starts = [
        number
        for number, line in enumerate(lines)
        if re.match(r"(def |class |import |from \w|async def |@\w|[A-Za-z_]\w* *=)", line)
    ]
    for start in starts[:3]:
        longest = _longest_prefix(lines[start:])
        if longest:
            yield longest


def _continued(text: str, problem: Problem) -> Iterator[str]:
    """A bare body, as completion models give it: behind the signature, up to where it ends."""
    if not problem.signature or not problem.entry_point:
        return
    if re.search(rf"^\s*(async )?def {problem.entry_point}\b", text, re.MULTILINE):
        return
    lines = text.strip("\n").splitlines()
    if not lines:
        return
    first = next((line for line in lines if line.strip()), "")
    indented = first.startswith((" ", "\t"))
    if indented:
        body: list[str] = []
        for line in lines:
            if line.strip() and not line.startswith((" ", "\t")):
                break
            body.append(line)
        text_body = textwrap.indent(textwrap.dedent("\n".join(body)), "    ")
    elif not re.search(r"^\s*(return|yield)\b", text, re.MULTILINE):
        return
    else:
        # A first line whose indentation the server stripped, or a body without any.
        rest = [line for line in lines[1:] if line.strip()]
        if rest and all(line.startswith("    ") for line in rest[:1]) and not first.endswith(":"):
            lines = [f"    {lines[0]}", *lines[1:]]
        else:
            lines = [f"    {line}" if line.strip() else line for line in lines]
        text_body = "\n".join(lines)
    head = problem.signature.rstrip()
    head = head if head.endswith(":") else f"{head}:"
    longest = _longest_prefix([*head.splitlines(), *text_body.splitlines()])
    if longest:
        yield longest


def _longest_prefix(lines: list[str]) -> str | None:
    """The most leading lines that parse, found from the errors' own positions first."""
    end = len(lines)
    for _ in range(40):
        source = "\n".join(lines[:end])
        try:
            ast.parse(source)
        except SyntaxError as error:
            bad = error.lineno or end
            # An error on a line means that line cannot stand; one at the end means cut short.
            end = min(end - 1, bad - 1) if bad <= end else end - 1
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return source if source.strip() else None
        if end <= 0:
            return None
    return None


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _finish(source: str, tree: ast.Module, problem: Problem) -> str | None:
    """The whole program: tests cut off, entry point made reachable, starter before it.

    None when the source does not define what was asked for.
    """
    if not tree.body:
        return None
    name = problem.entry_point
    if name is None:
        if all(isinstance(node, ast.Expr) and _is_prose(node) for node in tree.body):
            return None
        return _repaired(_with_starter(source, tree, problem), problem)
    definition = _definition(tree, name)
    if definition is None:
        source, tree = _adapted(source, tree, name)
        definition = _definition(tree, name)
    if definition is None or _is_hollow(definition):
        return None
    return _repaired(_with_starter(_without_tests(source, tree, name), tree, problem), problem)


def _repaired(source: str, problem: Problem) -> str:
    """With the well-known imports it forgot, where the problem allows them: a slip that costs a
    whole repair otherwise (FRANC, Siddiq et al. 2024)."""
    repaired = repair_imports(source)
    if repaired != source and static_failure(Program(repaired), problem.limits) is not None:
        return source
    return repaired


def _is_prose(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Name | ast.Constant | ast.Tuple | ast.BinOp | ast.Compare)


def _definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """The last top-level binding of `name`."""
    found: ast.stmt | None = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                found = node
        elif isinstance(node, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
                found = node
        elif isinstance(node, ast.Import | ast.ImportFrom) and any(
            (alias.asname or alias.name) == name for alias in node.names
        ):
            found = node
    return found


def _is_hollow(node: ast.stmt) -> bool:
    """Whether a function has no body but a docstring, `pass` or `...`: a stub given back."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in node.body
    )


def _adapted(source: str, tree: ast.Module, name: str) -> tuple[str, ast.Module]:
    """Makes `name` reachable when it is a method of the only class, or has another name as the
    only function."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    line = ""
    for owner in classes:
        for method in owner.body:
            if isinstance(method, ast.FunctionDef) and method.name == name:
                static = any(
                    isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
                    for decorator in method.decorator_list
                )
                line = f"{name} = {owner.name}{'' if static else '()'}.{name}"
    if not line and len(functions) == 1:
        line = f"{name} = {functions[0].name}"
    if not line:
        return source, tree
    source = f"{source.rstrip()}\n\n\n{line}\n"
    return source, ast.parse(source)


def _without_tests(source: str, tree: ast.Module, name: str) -> str:
    """Drops what an answer runs to show off: top-level asserts, prints, calls of the function,
    and the main guard. They cost time and can fail a right function."""
    lines = source.splitlines()
    for node in reversed(tree.body):
        if _is_test(node, name):
            del lines[node.lineno - 1 : node.end_lineno]
    kept = "\n".join(lines)
    parsed = _parse(kept)
    return kept if parsed is not None and _definition(parsed, name) is not None else source


def _is_test(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.If):
        return "__name__" in ast.dump(node.test)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        called = function.attr if isinstance(function, ast.Attribute) else ""
        called = function.id if isinstance(function, ast.Name) else called
        return called in _TEST_CALLS or called == name
    return False


def _with_starter(source: str, tree: ast.Module, problem: Problem) -> str:
    """Puts what the answer left out of the starter before it."""
    starter = _parse(problem.starter)
    source = source.strip("\n") + "\n"
    if starter is None or not starter.body:
        return source
    defined = {name for node in tree.body for name in _bound(node)}
    missing: list[str] = []
    for node in starter.body:
        names = set(_bound(node))
        if names and names <= defined:
            continue
        segment = ast.get_source_segment(problem.starter, node)
        if segment and segment not in source:
            decorators = getattr(node, "decorator_list", [])
            if decorators:
                first = min(decorator.lineno for decorator in decorators)
                rows = problem.starter.splitlines()[first - 1 : node.end_lineno]
                segment = "\n".join(rows)
            missing.append(segment)
    future = [line for line in missing if line.startswith("from __future__")]
    missing = future + [line for line in missing if line not in future]
    if not missing:
        return source
    head = "\n".join(missing)
    own_future = [line for line in source.splitlines() if line.startswith("from __future__")]
    if own_future:
        source = "\n".join(line for line in source.splitlines() if line not in own_future) + "\n"
        head = "\n".join([*own_future, head])
    return f"{head}\n\n\n{source}"


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names a top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (item.id for item in ast.walk(target) if isinstance(item, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _why_not(text: str, problem: Problem, *, cut: bool) -> str:
    if cut:
        return "the answer was cut off before it was complete"
    for _, code in reversed(_blocks(text)):
        try:
            ast.parse(code)
        except SyntaxError as error:
            return f"the code does not parse: line {error.lineno}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            return f"the code does not parse: {type(error).__name__}"
    if problem.entry_point and problem.entry_point not in text:
        return f"the answer does not define {problem.entry_point}"
    return "no Python code in the answer"
