"""Loaders of the shared benchmark data, and problems of our own where there is none."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Pairs = list[tuple[tuple[Any, ...], Any]]


def data_folder() -> Path:
    """The folder of the shared data: ``SYNTH_DATA``, else beside the repository."""
    held = os.environ.get("SYNTH_DATA")
    return Path(held) if held else Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def rows(name: str) -> Iterator[dict[str, Any]]:
    with open(data_folder() / "inductive" / name, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def list_functions() -> Iterator[tuple[str, Pairs]]:
    for row in rows("list_functions.jsonl"):
        yield row["id"], [((example["i"],), example["o"]) for example in row["examples"]]


def dreamcoder_lists() -> Iterator[tuple[str, Pairs]]:
    for row in rows("dreamcoder_list.jsonl"):
        yield row["name"], [((example["i"],), example["o"]) for example in row["examples"]]


def string_problems(name: str) -> Iterator[tuple[str, Pairs, Pairs]]:
    """Name, shown and held-out examples of the CrossBeam JSON files."""
    for row in rows(name):
        shown, held = (
            [(tuple(example["inputs"]), example["output"]) for example in row[key]]
            for key in ("trainExamples", "testExamples")
        )
        yield row["name"], shown, held


def _deepcoder_value(text: str) -> Any:
    text = text.strip()
    if text.startswith("["):
        return [int(item) for item in text[1:-1].split()]
    return int(text)


def deepcoder(name: str) -> Iterator[tuple[str, Pairs, Callable[..., Any]]]:
    """Name, examples and the reference program, whose outputs on fresh inputs are held out."""
    for row in rows(name):
        pairs: Pairs = []
        for given, output in zip(row["inputs"], row["outputs"], strict=True):
            values = [part.split("=", 1)[1] for part in given.split("|")]
            pairs.append((tuple(map(_deepcoder_value, values)), _deepcoder_value(output)))
        yield f"{row['index']}", pairs, _deepcoder_program(row["program"])


_INT_FUNCTIONS: dict[str, Callable[[int], int]] = {
    "(+1)": lambda x: x + 1, "(-1)": lambda x: x - 1, "(*2)": lambda x: 2 * x,
    "(/2)": lambda x: x // 2, "(*(-1))": lambda x: -x, "(**2)": lambda x: x * x,
    "(*3)": lambda x: 3 * x, "(/3)": lambda x: x // 3, "(*4)": lambda x: 4 * x,
    "(/4)": lambda x: x // 4,
}  # fmt: skip
_TESTS: dict[str, Callable[[int], bool]] = {
    "(>0)": lambda x: x > 0, "(<0)": lambda x: x < 0, "(%2==0)": lambda x: x % 2 == 0,
    "(%2==1)": lambda x: x % 2 == 1,
}  # fmt: skip
_PAIR_FUNCTIONS: dict[str, Callable[[int, int], int]] = {
    "(+)": lambda x, y: x + y, "(-)": lambda x, y: x - y, "(*)": lambda x, y: x * y,
    "(min)": min, "(max)": max,
}  # fmt: skip


def _deepcoder_program(text: str) -> Callable[..., Any]:
    """An interpreter of the DSL of Balog et al. 2017, appendix F."""

    def run(*arguments: Any) -> Any:
        space: dict[str, Any] = {}
        given = iter(arguments)
        result: Any = None
        for line in text.split(" | "):
            name, body = line.split(" = ", 1)
            result = space[name] = next(given) if body == "INPUT" else _operation(body, space)
        return result

    return run


def _operation(body: str, space: dict[str, Any]) -> Any:
    from itertools import accumulate

    operation, *names = body.split(" ")
    if names[0].startswith("("):
        function, *names = names
    values = [space[name] for name in names]
    match operation:
        case "Map":
            return [_INT_FUNCTIONS[function](x) for x in values[0]]
        case "Filter":
            return [x for x in values[0] if _TESTS[function](x)]
        case "Count":
            return sum(_TESTS[function](x) for x in values[0])
        case "ZipWith":
            return [_PAIR_FUNCTIONS[function](x, y) for x, y in zip(*values, strict=False)]
        case "Scanl1":
            return list(accumulate(values[0], _PAIR_FUNCTIONS[function]))
        case "Sort":
            return sorted(values[0])
        case "Reverse":
            return values[0][::-1]
        case "Take":
            return values[1][: max(0, values[0])]
        case "Drop":
            return values[1][max(0, values[0]) :]
        case "Head":
            return values[0][0]
        case "Last":
            return values[0][-1]
        case "Access":
            return values[1][values[0]]
        case "Sum":
            return sum(values[0])
        case "Maximum":
            return max(values[0])
        case "Minimum":
            return min(values[0])
    raise ValueError(f"unknown operation {operation}")


def robustfill(name: str) -> Iterator[tuple[str, Pairs]]:
    for row in rows(name):
        yield (
            f"{row['index']}",
            [((i,), o) for i, o in zip(row["inputs"], row["outputs"], strict=True)],
        )


# Bit vectors ---------------------------------------------------------------------------------

_WORD = (1 << 64) - 1

# Tricks of Warren, Hacker's Delight, chapter 2, and the like, as plain facts.
KNOWN_BITS: dict[str, Callable[[int], int]] = {
    "clear lowest one": lambda x: x & (x - 1) & _WORD,
    "isolate lowest one": lambda x: x & -x & _WORD,
    "smear lowest one right": lambda x: (x | (x - 1)) & _WORD,
    "mask of trailing zeros": lambda x: ~x & (x - 1) & _WORD,
    "isolate lowest zero": lambda x: ~x & (x + 1) & _WORD,
    "set lowest zero": lambda x: (x | (x + 1)) & _WORD,
    "xor with successor": lambda x: (x ^ (x + 1)) & _WORD,
    "negate": lambda x: -x & _WORD,
    "times three": lambda x: 3 * x & _WORD,
    "times five": lambda x: 5 * x & _WORD,
    "halve and complement": lambda x: ~(x >> 1) & _WORD,
    "gray code": lambda x: x ^ (x >> 1),
    "is even as a word": lambda x: (x & 1) ^ 1,
    "swap halves of low 32": lambda x: ((x << 16) ^ (x >> 16)) & _WORD,
    "low nibble": lambda x: x & 15,
    "odd: clear, even: double": lambda x: (x & (x - 1)) if x & 1 else (2 * x) & _WORD,
    "small: complement, large: halve": lambda x: ~x & _WORD if x < 16 else x >> 1,
    "zero stays, else decrement": lambda x: x - 1 if x else 0,
}


def bit_problems(random_count: int = 32, seed: int = 7) -> Iterator[tuple[str, Pairs, Pairs]]:
    """Name, 12 shown and 100 held-out examples of 64-bit functions of one word.

    The shared data hold no bit-vector track, so these are our own: the known tricks above and
    random programs of 3 to 7 operators over the grammar of `bit_grammar`, a third conditional.
    """
    generator = random.Random(seed)
    functions = dict(KNOWN_BITS)
    while len(functions) < len(KNOWN_BITS) + random_count:
        number = len(functions) - len(KNOWN_BITS)
        function = _random_bits(generator, 3 + number % 5, conditional=number % 3 == 2)
        outputs = {function(x) for x in _words(generator, 30)}
        if len(outputs) > 15:
            functions[f"random {number}"] = function
    for name, function in functions.items():
        inputs = _words(generator, 112)
        pairs: Pairs = [((x,), function(x)) for x in inputs]
        yield name, pairs[:12], pairs[12:]


def _words(generator: random.Random, count: int) -> list[int]:
    """Words of all magnitudes: as in the competition's files, most are dense."""
    found: dict[int, None] = {}
    while len(found) < count:
        width = generator.choice([4, 8, 16, 32, 64, 64, 64])
        found[generator.getrandbits(width)] = None
    return list(found)


