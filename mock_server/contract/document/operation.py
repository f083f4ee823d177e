"""The operations of an API as frozen values: parameters, bodies, responses and lookups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

PARAMETER = re.compile(r"\{([^{}]+)\}")  # "{id}" in the path of an operation


@dataclass(frozen=True)
class LookupWay:
    """One way to identify a resource by parameters of a request.

    by: request parameter → template that its value must equal, such as
    ``{Project.name}@{Deployment.version}``.
    where: values that both the request and the resource must have.
    """

    by: Mapping[str, str]
    where: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """How a list is divided into pages (``x-page``).

    style: ``cursor``, ``offset`` or ``page``. position: the query parameter that says where a page
    starts; limit: the one with its size; sort: the one with the property to sort by; each "" if the
    operation has none. default, maximum: of the size; maximum 0 for none.
    order: the properties that order the list, each with ``-`` in front for the reverse order.
    fields: what the body says about the page → the properties that lead to it: ``next``,
    ``previous``, ``total``, ``pages``, ``count``, ``limit``, ``position``, ``has_more``.
    headers: the numbers among these that a header contains → its name.
    links: whether the header ``Link`` leads to other pages (RFC 8288).
    """

    style: str = "offset"
    position: str = ""
    limit: str = ""
    default: int = 20
    maximum: int = 100
    sort: str = ""
    order: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    links: bool = False


@dataclass(frozen=True)
class Lookup:
    """How an operation finds its resources.

    finds: the name of their type.
    ways: the first way whose parameters are all present is used; without any, a list has all.
    filters: properties that narrow a list.
    otherwise: ``caller`` returns the resource of the token if the request has no way; else None.
    page: how a list is divided; None if it is complete.
    """

    finds: str
    ways: tuple[LookupWay, ...]
    filters: tuple[str, ...]
    otherwise: str | None
    page: Page | None = None


@dataclass(frozen=True)
class Action:
    """What an operation changes (``x-action``).

    do: ``create``, ``replace``, ``update``, ``delete``, ``restart`` or ``transition``; ``none`` for
    an operation that only seems to change something.
    finds: the name of the type of resource.
    sources: the statuses or phases in which the action is possible; empty for all.
    otherwise: the status of the response to an action in another one; otherwise_code: the name of
    the error example of that response, "" for the first one.
    values: property → the value that it gets; ``now`` is the time of the session.
    computed: property → the expression in CEL that computes its value.
    who: who may do it: ``owner``, a rule in CEL, or "" for all.
    of_path: path parameter → the property that it gives a new resource.
    """

    do: str
    finds: str = ""
    sources: tuple[str, ...] = ()
    otherwise: int = 409
    otherwise_code: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    who: str = ""
    of_path: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation (OpenAPI 3.1, section 4.8.12).

    location: ``query``, ``path``, ``header`` or ``cookie``.
    pointer: the JSON pointer to it in the spec; schema_pointer: to its schema, and schema: that
    schema, resolved.
    style, explode: how an array or an object is written.
    media_type: of a parameter that is described by ``content``, and then has no style.
    omits: the role whose properties are empty if the parameter is ``false``.
    """

    name: str
    location: str
    pointer: str
    schema_pointer: str
    schema: Mapping[str, Any]
    required: bool
    style: str = "form"
    explode: bool = True
    media_type: str | None = None
    omits: str | None = None


@dataclass(frozen=True)
class Content:
    """A body that a request or response can have.

    media_type: without parameters, in lower case; it may be a range such as ``*/*``.
    pointer: the JSON pointer to the media type object; schema: to its schema.
    examples: name → value.
    """

    media_type: str
    pointer: str
    schema: str | None
    examples: Mapping[str, Any]

    @property
    def is_json(self) -> bool:
        """Return whether the body is JSON: ``application/json``, ``…+json`` or a range."""
        return is_json(self.media_type) or self.media_type in ("*/*", "application/*")

    def includes(self, media_type: str) -> bool:
        """Return whether a media type is this one or in this range (RFC 9110, section 12.5.1)."""
        return is_within(media_type, self.media_type)


@dataclass(frozen=True)
class SecurityScheme:
    """How a client proves who it is (OpenAPI 3.1, section 4.8.27).

    kind: ``bearer`` (also for OAuth 2 and OpenID Connect), ``basic``, ``apiKey``, or another word
    for schemes that cannot be checked.
    location, parameter: of an API key: ``query``, ``header`` or ``cookie``, and its name.
    """

    name: str
    kind: str
    location: str = "header"
    parameter: str = "authorization"

    @property
    def in_request(self) -> bool:
        """Return whether a request shows its credentials, unlike the certificate of a client."""
        return self.kind not in ("mutualTLS", "")


@dataclass(frozen=True)
class IssueFormat:
    """Where an error response lists its issues, and the properties of an issue.

    path: the properties that lead to the list.
    location, message: the properties of an issue.
    """

    path: tuple[str, ...]
    location: str
    message: str


