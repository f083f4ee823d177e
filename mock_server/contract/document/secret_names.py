"""The names of headers, parameters and properties whose values are credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .operation import PARAMETER, Operation

CREDENTIAL_NAME = re.compile(
    r"token|secret|passw|api[-_]?key|auth(?!ors?(?![a-z]))|credential|signature", re.IGNORECASE
)
# Of a path only what is itself a credential: `token_id` is the key of a resource.
CREDENTIAL_IN_PATH = re.compile(
    r"(?:token|secret|passw(?:or)?d|api[-_]?key|credentials?|signature)$", re.IGNORECASE
)
COOKIES = ("cookie", "set-cookie")
CHALLENGES = ("www-authenticate", "proxy-authenticate")  # they request credentials, and hold none
API_KEY, PASSWORD = "apiKey", "password"  # a kind of a security scheme; a format of JSON Schema


@dataclass(frozen=True)
class SecretNames:
    """The names that a document declares, in lower case, beside those that look like a credential.

    headers, query: those of API keys and of parameters with ``format: password``.
    members: the properties with that format. paths: patterns whose groups are credentials.
    """

    headers: frozenset[str] = frozenset()
    query: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    paths: tuple[re.Pattern[str], ...] = ()

    def is_header(self, name: str) -> bool:
        """Return whether a header (name in lower case) holds a credential."""
        return (
            name in COOKIES
            or name in self.headers
            or bool(CREDENTIAL_NAME.search(name) and name not in CHALLENGES)
        )

    def is_parameter(self, name: str) -> bool:
        """Return whether a parameter of a query holds a credential."""
        return name.lower() in self.query or bool(CREDENTIAL_NAME.search(name))

    def is_member(self, name: str) -> bool:
        """Return whether a property of a body, or a field of a form, holds a credential."""
        return name.lower() in self.members or bool(CREDENTIAL_NAME.search(name))

    def in_path(self, path: str) -> Iterator[str]:
        """Yield the credentials in the path of a request."""
        for pattern in self.paths:
            found = pattern.search(path)
            if found is not None:
                yield from found.groups()


NO_NAMES = SecretNames()


@dataclass
class _Declared:
    headers: set[str] = field(default_factory=set)
    query: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    paths: list[re.Pattern[str]] = field(default_factory=list)


def secret_names_of(data: Any, operations: Iterable[Operation]) -> SecretNames:
    """Return the names that a document declares. data: the document."""
    declared = _Declared()
    by_location = {"header": declared.headers, "query": declared.query}
    for operation in operations:
        keys = [
            (scheme.location, scheme.parameter)
            for alternative in operation.security
            for scheme in alternative
            if scheme.kind == API_KEY
        ]
        keys += [
            (parameter.location, parameter.name)
            for parameter in operation.parameters
            if parameter.schema.get("format") == PASSWORD
        ]
        for location, name in keys:
            if location in by_location:
                by_location[location].add(name.lower())
        pattern = _path_pattern(operation.path)
        if pattern is not None:
            declared.paths.append(pattern)
    declared.members.update(_password_properties(data))
    return SecretNames(
        frozenset(declared.headers),
        frozenset(declared.query),
        frozenset(declared.members),
        tuple(declared.paths),
    )


def _path_pattern(template: str) -> re.Pattern[str] | None:
    """Return the pattern of a path with credentials; None for one without."""
    texts = PARAMETER.split(template)  # every second one is the name of a parameter
    names = texts[1::2]
    if not any(map(CREDENTIAL_IN_PATH.search, names)):
        return None
    groups = ["([^/]+)" if CREDENTIAL_IN_PATH.search(name) else "[^/]+" for name in names]
    parts = [re.escape(text) for text in texts[::2]]
    return re.compile("".join(a + b for a, b in zip(parts, [*groups, ""], strict=True)) + r"\Z")


def _password_properties(data: Any) -> Iterator[str]:
    """Yield the names of the properties with ``format: password``, in lower case."""
    pending, seen = [data], set[int]()
    while pending:
        value = pending.pop()
        if not isinstance(value, (Mapping, list)) or id(value) in seen:
            continue
        seen.add(id(value))  # YAML anchors can share values
        pending += value.values() if isinstance(value, Mapping) else value
        properties = value.get("properties") if isinstance(value, Mapping) else None
        for name, schema in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(schema, Mapping) and schema.get("format") == PASSWORD:
                yield str(name).lower()
