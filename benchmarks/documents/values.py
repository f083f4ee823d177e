"""Build a value that a schema allows.

The builder takes what the document offers first: examples, defaults, enums. It builds the rest from
the keywords of the schema, and tries the alternatives of `oneOf` and `anyOf` in their order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .nodes import BrokenReferenceError, Node

MAX_VARIANTS = 12  # combinations of alternatives that are tried
MAX_DEPTH = 14
MAX_KEYS = 50  # that are added to reach `minProperties`
OPTIONAL_DEPTH = 3  # deeper objects have their required properties only
PATTERN_EXAMPLES = 30
TEXT = "sample"
TEXTS = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P1D",
    "uuid": "3f0f7a9c-5b0e-4c59-9d0a-1f2b3c4d5e6f",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.10",
    "ipv6": "2001:db8::10",
    "uri": "https://example.com/page",
    "url": "https://example.com/page",
    "iri": "https://example.com/page",
    "uri-reference": "https://example.com/page",
    "uri-template": "https://example.com/{id}",
    "json-pointer": "/a",
    "regex": "^a$",
    "byte": "c2FtcGxl",
}
TYPE_OF_KEYWORD = {
    "properties": "object",
    "additionalProperties": "object",
    "required": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "pattern": "string",
    "format": "string",
    "minLength": "string",
    "maxLength": "string",
    "minimum": "number",
    "maximum": "number",
}
EXAMPLE_KEYWORDS = ("example", "const", "default")
LIST_KEYWORDS = ("examples", "enum")

IsValid = Callable[[Node, Any], bool]


class NoValueError(ValueError):
    """No valid value was found."""


@dataclass(frozen=True)
class Builder:
    """How values are built.

    is_valid: judges a value. complete: with the optional properties. writing: for a request, whose
    objects have no property that is readOnly.
    """

    is_valid: IsValid
    complete: bool
    writing: bool = True

    def build(self, schema: Node) -> Any:
        """Return a valid value. Raise NoValueError."""
        value = self._build([schema], 0)
        if not self.is_valid(schema, value):
            raise NoValueError(f"no value for {schema.pointer} was found")
        return value

    def _build(self, schemas: Sequence[Node], depth: int) -> Any:
        """Return a value for all of these schemas, valid if possible. Raise NoValueError."""
        if depth > MAX_DEPTH:
            raise NoValueError("the schemas are nested too deeply")
        problem = NoValueError("the schemas allow no value")
        last: list[Any] = []
        for parts in itertools.islice(_variants(schemas, depth), MAX_VARIANTS):
            try:
                for value in itertools.chain(_offered(parts), self._made(parts, depth)):
                    if all(self.is_valid(schema, value) for schema in schemas):
                        return value
                    last = [value]
            except (NoValueError, BrokenReferenceError) as error:
                problem = NoValueError(str(error))
        if last:
            return last[0]
        raise problem

    def _made(self, parts: Sequence[Node], depth: int) -> Iterator[Any]:
        keywords = _merged(parts)
        kinds = _types(keywords)
        makers: Mapping[str, Callable[[], Any]] = {
            "object": lambda: self._object(parts, keywords, depth),
            "array": lambda: self._array(parts, keywords, depth),
            "string": lambda: _string(keywords),
            "integer": lambda: _number(keywords, whole=True),
            "number": lambda: _number(keywords, whole=False),
            "boolean": lambda: True,
            "null": lambda: None,
        }
        for kind in kinds:
            yield makers.get(kind, lambda: TEXT)()

    def _object(self, parts: Sequence[Node], keywords: Mapping[str, Any], depth: int) -> Any:
        properties: dict[str, list[Node]] = {}
        for part in parts:
            for name, schema in part.get("properties").items():
                properties.setdefault(name, []).append(schema)
        required = list(dict.fromkeys(keywords.get("required", [])))
        names = [name for name in properties if name not in required]
        value = {}
        for name in (*required, *(names if self.complete and depth < OPTIONAL_DEPTH else ())):
            schemas = properties.get(name) or self._additional(parts)
            needed = name in required
            if self.writing and _is_read_only(schemas) and not (needed and _is_plain(parts)):
                continue
            try:
                value[name] = self._build(schemas, depth + 1)
            except (NoValueError, BrokenReferenceError):
                if needed:
                    raise
        for name in (*names, *(f"key{n}" for n in range(1, MAX_KEYS))):
            if len(value) >= keywords.get("minProperties", 0):
                return value
            value.setdefault(
                name, self._build(properties.get(name) or self._additional(parts), depth + 1)
            )
        return value

    def _additional(self, parts: Sequence[Node]) -> list[Node]:
        schemas = [part.get("additionalProperties") for part in parts]
        found = [schema for schema in schemas if isinstance(schema.value, dict) and schema.value]
        return found or [parts[0].files.inline({"type": "string"})]

    def _array(self, parts: Sequence[Node], keywords: Mapping[str, Any], depth: int) -> Any:
        prefix = list(parts[0].get("prefixItems").elements())
        items = [part.get("items") for part in parts]
        items = [item for item in items if item.resolved().value not in (None, True)]
        count = max(keywords.get("minItems", 0), len(prefix) or 1)
        count = min(count, keywords.get("maxItems", count), 50)
        if depth >= OPTIONAL_DEPTH and not keywords.get("minItems") and not prefix:
            count = 0
        values: list[Any] = []
        for index in range(count):
            schemas = [prefix[index]] if index < len(prefix) else items
            value = self._build(schemas, depth + 1) if schemas else TEXT
            if keywords.get("uniqueItems") and value in values:
                value = next(
                    (other for other in _different(schemas, value) if other not in values), value
                )
            values.append(value)
        return values


def _variants(schemas: Sequence[Node], depth: int) -> Iterator[list[Node]]:
    """Yield the lists of schemas without `allOf`, `oneOf` and `anyOf` that mean the same."""
    if not schemas:
        yield []
        return
    for first in _alternatives(schemas[0], depth):
        for rest in _variants(schemas[1:], depth):
            yield [*first, *rest]


def _alternatives(schema: Node, depth: int) -> Iterator[list[Node]]:
    if depth > MAX_DEPTH:
        raise NoValueError("the schemas are nested too deeply")
    value = schema.value
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        target = schema.target(value["$ref"])
        beside = {key: below for key, below in value.items() if key != "$ref"}
        for parts in _alternatives(target, depth + 1):
            yield [*parts, Node(schema.files, schema.file, schema.pointer, beside)]
        return
    if not isinstance(value, dict):
        yield [schema]
        return
    branches: list[list[list[Node]]] = []
    if "allOf" in value:
        needed = list(schema.get("allOf").elements())
        branches.append([needed])
    for keyword in ("oneOf", "anyOf"):
        if keyword in value:
            choices = list(schema.get(keyword).elements())
            branches.append([[choice, *_discriminator(schema, choice)] for choice in choices])
    for combination in itertools.product(*branches):
        nested = [node for group in combination for node in group]
        for parts in _variants(nested, depth + 1):
            yield [schema, *parts]


def _discriminator(schema: Node, choice: Node) -> list[Node]:
    """Return a schema that fixes the property by which an alternative is recognised."""
    value = schema.mapping().get("discriminator")
    name = value.get("propertyName") if isinstance(value, dict) else value
    reference = choice.value.get("$ref") if isinstance(choice.value, dict) else None
    if not isinstance(name, str) or not isinstance(reference, str):
        return []
    mapping = value.get("mapping", {}) if isinstance(value, dict) else {}
    last = reference.rpartition("/")[2]
    word = next((word for word, target in mapping.items() if target in (reference, last)), last)
    fixed = {"type": "object", "required": [name], "properties": {name: {"enum": [word]}}}
    return [schema.files.inline(fixed)]


def _offered(parts: Sequence[Node]) -> Iterator[Any]:
    """Yield the values that the document itself states."""
    for part in reversed(parts):
        value = part.mapping()
        yield from (value[keyword] for keyword in EXAMPLE_KEYWORDS if keyword in value)
        for keyword in LIST_KEYWORDS:
            if isinstance(value.get(keyword), list):
                yield from value[keyword]


def _merged(parts: Sequence[Node]) -> dict[str, Any]:
    """Return the keywords of all parts. Lower bounds: the highest; upper bounds: the lowest."""
    merged: dict[str, Any] = {}
    for part in parts:
        for keyword, value in part.mapping().items():
            if keyword not in merged:
                merged[keyword] = value
            elif keyword == "required" and isinstance(value, list):
                merged[keyword] = [*merged[keyword], *value]
            elif keyword.startswith("min"):
                merged[keyword] = max(merged[keyword], value)
            elif keyword.startswith("max"):
                merged[keyword] = min(merged[keyword], value)
            elif keyword in ("type", "format", "pattern"):
                merged[keyword] = value
    return merged


def _types(keywords: Mapping[str, Any]) -> list[str]:
    declared = keywords.get("type")
    if isinstance(declared, list):
        return sorted(declared, key=lambda name: name == "null")
    if isinstance(declared, str):
        return [declared]
    implied = [kind for keyword, kind in TYPE_OF_KEYWORD.items() if keyword in keywords]
    return [*dict.fromkeys(implied), "string", "object", "integer", "array", "boolean"]


def _is_read_only(schemas: Sequence[Node]) -> bool:
    return any(
        isinstance(node.value, dict) and node.value.get("readOnly")
        for schema in schemas
        for node in (schema, schema.resolved())
    )


def _is_plain(parts: Sequence[Node]) -> bool:
    """Return whether `required` also holds for readOnly properties of requests: from 3.1 on."""
    contents = parts[0].files.contents
    first: Any = next(iter(contents.values()), {})
    return str(first.get("openapi", "")).startswith(("3.1", "3.2"))


def _string(keywords: Mapping[str, Any]) -> str:
    low, high = keywords.get("minLength", 0), keywords.get("maxLength", math.inf)
    pattern = keywords.get("pattern")
    if isinstance(pattern, str):
        return _matching(pattern, low, high)
    text = TEXTS.get(keywords.get("format", ""), TEXT)
    if len(text) < low:
        text += "x" * int(low - len(text))
    return text if len(text) <= high else text[: int(high)]


@cache
def _matching(pattern: str, low: float, high: float) -> str:
    """Return a text that a pattern matches. Raise NoValueError."""
    texts: list[str] = []
    letters = st.characters(codec="ascii", exclude_categories=["Cc", "Cs"])

    @settings(
        max_examples=PATTERN_EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        strategy = st.from_regex(pattern, alphabet=letters)
        texts.append(data.draw(strategy.filter(lambda text: low <= len(text) <= high)))

    try:
        collect()
    except Exception as error:
        raise NoValueError(f"no text matches {pattern}: {error}") from error
    # A text without special characters is the one that a person would send.
    return min(texts, key=lambda text: (not text, sum(not c.isalnum() for c in text), len(text)))


def _number(keywords: Mapping[str, Any], *, whole: bool) -> float:
    """Return the lowest number that is allowed, the highest one without a lower bound, or 1."""
    low, above = _bound(keywords, "minimum", "exclusiveMinimum")
    high, below = _bound(keywords, "maximum", "exclusiveMaximum")
    step = keywords.get("multipleOf") or (1 if whole else 0.5)
    if low is None and (high is None or high > step):
        return step
    if low is not None or high is None:
        low = low or 0
        value = math.ceil(low / step) * step
        return value + step if above and value == low else value
    value = math.floor(high / step) * step
    return value - step if below and value == high else value


def _bound(keywords: Mapping[str, Any], name: str, exclusive: str) -> tuple[float | None, bool]:
    """Return a bound and whether it is exclusive: a flag in version 3.0, a number in 3.1."""
    value, flag = keywords.get(name), keywords.get(exclusive)
    if isinstance(flag, int | float) and not isinstance(flag, bool):
        return flag, True
    return value, flag is True


def _different(schemas: Sequence[Node], value: Any) -> Iterator[Any]:
    """Yield values of the same kind that differ from this one."""
    for schema in schemas:
        yield from schema.mapping().get("enum") or []
    for number in range(1, 60):
        if isinstance(value, str):
            yield f"{value}{number}"
        elif isinstance(value, int | float):
            yield value + number
