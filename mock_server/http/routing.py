"""Which operation a path and a method lead to. `werkzeug.routing.Map` decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

from ..contract.document.spec import Operation

PARAMETER = re.compile(r"\{([^{}]+)\}")
# The order of methods in `Allow`; Werkzeug has none.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Match:
    """A path of the document. operation: None where the path has no such method.

    allow: the methods of the path, for ``Allow``; path: the text of each path parameter.
    """

    operation: Operation | None
    allow: tuple[str, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # by identity: Werkzeug needs a hash
class _Endpoint:
    operation: Operation
    parameters: tuple[str, ...]


class Router:
    """The routes of a document, each a path template (``/releases/{id}``) with an operation."""

    def __init__(self, routes: Iterable[tuple[str, Operation]]) -> None:
        # Slashes count: `/a/` and `//a` are other paths than `/a`.
        rules = [_rule(template, operation) for template, operation in routes]
        paths = Map(rules, strict_slashes=True, merge_slashes=False, redirect_defaults=False)
        self._adapter: MapAdapter = paths.bind("localhost")

    def match(self, method: str, path: str) -> Match | None:
        """Return where a request leads; None for a path that the document does not have."""
        if path.startswith("//"):  # Werkzeug would fold the slashes into one
            return None
        try:
            # Methods are case-sensitive (RFC 9110, section 9.1), but Werkzeug folds their case.
            known = method if method == method.upper() else "UNKNOWN"
            endpoint, values = self._adapter.match(path, known)
        except MethodNotAllowed as error:
            return Match(None, _allow(error.valid_methods or ()))
        except (NotFound, RequestRedirect):
            return None
        allow = _allow(self._adapter.allowed_methods(path))
        in_path = {name: values[f"p{i}"] for i, name in enumerate(endpoint.parameters)}
        return Match(endpoint.operation, allow, in_path)


def _rule(template: str, operation: Operation) -> Rule:
    """A rule of Werkzeug. Its parameters are numbered, since their names must be identifiers."""
    names = tuple(PARAMETER.findall(template))
    pattern = template
    for index, name in enumerate(names):
        pattern = pattern.replace(f"{{{name}}}", f"<p{index}>", 1)
    return Rule(pattern, methods=[operation.method], endpoint=_Endpoint(operation, names))


def _allow(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*methods, "OPTIONS"}, key=METHODS.index))
