"""The mutants that say nothing about the tests, because they change nothing or cannot run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

# The other side is always None or a bool, where equality and identity are the same.
SAME = ("core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq")
ENDLESS = ("_Pow", "_LShift")
BINARY = "core/ReplaceBinaryOperator"


class Place(NamedTuple):
    """A position in a file. row: from 1; column: from 0."""

    row: int
    column: int


class Span(NamedTuple):
    """The part of a file from one place to another."""

    start: Place
    end: Place


def is_left_out(operator: str, source: str, place: Place) -> bool:
    """Return whether a mutant at a place of a module cannot be noticed, or not be missed.

    - `is` and `is not` become `==` and `!=`.
    - `a - b` of timestamps becomes `a ** b` or `a << b`, which computes until the memory is full.
    - Annotations: `from __future__ import annotations` keeps them from being evaluated.
    - The size of a cache, and whether there is one, change only the speed.
    - `frozen=True`: mypy refuses assignments to a frozen record.
    - cosmic-ray takes the stars of `{**a, *b}` for operators, and such mutants are no Python.
    """
    if operator in SAME or operator.endswith(ENDLESS):
        return True
    tree = _parsed(source)
    if any(span.start <= place < span.end for span in _silent(tree)):
        return True
    return operator.startswith(BINARY) and not any(
        span.start <= place < span.end for span in _operators(tree)
    )


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _silent(tree: ast.Module) -> Iterator[Span]:
    """Yield the annotations, the decorators that make caches, and ``True`` of ``frozen=True``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if node.returns:
                yield _span(node.returns)
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "lru_cache":
                    start, end = _span(decorator)
                    yield Span(start._replace(column=start.column - 1), end)
        if isinstance(node, ast.keyword) and node.arg == "frozen":
            yield _span(node.value)
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield _span(node.annotation)


def _operators(tree: ast.Module) -> Iterator[Span]:
    """Yield the space between the two sides of each binary operator."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            yield Span(_span(node.left).end, _span(node.right).start)


def _span(node: ast.expr) -> Span:
    end = Place(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return Span(Place(node.lineno, node.col_offset), end)
