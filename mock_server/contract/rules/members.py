"""What a rule names: every member after ``self``, ``request`` … must exist in the spec.

The CEL engine answers a misspelt ``has(self.typo)`` with false and says nothing, so a typo would
make a rule that never bites. This reads the rule's text as far as needed to know what each chain of
members stands on, comprehension variables included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..document.spec import resolve

TOKEN = re.compile(
    r"""\s*(?:(?P<text>[rRbB]*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<sign>\S))"""
)
MACROS = ("all", "exists", "exists_one", "filter", "map")
PLUCK, SIZE = "pluck", "size"  # pluck(list, "member") names a member of each item

COUNTED = ("*", "")  # ends the path of a list of which only the size is read

Names = tuple[str, ...]
Shape = Mapping[str, Any] | None  # {"members": {...}} or {"items": Shape}; None is anything


@dataclass(frozen=True)
class Reading:
    """The chains a rule names, such as ``("self", "version")``, and those that do not exist.

    paths: what it reads, variables of comprehensions followed to what they stand for: all that is
    at the end of a path, or with COUNTED there only how many items.
    """

    chains: tuple[Names, ...]  # in the order of the text, each once
    paths: frozenset[Names]
    bound: frozenset[str]  # the variables that comprehensions bind
    unknown: tuple[tuple[str, tuple[str, ...]], ...]  # the chain as text, the valid members


def read(source: str, shapes: Mapping[str, Shape]) -> Reading:
    """The members a CEL rule names, given the shape of each of its variables."""
    reader = _Reader([match for match in TOKEN.finditer(source) if match.group().strip()], shapes)
    reader.read_until("")
    return Reading(
        tuple(reader.chains),
        frozenset(reader.paths),
        frozenset(reader.bound),
        tuple(reader.unknown),
    )


class _Reader:
    def __init__(self, tokens: list[re.Match[str]], shapes: Mapping[str, Shape]) -> None:
        self.tokens, self.index = tokens, 0
        self.shapes = shapes
        self.chains: dict[Names, None] = {}
        self.paths: set[Names] = set()
        self.stand_for: dict[str, Names] = {}  # the variables of comprehensions that are open
        self.bound: set[str] = set()
        self.unknown: list[tuple[str, tuple[str, ...]]] = []

    def read_until(self, end: str) -> None:
        """Read on to the closing sign that matches, or to the end of the rule."""
        while self.index < len(self.tokens):
            kind, token = self._next()
            if token == end:
                return
            if token in "([{" and kind == "sign":
                self.read_until({"(": ")", "[": "]", "{": "}"}[token])
            elif token in MACROS and self._peek() == "(":
                self._call(token, None, ())
            elif token in (PLUCK, SIZE) and self._peek() == "(" and self._peek(1) in self.shapes:
                self._of_list(token)
            elif kind == "word" and token in self.shapes:
                self.paths.add(self._chain(token)[0])

    def _next(self) -> tuple[str, str]:
        match = self.tokens[self.index]
        self.index += 1
        return str(match.lastgroup), match.group().strip()

    def _peek(self, offset: int = 0) -> str:
        where = self.index + offset
        return self.tokens[where].group().strip() if where < len(self.tokens) else ""

    def _of_list(self, function: str) -> None:
        """Reads a function of a list on, of whose items it does not read all."""
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
        """Reads a chain to its end; the path of what is there, and its shape."""
        names: Names = (root,)
        path, shape = self.stand_for.get(root, names), self.shapes[root]
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
        """The shape of the member that is last in a chain, of a value of that shape."""
        members = shape.get("members") if shape else None
        if members is not None and names[-1] not in members:
            self.unknown.append((".".join(names), tuple(sorted(members))))
        return members.get(names[-1]) if members else None

    def _call(self, name: str, shape: Shape, path: Names) -> tuple[Names, Shape]:
        """Reads a call on; the path and the shape of what it returns."""
        self._next()
        if name not in MACROS:
            self.paths.add(path)
            self.read_until(")")
            return path, None
        _, variable = self._next()
        self.bound.add(variable)
        outside = self.shapes, self.stand_for
        self.shapes = {**self.shapes, variable: _items(shape)}
        self.stand_for = {**self.stand_for, variable: (*path, "*")}
        self.read_until(")")
        self.shapes, self.stand_for = outside
        return (path, shape) if name == "filter" else ((*path, *COUNTED), None)


def _items(shape: Shape) -> Shape:
    return shape.get("items") if shape else None


def shape_of(data: Any, schema: Mapping[str, Any], depth: int = 8) -> Shape:
    """The shape of what a schema describes, as deep as its declared properties go."""
    schema = resolve(data, schema)
    if "properties" in schema and depth:
        properties = schema["properties"]
        return {"members": {n: shape_of(data, s, depth - 1) for n, s in properties.items()}}
    if "items" in schema and depth:
        return {"items": shape_of(data, schema["items"], depth - 1)}
    return None
