"""No regular expression can take much longer than its text is long.

A repeat inside a repeat, or two repeats in a row that can match the same characters, have many ways
to divide a text between them: a search that fails tries all of them. A possessive repeat (``*+``)
has one.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from re import _constants as sre
from re import _parser as parser
from typing import Any

import pytest

import contract_tests
import mock_server

ROOT = Path(__file__).parents[2]
Item = tuple[Any, Any]
CHARACTERS = [chr(code) for code in range(256)]
LONG = 256  # repetitions from which a bounded repeat counts as unbounded


def patterns() -> dict[str, "re.Pattern[Any]"]:
    """Return every compiled pattern of the modules of both packages, by its name."""
    found = {}
    for package in (mock_server, contract_tests):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".checks." in module.name or module.name.endswith("__main__"):
                continue  # test files, and programs
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    found[f"{module.name}.{name}"] = value
    return found


def in_calls() -> dict[str, tuple[str, int]]:
    """Return every pattern that is written in a call such as ``re.sub("…", …)``, and its flags."""
    written = {}
    for folder in ("mock_server", "contract_tests", "examples", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                text = pattern_of(node)
                if text is not None:
                    assert isinstance(node, ast.Call)
                    name = f"{file.relative_to(ROOT)}:{node.lineno}:{node.col_offset}"
                    written[name] = text, flags_of(node)
    return written


def pattern_of(node: ast.AST) -> str | None:
    """Return the pattern in a call of a function of ``re``; None for another node."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re":
        return None
    value = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) and node.func.attr != "escape" else None


def flags_of(call: ast.Call) -> int:
    """Return the flags in a call."""
    names = {each.attr for each in ast.walk(call) if isinstance(each, ast.Attribute)}
    return sum(int(re.RegexFlag[name]) for name in names & set(re.RegexFlag.__members__))


def children(item: Item) -> Iterator[Sequence[Item]]:
    """Yield the sequences inside an item."""
    operator, argument = item
    if operator is sre.SUBPATTERN:
        yield argument[3]
    elif operator is sre.BRANCH:
        yield from argument[1]
    elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        yield argument[2]
    elif operator in (sre.ASSERT, sre.ASSERT_NOT):
        yield argument[1]
    elif operator is sre.ATOMIC_GROUP:
        yield argument


def is_long(item: Item) -> bool:
    """Return whether an item is a repeat without a small bound that can give back characters."""
    return item[0] in (sre.MAX_REPEAT, sre.MIN_REPEAT) and item[1][1] >= LONG


def contains_long(sequence: Sequence[Item]) -> bool:
    return any(is_long(item) or any(map(contains_long, children(item))) for item in sequence)


def characters(sequence: Sequence[Item]) -> set[str]:
    """Return the characters of Latin-1 that occur in the matches of a sequence."""
    found: set[str] = set()
    for item in sequence:
        operator, _ = item
        if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY, sre.CATEGORY):
            tested = parser.SubPattern(parser.State(), [item])
            compiled = compiled_item(tested)
            found |= {each for each in CHARACTERS if compiled.fullmatch(each)}
        else:
            for inner in children(item):
                found |= characters(inner)
    return found


def compiled_item(sequence: Any) -> "re.Pattern[str]":
    from re import _compiler  # type: ignore[attr-defined]  # compiles a parsed pattern

    compiled: re.Pattern[str] = _compiler.compile(sequence, re.DOTALL)
    return compiled


def can_be_empty(item: Item) -> bool:
    operator, argument = item
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return bool(argument[0] == 0)
    if operator is sre.SUBPATTERN:
        return all(map(can_be_empty, argument[3]))
    if operator is sre.BRANCH:
        return any(all(map(can_be_empty, branch)) for branch in argument[1])
    return operator in (sre.AT, sre.ASSERT, sre.ASSERT_NOT)


def flat(sequence: Sequence[Item]) -> Iterator[Item]:
    """Yield the items of a sequence, with those of its groups in their place."""
    for item in sequence:
        if item[0] is sre.SUBPATTERN:
            yield from flat(item[1][3])
        else:
            yield item


def dangers(sequence: Sequence[Item]) -> Iterator[str]:
    """Yield what can make a search slow."""
    items = list(flat(sequence))
    for index, item in enumerate(items):
        if is_long(item) and contains_long(item[1][2]):
            yield "a repeat inside a repeat"
        for inner in children(item):
            yield from dangers(inner)
        if not is_long(item):
            continue
        own = characters(item[1][2])
        for following in items[index + 1 :]:
            if is_long(following) and own & characters(following[1][2]):
                yield "two repeats in a row that can match the same characters"
            if not can_be_empty(following):
                break


@pytest.mark.parametrize("name", sorted(patterns()))
def test_a_pattern_takes_linear_time(name: str) -> None:
    pattern = patterns()[name]
    source = pattern.pattern
    text = source if isinstance(source, str) else source.decode("latin-1")
    assert list(dangers(parser.parse(text, pattern.flags & ~re.UNICODE))) == []


IN_CALLS = in_calls()


@pytest.mark.parametrize("name", IN_CALLS)
def test_a_pattern_in_a_call_takes_linear_time(name: str) -> None:
    assert list(dangers(parser.parse(*IN_CALLS[name]))) == []


SLOW = (r"(a+)+b", r"\s*\s*x", r"a*(?:x)?a*b", r"[^;]*\s*;", r"(?:a|b+)*c")
LINEAR = (r"a+b", r"(?:[^\"\\]|\\.)*", r"\s*+\S+", r"[a-z]+[0-9]+", r"a*b*c")


@pytest.mark.parametrize("text", SLOW)
def test_a_slow_pattern_is_found(text: str) -> None:
    assert list(dangers(parser.parse(text)))


@pytest.mark.parametrize("text", LINEAR)
def test_a_linear_pattern_is_accepted(text: str) -> None:
    assert list(dangers(parser.parse(text))) == []
