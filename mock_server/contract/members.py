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

from .spec import resolve

TOKEN = re.compile(
    r"""\s*(?:(?P<text>[rRbB]*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<sign>\S))"""
)
MACROS = ("all", "exists", "exists_one", "filter", "map")

Shape = Mapping[str, Any] | None  # {"members": {...}} or {"items": Shape}; None is anything


@dataclass(frozen=True)
class Reading:
    """The chains a rule names, such as ``("self", "version")``, and those that do not exist."""

    chains: tuple[tuple[str, ...], ...]  # in the order of the text, each once
    bound: frozenset[str]  # the variables that comprehensions bind
    unknown: tuple[tuple[str, tuple[str, ...]], ...]  # the chain as text, the valid members


def read(source: str, shapes: Mapping[str, Shape]) -> Reading:
    """The members a CEL rule names, given the shape of each of its variables."""
    reader = _Reader([match for match in TOKEN.finditer(source) if match.group().strip()], shapes)
    reader.read_until("")
    return Reading(tuple(reader.chains), frozenset(reader.bound), tuple(reader.unknown))


class _Reader:
    def __init__(self, tokens: list[re.Match[str]], shapes: Mapping[str, Shape]) -> None:
        self.tokens, self.index = tokens, 0
        self.shapes: dict[str, Shape] = dict(shapes)
        self.chains: dict[tuple[str, ...], None] = {}
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
                self._call(token, None)
            elif kind == "word" and token in self.shapes:
                self._chain(token)

    def _next(self) -> tuple[str, str]:
        match = self.tokens[self.index]
        self.index += 1
        return str(match.lastgroup), match.group().strip()

    def _peek(self, offset: int = 0) -> str:
        where = self.index + offset
        return self.tokens[where].group().strip() if where < len(self.tokens) else ""

    def _chain(self, root: str) -> None:
        names: tuple[str, ...] = (root,)
        shape = self.shapes[root]
        while self._peek() in (".", "["):
            _, sign = self._next()
            if sign == "[":
                self.read_until("]")
                shape = shape.get("items") if shape else None
                names = (*names, "*")
                continue
            _, name = self._next()
            if self._peek() == "(":
                shape = self._call(name, shape)
                continue
            names = (*names, name)
            members = shape.get("members") if shape else None
            if members is not None and name not in members:
                self.unknown.append((".".join(names), tuple(sorted(members))))
            shape = members.get(name) if members else None
        self.chains[names] = None

    def _call(self, name: str, shape: Shape) -> Shape:
        self._next()
        if name not in MACROS:
            self.read_until(")")
            return None
        _, variable = self._next()
        self.bound.add(variable)
        outer = self.shapes.get(variable)
        known = variable in self.shapes
        self.shapes[variable] = shape.get("items") if shape else None
        self.read_until(")")
        if known:
            self.shapes[variable] = outer
        else:
            del self.shapes[variable]
        return shape if name == "filter" else None


def shape_of(data: Any, schema: Mapping[str, Any], depth: int = 8) -> Shape:
    """The shape of what a schema describes, as deep as its declared properties go."""
    schema = resolve(data, schema)
    if "properties" in schema and depth:
        properties = schema["properties"]
        return {"members": {n: shape_of(data, s, depth - 1) for n, s in properties.items()}}
    if "items" in schema and depth:
        return {"items": shape_of(data, schema["items"], depth - 1)}
    return None
