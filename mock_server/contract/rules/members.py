"""The members that a rule names: each member of ``self``, ``request`` … must exist in the spec.

The CEL engine evaluates ``has(self.typo)`` to false without an error, so a rule with a typo would
never fail. This module therefore parses the text of a rule, far enough to resolve each chain of
members such as ``self.version``, also for the variables of comprehensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..document.references import combined

TOKEN = re.compile(
    r"""\s*(?:(?P<comment>//[^\n]*)|(?P<text>[rRbB]*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<sign>\S))"""
)
MACROS = ("all", "exists", "exists_one", "filter", "map")
PLUCK, SIZE = "pluck", "size"  # pluck(list, "member") reads one member of each item

COUNTED = ("*", "")  # ends the path of a list of which a rule reads only the size

Names = tuple[str, ...]  # a chain of members, such as ("self", "version")
Shape = Mapping[str, Any] | None  # {"members": {...}} or {"items": Shape}; None for any value


@dataclass(frozen=True)
class RuleMembers:
    """The members that a rule names.

    chains: each chain once, in the order of the text.
    paths: the values that the rule reads, with the variables of comprehensions resolved. A path
    that ends with COUNTED reads only the number of items.
    bound: the variables of comprehensions.
    unknown: each chain that does not exist, as text, with the valid members.
    """

    chains: tuple[Names, ...]
    paths: frozenset[Names]
    bound: frozenset[str]
    unknown: tuple[tuple[str, tuple[str, ...]], ...]


def members_of(source: str, shapes: Mapping[str, Shape]) -> RuleMembers:
    """Return the members that a CEL rule names. shapes: variable → the shape of its value."""
    parser = _Parser(_tokens(source), shapes)
    parser.read_until("")
    return RuleMembers(
        tuple(parser.chains),
        frozenset(parser.paths),
        frozenset(parser.bound),
        tuple(parser.unknown),
    )


def tokens_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the position and the text of each token of a CEL rule, without comments."""
    for match in _tokens(source):
        kind = str(match.lastgroup)
        yield match.start(kind), match[kind]


def _tokens(source: str) -> list[re.Match[str]]:
    found = TOKEN.finditer(source)
    return [match for match in found if match.group().strip() and match["comment"] is None]


class _Parser:
    def __init__(self, tokens: list[re.Match[str]], shapes: Mapping[str, Shape]) -> None:
        self.tokens, self.index = tokens, 0
        self.shapes = shapes
        self.chains: dict[Names, None] = {}
        self.paths: set[Names] = set()
        self.path_of: dict[str, Names] = {}  # variable of an open comprehension → path of its value
        self.bound: set[str] = set()
        self.unknown: list[tuple[str, tuple[str, ...]]] = []

    def read_until(self, end: str) -> None:
        """Read to the matching closing bracket, or to the end of the rule."""
        while self.index < len(self.tokens):
            kind, token = self._next()
            if token == end:
                return
            if token in "([{" and kind == "sign":
                self.read_until({"(": ")", "[": "]", "{": "}"}[token])
            elif token in MACROS and self._peek() == "(":
                self._call(token, None, ())
            elif token in (PLUCK, SIZE) and self._peek() == "(" and self._peek(1) in self.shapes:
                self._list_function(token)
            elif kind == "word" and token in self.shapes:
                self.paths.add(self._chain(token)[0])

    def _next(self) -> tuple[str, str]:
        match = self.tokens[self.index]
        self.index += 1
        return str(match.lastgroup), match.group().strip()

    def _peek(self, offset: int = 0) -> str:
        where = self.index + offset
        return self.tokens[where].group().strip() if where < len(self.tokens) else ""

    def _list_function(self, function: str) -> None:
        """Read a call of ``size`` or ``pluck``, which read only a part of a list."""
        self._next()
        path, shape = self._chain(self._next()[1])
        if function == SIZE and self._peek() == ")":
            path = (*path, *COUNTED)
        elif function == PLUCK and self._peek() == ",":
            self._next()
            kind, member = self._next()
            if kind == "text":
                path = (*path, "*", member[1:-1])
                self._member(path, _items(shape))
                self.chains[path] = None
        self.paths.add(path)
        self.read_until(")")

    def _chain(self, root: str) -> tuple[Names, Shape]:
        """Read a chain to its end. Return the path of its value, and the shape."""
        names: Names = (root,)
        path, shape = self.path_of.get(root, names), self.shapes[root]
        while self._peek() in (".", "["):
            _, sign = self._next()
            if sign == "[":
                self.read_until("]")
                names, path, shape = (*names, "*"), (*path, "*"), _items(shape)
                continue
            _, name = self._next()
            if self._peek() == "(":
                path, shape = self._call(name, shape, path)
                continue
            names, path = (*names, name), (*path, name)
            shape = self._member(names, shape)
        self.chains[names] = None
        return path, shape

    def _member(self, names: Names, shape: Shape) -> Shape:
        """Return the shape of the last member of a chain, whose holder has the given shape."""
        members = shape.get("members") if shape else None
        if members is not None and names[-1] not in members:
            self.unknown.append((".".join(names), tuple(sorted(members))))
        return members.get(names[-1]) if members else None

    def _call(self, name: str, shape: Shape, path: Names) -> tuple[Names, Shape]:
        """Read a call to its end. Return the path and the shape of its result."""
        self._next()
        if name not in MACROS:
            self.paths.add(path)
            self.read_until(")")
            return path, None
        _, variable = self._next()
        self.bound.add(variable)
        outer = self.shapes, self.path_of
        self.shapes = {**self.shapes, variable: _items(shape)}
        self.path_of = {**self.path_of, variable: (*path, "*")}
        self.read_until(")")
        self.shapes, self.path_of = outer
        return (path, shape) if name == "filter" else ((*path, *COUNTED), None)


def _items(shape: Shape) -> Shape:
    return shape.get("items") if shape else None


def shape_of(data: Any, schema: Mapping[str, Any], depth: int = 8) -> Shape:
    """Return the shape of the values of a schema, to the depth of its declared properties."""
    schema = combined(data, schema)
    if "properties" in schema and depth:
        properties = schema["properties"]
        return {"members": {n: shape_of(data, s, depth - 1) for n, s in properties.items()}}
    if "items" in schema and depth:
        return {"items": shape_of(data, schema["items"], depth - 1)}
    return None
