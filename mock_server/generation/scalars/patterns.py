"""Texts that match a regular expression and have a required length.

Each part of the pattern has a shortest and a longest length. A target length is chosen for the
whole, and each part receives a share of it. The caller checks the text: lookarounds are ignored
here, and two texts of the right lengths can still not match together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from .ecma_patterns import in_python
from .randomness import Random

# The parser of `re`, which has no types
_parser: Any = import_module("re._parser")
ops: Any = import_module("re._constants")

UNBOUNDED = 1 << 20  # the longest length of a part that has no limit
FEW = 6  # extra characters of a part that may have any number
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
WORD = LETTERS + LETTERS.upper() + DIGITS + "_"
# The characters that are used, the plain ones first.
PRINTABLE = LETTERS + LETTERS.upper() + DIGITS + "-_.:/ ,;+=!?@#$%&*()[]{}<>|~^'\"`\\"
SPACES = " \t\n\r\f\v"

Node = tuple[Any, Any]  # an operation of a parsed pattern, and its arguments


class UnsupportedPatternError(Exception):
    """The pattern cannot be read."""


@lru_cache(maxsize=512)
def parsed(pattern: str) -> Any:
    """Return the parts of a pattern. Raises UnsupportedPatternError."""
    try:
        return _parser.parse(in_python(pattern))
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise UnsupportedPatternError(str(error)) from error


def texts(pattern: str, shortest: int, longest: int, random: Random) -> Iterator[str]:
    """Yield texts for a pattern, each longer than ``shortest`` if the pattern allows it."""
    tree = parsed(pattern)
    least, most = width(tree)
    low, high = max(least, shortest), min(most, longest)
    rich = "(?" in pattern  # a lookahead often requires several kinds of characters
    writer = _Writer(random, rich)
    while True:
        room = max(0, min(FEW, high - low))
        wanted = low + random.randint(min(2, room), room)
        text = writer.sequence(tree, min(wanted, most))
        yield text
        if len(text) < shortest:  # a pattern without ^ and $ may match a part of the text
            padding = "".join(random.choices(LETTERS, k=shortest - len(text)))
            yield text + padding
            yield padding + text
            yield f"{text} {padding}"[:longest]


def width(tree: Any) -> tuple[int, int]:
    """Return the shortest and the longest length of a parsed pattern."""
    least = most = 0
    for node in tree:
        low, high = _node_width(node)
        least, most = least + low, most + high
    return min(least, UNBOUNDED), min(most, UNBOUNDED)


def _node_width(node: Node) -> tuple[int, int]:
    kind, value = node
    if kind in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
        return 1, 1
    if kind is ops.BRANCH:
        widths = [width(branch) for branch in value[1]]
        return min(low for low, _ in widths), max(high for _, high in widths)
    if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        low, high = width(value[2])
        return min(low * value[0], UNBOUNDED), min(high * _count(value[1]), UNBOUNDED)
    if kind is ops.SUBPATTERN:
        return width(value[3])
    if kind is ops.ATOMIC_GROUP:
        return width(value)
    if kind is ops.GROUPREF:
        return 0, UNBOUNDED
    if kind is ops.GROUPREF_EXISTS:
        return width(value[1])
    return 0, 0


def _count(number: Any) -> int:
    return UNBOUNDED if number is ops.MAXREPEAT else int(number)


class _Writer:
    """Writes texts of one pattern. It remembers the texts of groups, for references to them.

    rich: use characters of all kinds.
    """

    def __init__(self, random: Random, rich: bool) -> None:
        self.random, self.rich = random, rich
        self.groups: dict[int, str] = {}
        self._parts: dict[int, tuple[list[Node], list[tuple[int, int]]]] = {}

    def parts(self, tree: Any) -> tuple[list[Node], list[tuple[int, int]]]:
        """Return the nodes of a parsed pattern and the width of each. Computed once."""
        known = self._parts.get(id(tree))
        if known is None:
            nodes = list(tree)
            known = self._parts[id(tree)] = nodes, [_node_width(node) for node in nodes]
        return known

    def width(self, tree: Any) -> tuple[int, int]:
        """Return the shortest and the longest length of a parsed pattern."""
        widths = self.parts(tree)[1]
        least, most = sum(low for low, _ in widths), sum(high for _, high in widths)
        return min(least, UNBOUNDED), min(most, UNBOUNDED)

    def sequence(self, tree: Any, wanted: int) -> str:
        """Return a text for a list of parts, with the wanted length if possible."""
        nodes, widths = self.parts(tree)
        spare = max(0, wanted - sum(low for low, _ in widths))
        shares = [0] * len(nodes)
        flexible = [i for i, (low, high) in enumerate(widths) if high > low]
        self.random.shuffle(flexible)
        for position, index in enumerate(flexible):
            low, high = widths[index]
            fair = -(-spare // (len(flexible) - position))  # the last one takes what remains
            shares[index] = min(high - low, fair)
            spare -= shares[index]
        for index in flexible:  # parts that can take more than their share
            low, high = widths[index]
            extra = min(high - low - shares[index], spare)
            shares[index], spare = shares[index] + extra, spare - extra
        return "".join(
            self.node(node, low + share)
            for node, (low, _), share in zip(nodes, widths, shares, strict=True)
        )

    def node(self, node: Node, wanted: int) -> str:
        """Return a text for one part of a pattern."""
        kind, value = node
        if kind is ops.LITERAL:
            return chr(value)
        if kind is ops.SUBPATTERN:
            text = self.sequence(value[3], wanted)
            if value[0] is not None:
                self.groups[value[0]] = text
            return text
        if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            return self._repeat(value, wanted)
        if kind is ops.BRANCH:
            return self.sequence(self._branch(value[1], wanted), wanted)
        if kind is ops.ATOMIC_GROUP:
            return self.sequence(value, wanted)
        if kind is ops.GROUPREF:
            return self.groups.get(value, "")
        if kind is ops.GROUPREF_EXISTS:
            return self.sequence(value[1], wanted)
        if kind in (ops.IN, ops.ANY, ops.NOT_LITERAL):
            return self._character(node)
        return ""

    def _branch(self, branches: Sequence[Any], wanted: int) -> Any:
        widths = [self.width(branch) for branch in branches]
        fitting = [
            branch
            for branch, (low, high) in zip(branches, widths, strict=True)
            if low <= wanted <= high
        ]
        return self.random.choice(fitting or list(branches))

    def _repeat(self, value: Any, wanted: int) -> str:
        least, most, tree = int(value[0]), _count(value[1]), value[2]
        low, high = self.width(tree)
        if high == 0:
            return self.sequence(tree, 0) * min(least, 1)
        fewest = max(least, -(-wanted // high))
        count = min(max(fewest, min(most, wanted // max(low, 1))), max(most, least))
        if low == 0:
            count = min(count, max(fewest, 1)) if wanted else least
        count = min(count, max(wanted, least))
        shares, spare = [low] * count, wanted - low * count
        for index in range(count):
            extra = max(0, min(high - low, spare))
            shares[index], spare = low + extra, spare - extra
        return "".join(self.sequence(tree, share) for share in shares)

    def _character(self, node: Node) -> str:
        characters = _characters(node)
        if not characters:
            return ""
        plain = [c for c in characters if c in LETTERS]
        if plain and len(characters) > len(WORD) and not self.rich:
            return str(self.random.choice(plain))
        return self.random.choice(characters)


def _characters(node: Node) -> Sequence[str]:
    """Return the characters that a set may match, in ASCII if it has some."""
    kind, value = node
    if kind is ops.ANY:
        return PRINTABLE
    if kind is ops.NOT_LITERAL:
        return [c for c in PRINTABLE if ord(c) != value]
    return _set_characters(tuple(value))


@lru_cache(maxsize=512)
def _set_characters(members: tuple[Node, ...]) -> Sequence[str]:
    negative = bool(members) and members[0][0] is ops.NEGATE
    listed: list[str] = []
    for kind, value in members:
        if kind is ops.LITERAL:
            listed.append(chr(value))
        elif kind is ops.RANGE:
            listed += map(chr, range(value[0], min(value[1], value[0] + 256) + 1))
        elif kind is ops.CATEGORY:
            listed += CATEGORIES.get(value, ())
    if negative:
        excluded = set(listed)
        return [c for c in PRINTABLE + SPACES if c not in excluded]
    readable = [c for c in listed if c in PRINTABLE]
    return readable or [c for c in listed if not "\ud800" <= c <= "\udfff"]


CATEGORIES = {
    ops.CATEGORY_DIGIT: DIGITS,
    ops.CATEGORY_NOT_DIGIT: [c for c in PRINTABLE if c not in DIGITS],
    ops.CATEGORY_WORD: WORD,
    ops.CATEGORY_NOT_WORD: [c for c in PRINTABLE if c not in WORD],
    ops.CATEGORY_SPACE: SPACES,
    ops.CATEGORY_NOT_SPACE: [c for c in PRINTABLE if c != " "],
}
