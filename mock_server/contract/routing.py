"""Find the endpoint of a path and a method. `werkzeug.routing.Map` decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule

from .document.operation import PARAMETER, Operation
from .document.spec import Spec
from .exchange import decode_path, decode_segment

# Werkzeug has no notation for these characters in the fixed text of a path.
RESERVED = str.maketrans("<>", "\ue000\ue001")
RESTORED = str.maketrans("\ue000\ue001", "<>")
# The order of methods in `Allow`; Werkzeug has none.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "HEAD", "OPTIONS")
EndpointT = TypeVar("EndpointT")


@dataclass(frozen=True)
class Match(Generic[EndpointT]):
    """A path with routes. endpoint: None where the path has no such method.

    allow: the methods of the path, for ``Allow``; path: the text of each path parameter.
    """

    endpoint: EndpointT | None
    allow: tuple[str, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # by identity: Werkzeug needs a hash
class _RuleEndpoint(Generic[EndpointT]):
    value: EndpointT
    parameters: tuple[str, ...]


class Router(Generic[EndpointT]):
    """Routes, each a method with a path template (``/releases/{id}``) and its endpoint.

    The endpoint is an operation of a document, or a page of the gallery.
    """

    def __init__(self, routes: Iterable[tuple[str, str, EndpointT]]) -> None:
        # Slashes count: `/a/` and `//a` are other paths than `/a`.
        rules = [_rule(method, template, endpoint) for method, template, endpoint in routes]
        paths = Map(rules, strict_slashes=True, merge_slashes=False, redirect_defaults=False)
        self._adapter: MapAdapter = paths.bind("localhost")

    def match(self, method: str, path: str) -> Match[EndpointT] | None:
        """Return the match of a request; None for a path without routes."""
        if path.startswith("//"):  # Werkzeug would fold the slashes into one
            return None
        path = path.translate(RESERVED)
        try:
            # Methods are case-sensitive (RFC 9110, section 9.1), but Werkzeug folds their case.
            known = method if method == method.upper() else "UNKNOWN"
            endpoint, values = self._adapter.match(path, known)
        except MethodNotAllowed as error:
            return Match(None, _allow(error.valid_methods or ()))
        except (NotFound, RequestRedirect):
            return None
        allow = _allow(self._adapter.allowed_methods(path))
        in_path = {
            name: decode_segment(values[f"p{index}"].translate(RESTORED))
            for index, name in enumerate(endpoint.parameters)
        }
        return Match(endpoint.value, allow, in_path)


def router_of(spec: Spec, operations: Iterable[Operation]) -> Router[Operation]:
    """Return the router of operations: below the paths of their servers, and at the bare path.

    Some documents write a query or a fragment into a path, which is not part of a request's path.
    """
    return Router(
        (operation.method, prefix + operation.path.partition("?")[0].partition("#")[0], operation)
        for operation in operations
        for prefix in dict.fromkeys([*(operation.prefixes or spec.prefixes), ""])
    )


def _rule(method: str, template: str, endpoint: EndpointT) -> Rule:
    """A rule of Werkzeug. Its parameters are numbered, since their names must be identifiers."""
    names = tuple(PARAMETER.findall(template))
    pattern = decode_path(template).translate(RESERVED)
    for index in range(len(names)):
        pattern = PARAMETER.sub(f"<p{index}>", pattern, count=1)
    return Rule(pattern, methods=[method], endpoint=_RuleEndpoint(endpoint, names))


def _allow(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*methods, "OPTIONS"}, key=METHODS.index))