@dataclass(frozen=True)
class Event:
    """An event of a stream.

    schema: the JSON pointer to the schema of its data.
    roles: role → property of its data (EVENTS lists the roles of each kind).
    """

    name: str
    schema: str
    roles: Mapping[str, str]

    def __getitem__(self, role: str) -> str:
        return self.roles[role]


@dataclass(frozen=True)
class DocumentedResponse:
    """A response that the spec describes.

    status: its own; of a range such as ``4XX``, and of ``default``, the one it is used for.
    contents: its bodies, JSON first; empty if the spec describes none.
    pointer: the JSON pointer to it in the spec.
    resources: the location of each resource in the body: the name of its type, and a path of keys
    with ``*`` for every item of a list.
    events: the events of a stream, by kind: ``resource``, ``log``, ``end``.
    """

    status: int
    contents: tuple[Content, ...]
    headers: Mapping[str, Any]
    pointer: str = ""
    resources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    issues: IssueFormat | None = None
    events: Mapping[str, Event] = field(default_factory=dict)

    @property
    def media_type(self) -> str | None:
        """Return the media type of the preferred body; None if there is no body."""
        return self.contents[0].media_type if self.contents else None

    @property
    def schema(self) -> str | None:
        """Return the JSON pointer to the schema of the preferred body."""
        return self.contents[0].schema if self.contents else None

    @property
    def examples(self) -> Mapping[str, Any]:
        """Return the examples of the preferred body by their names."""
        return self.contents[0].examples if self.contents else {}

    @property
    def returns_list(self) -> bool:
        """Return whether the body contains a list of resources."""
        return any("*" in path for _, path in self.resources)

    def content(self, media_type: str) -> Content | None:
        """Return the body of a media type, or else of a range that includes it."""
        exact = (each for each in self.contents if each.media_type == media_type)
        included = (each for each in self.contents if each.includes(media_type))
        return next(exact, None) or next(included, None)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    pointer: the JSON pointer to it in the spec.
    security: the alternatives, each with all schemes that a request must satisfy.
    optional: whether a server may lack the operation.
    parameters: its query parameters.
    bodies: the bodies that a request can have.
    responses: by status; ranges: those of ``2XX`` to ``5XX`` and ``default``.
    action: what it changes; None if it only reads, or if nothing is known about it.
    page: how it divides a list (``x-page``).
    prefixes: the paths of separate servers; empty if it has those of the API.
    """

    id: str
    method: str
    path: str
    pointer: str
    summary: str
    security: tuple[tuple[SecurityScheme, ...], ...]
    optional: bool
    parameters: tuple[Parameter, ...]
    bodies: tuple[Content, ...]
    body_required: bool
    responses: Mapping[int, DocumentedResponse]
    ranges: Mapping[str, DocumentedResponse]
    lookup: Lookup | None
    action: Action | None
    page: Page | None = None
    path_parameters: tuple[Parameter, ...] = ()
    header_parameters: tuple[Parameter, ...] = ()
    cookie_parameters: tuple[Parameter, ...] = ()
    prefixes: tuple[str, ...] = ()

    @property
    def needs_token(self) -> bool:
        """Return whether a request must have credentials."""
        return bool(self.security) and () not in self.security

    @property
    def takes_token(self) -> bool:
        """Return whether a request can have credentials."""
        return any(self.security)

    @property
    def does(self) -> str | None:
        """Return what the operation does to a resource, such as ``restart``; None if nothing."""
        return self.action.do if self.action else None

    @property
    def media_types(self) -> tuple[str, ...]:
        """Return the media types of the request body."""
        return tuple(body.media_type for body in self.bodies)

    @property
    def body(self) -> str | None:
        """Return the JSON pointer to the schema of the preferred request body."""
        return self.bodies[0].schema if self.bodies else None

    @cached_property
    def success(self) -> DocumentedResponse:
        """Return the response to a valid request: the first documented 2xx, else the one that the
        ranges describe, else the first of all."""
        explicit = sorted(status for status in self.responses if 200 <= status < 300)
        if explicit:
            return self.responses[explicit[0]]
        for name in ("2XX", "default"):
            if name in self.ranges:
                return replace(self.ranges[name], status=200)
        return next(iter(self.responses.values()), NO_BODY)

    def documented(self, status: int) -> DocumentedResponse | None:
        """Return the response of a status: its own, else its range's, else the default."""
        if status in self.responses:
            return self.responses[status]
        of_range = self.ranges.get(f"{status // 100}XX") or self.ranges.get("default")
        return replace(of_range, status=status) if of_range else None


NO_BODY = DocumentedResponse(200, (), {})  # of an operation that documents no response


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON (RFC 8259) or has its suffix (RFC 6839)."""
    return media_type == "application/json" or media_type.endswith("+json")


def is_within(media_type: str, media_range: str) -> bool:
    """Return whether a media type is in a range such as ``text/*`` (RFC 9110, section 12.5.1)."""
    kind, _, subtype = media_range.partition("/")
    other_kind, _, other_subtype = media_type.partition("/")
    return kind in ("*", other_kind) and subtype in ("*", other_subtype)
