"""How unlike two programs are: by what they do, by their tokens, by their syntax trees, or mixed.

Behaviour is what dedup and selection should use. Tokens and trees say nothing reliable about
behaviour; they choose among programs that behave alike, and keep prompt exemplars apart.
"""

from __future__ import annotations

import ast
import hashlib
import io
import keyword
import tokenize
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from search.behaviour import checked_outputs

Array = NDArray[Any]

_BLOCK = 2048  # features a matrix product: bounds memory, and BLAS is at full speed from 1,000


def behaviour_distances(outputs: ArrayLike) -> Array:
    """On how many probes two programs differ: (n, n) from hashes (n, probes).

    uint8 for up to 255 probes, else uint16: small numbers make k-medoids faster.
    """
    from search.distance_kernels import count_mismatches

    matrix = checked_outputs(outputs)
    n, probes = matrix.shape
    if probes > np.iinfo(np.uint16).max:
        raise ValueError(f"there are {probes} probes; use at most 65535")
    distances = np.empty((n, n), np.uint8 if probes <= 255 else np.uint16)
    count_mismatches(matrix, distances)
    return distances


def token_distances(sources: Sequence[str]) -> NDArray[np.float32]:
    """Levenshtein distance of token sequences over the longer one's length, in [0, 1], (n, n).

    Layout and comments do not count. Text that is no Python is split at whitespace.
    """
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    _at_least_one(sources)
    letters: dict[str, str] = {}
    words = [
        "".join(letters.setdefault(token, _letter(len(letters))) for token in tokens(source))
        for source in sources
    ]
    found = cdist(words, words, scorer=Levenshtein.normalized_distance, dtype=np.float32)
    return np.asarray(found, dtype=np.float32)


def tokens(source: str) -> list[str]:
    """The tokens that mean something: no comments, line ends or indentation widths."""
    kept = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                continue
            kept.append("\x00" if token.type == tokenize.INDENT else token.string)
    except (tokenize.TokenError, SyntaxError):
        return source.split()
    return kept


def _letter(number: int) -> str:
    """The number as one character, so that rapidfuzz compares strings; surrogates left out."""
    return chr(number + 1 if number + 1 < 0xD800 else number + 1 + 0x800)


def structure_distances(sources: Sequence[str]) -> NDArray[np.float32]:
    """Cosine distance of the bags of AST subtrees, in [0, 1], (n, n).

    A subtree is known by the hash of its node type and children; names bound by the program and
    constants' values do not count, names of attributes and builtins do. Two texts that do not parse
    are at distance 0 if they are equal and else at 1.
    """
    _at_least_one(sources)
    bags = [subtree_counts(source) for source in sources]
    shared = Counter(feature for bag in bags for feature in bag)
    # A subtree of one program only adds to its length: no product needs it.
    column = {f: i for i, f in enumerate(f for f, count in shared.items() if count > 1)}
    norms = np.array([sum(c * c for c in bag.values()) ** 0.5 for bag in bags])
    n = len(sources)
    products = np.zeros((n, n), np.float32)
    for start in range(0, len(column), _BLOCK):
        block = np.zeros((n, min(_BLOCK, len(column) - start)), np.float32)
        for row, bag in enumerate(bags):
            for feature, count in bag.items():
                place = column.get(feature, -1) - start
                if 0 <= place < block.shape[1]:
                    block[row, place] = count
        products += block @ block.T
    cosines = products / np.outer(norms, norms)
    distances = np.clip(1.0 - (cosines + cosines.T) / 2, 0.0, 1.0)
    np.fill_diagonal(distances, 0.0)
    return distances.astype(np.float32)


def subtree_counts(source: str) -> Counter[int]:
    """How often each subtree occurs in a program, by its 64-bit hash."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Counter({_hash("unparsed", source): 1})
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    counts: Counter[int] = Counter()
    try:
        _count_subtrees(tree, bound, counts)
    except RecursionError:
        return Counter({_hash("deep", source): 1})
    return counts


def _count_subtrees(node: ast.AST, bound: set[str], counts: Counter[int]) -> int:
    parts: list[object] = [type(node).__name__]
    if isinstance(node, ast.Name):
        parts.append("" if node.id in bound else node.id)
    elif isinstance(node, ast.Attribute):
        parts.append(node.attr)
    elif isinstance(node, ast.Constant):
        parts.append(type(node.value).__name__)
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr_context):
            parts.append(_count_subtrees(child, bound, counts))
    found = _hash(*parts)
    counts[found] += 1
    return found


def _hash(*parts: object) -> int:
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def mixed_distances(
    parts: Sequence[ArrayLike], weights: Sequence[float], *, scales: Sequence[float] | None = None
) -> NDArray[np.float32]:
    """The weighted mean of several distance matrices of the same programs, float32 (n, n).

    Each part is divided by its scale first (its largest entry if no scales are given), so that a
    count of probes and a share of tokens can be mixed.
    """
    matrices = [np.asarray(part, dtype=np.float32) for part in parts]
    if not matrices or len(weights) != len(matrices):
        raise ValueError(f"there are {len(matrices)} parts and {len(weights)} weights; match them")
    if min(weights) < 0 or sum(weights) <= 0:
        raise ValueError(f"weights are {list(weights)}; want at least 0, and one above it")
    if len({m.shape for m in matrices}) > 1:
        raise ValueError(f"parts have shapes {[m.shape for m in matrices]}; want the same programs")
    if scales is None:
        scales = [float(m.max(initial=0.0)) or 1.0 for m in matrices]
    total = np.zeros_like(matrices[0])
    for matrix, weight, scale in zip(matrices, weights, scales, strict=True):
        total += np.float32(weight / sum(weights) / scale) * matrix
    return total


def complexity(source: str) -> int:
    """How much there is to read: syntax nodes, or tokens where the text does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 10 * len(tokens(source)) + len(keyword.kwlist)
    return sum(1 for node in ast.walk(tree) if not isinstance(node, ast.expr_context))


def _at_least_one(sources: Sequence[str]) -> None:
    if isinstance(sources, str) or not sources:
        raise ValueError("sources is empty or a single text; give a list of at least one program")