def _random_bits(
    generator: random.Random, operators: int, *, conditional: bool
) -> Callable[[int], int]:
    if conditional:
        test = _random_bits(generator, 1, conditional=False)
        then = _random_bits(generator, operators // 2, conditional=False)
        other = _random_bits(generator, operators - operators // 2, conditional=False)
        return lambda x: then(x) if test(x) & 1 else other(x)

    def expression(size: int) -> Callable[[int], int]:
        if size == 0:
            return generator.choice([lambda x: x, lambda x: x, lambda x: 1])
        kind = generator.choice(["not", "shl", "shr1", "shr4", "shr16", "and", "or", "xor", "add"])
        if kind in ("not", "shl", "shr1", "shr4", "shr16"):
            inner = expression(size - 1)
            return {
                "not": lambda x: inner(x) ^ _WORD,
                "shl": lambda x: (inner(x) << 1) & _WORD,
                "shr1": lambda x: inner(x) >> 1,
                "shr4": lambda x: inner(x) >> 4,
                "shr16": lambda x: inner(x) >> 16,
            }[kind]
        split = generator.randint(0, size - 1)
        left, right = expression(split), expression(size - 1 - split)
        return {
            "and": lambda x: left(x) & right(x),
            "or": lambda x: left(x) | right(x),
            "xor": lambda x: left(x) ^ right(x),
            "add": lambda x: (left(x) + right(x)) & _WORD,
        }[kind]

    return expression(operators)


def bit_problem_text(pairs: Pairs) -> str:
    """A SyGuS file of a bit-vector problem: the operators of the competition's PBE_BV track."""

    def word(value: int) -> str:
        return f"#x{value:016x}"

    shifts = " ".join(f"(bv{d} Start {word(n)})" for d, n in
                      [("shl", 1), ("lshr", 1), ("lshr", 4), ("lshr", 16)])  # fmt: skip
    constraints = "\n".join(
        f"(constraint (= (f {word(given[0])}) {word(output)}))" for given, output in pairs
    )
    return f"""(set-logic BV)
(synth-fun f ((x (_ BitVec 64))) (_ BitVec 64)
  ((Start (_ BitVec 64) (x {word(0)} {word(1)} (bvnot Start) {shifts}
    (bvand Start Start) (bvor Start Start) (bvxor Start Start) (bvadd Start Start)
    (ite StartBool Start Start)))
   (StartBool Bool ((= Start {word(1)})))))
{constraints}
(check-synth)
"""


STRING_OPERATORS = """(
 (Start String (ntString))
 (ntString String ({strings}
   (str.++ ntString ntString) (str.replace ntString ntString ntString) (str.at ntString ntInt)
   (int.to.str ntInt) (ite ntBool ntString ntString) (str.substr ntString ntInt ntInt)))
 (ntInt Int (1 0 -1
   (+ ntInt ntInt) (- ntInt ntInt) (str.len ntString) (str.to.int ntString)
   (ite ntBool ntInt ntInt) (str.indexof ntString ntString ntInt)))
 (ntBool Bool (true false (= ntInt ntInt) (str.prefixof ntString ntString)
   (str.suffixof ntString ntString) (str.contains ntString ntString))))"""


def string_problem_text(pairs: Pairs, constants: list[str]) -> str:
    """A SyGuS file of a string problem: the usual grammar with the given constants."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    arity = len(pairs[0][0])
    names = [f"_arg_{place}" for place in range(arity)]
    strings = " ".join([*names, *map(quoted, constants)])
    signature = " ".join(f"({name} String)" for name in names)
    constraints = "\n".join(
        f"(constraint (= (f {' '.join(map(quoted, given))}) {quoted(output)}))"
        for given, output in pairs
    )
    grammar = STRING_OPERATORS.format(strings=strings)
    head = f"(set-logic SLIA)\n(synth-fun f ({signature}) String {grammar})"
    return f"{head}\n{constraints}\n(check-synth)\n"


def psb1() -> Iterator[tuple[str, Pairs]]:
    """PSB1 problems (Helmuth and Spector 2015): edge cases first, then random ones if there are.

    Problems with several outputs or printed numbers stay as the data give them.
    """
    for row in rows("psb1.jsonl"):
        pairs: Pairs = []
        for case in [*row["edge"], *(row.get("random") or [])]:
            inputs = tuple(case[key] for key in sorted(case) if key.startswith("input"))
            outputs = [case[key] for key in sorted(case) if key.startswith("output")]
            pairs.append((inputs, outputs[0] if len(outputs) == 1 else tuple(outputs)))
        yield row["name"], pairs
