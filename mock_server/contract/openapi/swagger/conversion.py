"""Converts a Swagger 2.0 document to the form of OpenAPI 3.0.

Parameters and responses that operations share are copied into the operations, because the media
types of an operation decide what they become.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...violations import pointer, show
from ..references import Folder, NoTarget
from ..report import Report, Where, steps
from ..shapes import METHODS
from .parameters import parameter_of, request_body
from .responses import response_of

FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
# Fields of the document that do not exist in OpenAPI 3.
REMOVED_FIELDS = (
    *("swagger", "host", "basePath", "schemes", "consumes", "produces", "parameters"),
    *("responses", "definitions", "securityDefinitions"),
)


@dataclass
class Conversion:
    """A document that is converted.

    origins: JSON pointer in the result → JSON pointer in the file.
    copied_from: id of a copied object → the name of its file.
    """

    data: dict[str, Any]
    folder: Folder
    report: Report
    origins: dict[str, str] = field(default_factory=dict)
    copied_from: dict[int, str] = field(default_factory=dict)

    def moved(self, new: Where, old: Where) -> None:
        self.origins[pointer(steps(new))] = pointer(steps(old))

    def resolve(self, value: Any, where: Where, file: str) -> tuple[Any, str]:
        """Return the object that a chain of references leads to, and its file.

        Adds an error and returns None if there is no target.
        """
        visited: set[int] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            target = self.folder.find(value["$ref"], file)
            if isinstance(target, NoTarget) or id(target.value) in visited:
                message = getattr(target, "message", "a $ref must not refer to itself")
                fix = getattr(target, "fix", "break the cycle")
                self.report.error("ref", (where, "$ref"), message, value["$ref"], fix)
                return None, file
            visited.add(id(target.value))
            value, file = target.value, target.file
        return (copy.deepcopy(value) if visited else value), file


def convert(
    data: dict[str, Any], folder: Folder, report: Report, copied_from: Mapping[int, str]
) -> Conversion:
    """Convert a document in place.

    copied_from: id of a path item that was copied from another file → the name of that file.
    """
    conversion = Conversion(data, folder, report)
    for path, item in _mapping(data.get("paths")).items():
        if isinstance(item, dict):
            _path_item(conversion, item, ((None, "paths"), path), copied_from.get(id(item), ""))
    components: dict[str, Any] = {}
    for old, new in (("definitions", "schemas"), ("securityDefinitions", "securitySchemes")):
        if isinstance(data.get(old), dict):
            components[new] = data[old]
            conversion.moved(((None, "components"), new), (None, old))
    for name, scheme in _mapping(components.get("securitySchemes")).items():
        components["securitySchemes"][name] = _security_scheme(scheme)
    servers = [{"url": url} for url in _urls(data)]
    stated = next((key for key in ("host", "basePath", "schemes") if key in data), None)
    if stated is not None:
        conversion.moved((None, "servers"), (None, stated))
    for key in REMOVED_FIELDS:
        data.pop(key, None)
    data.update(openapi="3.0.0", servers=servers, components=components)
    return conversion


def texts(value: Any) -> list[str]:
    """Return a text, or the texts of a list, as a list."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str) and each]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _urls(data: Mapping[str, Any]) -> Iterator[str]:
    base = data.get("basePath")
    base = "/" + base.strip("/") if isinstance(base, str) else "/"
    host = data.get("host")
    if not isinstance(host, str) or not host:
        yield base
        return
    for scheme in texts(data.get("schemes")) or ["https"]:
        yield f"{scheme}://{host}{base.rstrip('/')}"


def _path_item(conversion: Conversion, item: dict[str, Any], where: Where, file: str) -> None:
    shared = _parameters(conversion, item, where, file)
    for method in METHODS:
        operation = item.get(method)
        if isinstance(operation, dict):
            own = _parameters(conversion, operation, (where, method), file)
            _request_body(conversion, operation, [*shared, *own], (where, method))
            _responses(conversion, operation, (where, method), file)
            for key in ("consumes", "produces", "schemes"):
                operation.pop(key, None)


Located = tuple[dict[str, Any], Where, str]  # a parameter, its location, the name of its file


def _parameters(
    conversion: Conversion, container: dict[str, Any], where: Where, file: str
) -> list[Located]:
    """Convert the parameters of an operation or a path. Returns them as they were."""
    listed, at = container.get("parameters"), (where, "parameters")
    if not isinstance(listed, list):
        return []
    located: list[Located] = []
    converted: list[Any] = []
    for index, value in enumerate(listed):
        parameter, source = conversion.resolve(value, (at, index), file)
        if not isinstance(parameter, dict):
            if parameter is not None:
                message = "a parameter must be a mapping"
                conversion.report.note("openapi", (at, index), message, show(parameter))
            continue
        located.append((parameter, (at, index), source))
        if parameter.get("in") not in ("body", "formData"):
            conversion.moved((at, len(converted)), (at, index))
            conversion.moved(((at, len(converted)), "schema"), (at, index))
            converted.append(parameter_of(parameter))
            conversion.copied_from[id(converted[-1])] = source
    container["parameters"] = converted
    return located


def _request_body(
    conversion: Conversion, operation: dict[str, Any], parameters: list[Located], where: Where
) -> None:
    bodies = [each for each in parameters if each[0].get("in") == "body"]
    form = [each for each in parameters if each[0].get("in") == "formData"]
    if not bodies and not form:
        return
    consumes = texts(operation.get("consumes", conversion.data.get("consumes")))
    _, old, file = bodies[-1] if bodies else form[0]
    at_body = (where, "requestBody")
    body = request_body([each[0] for each in bodies], [each[0] for each in form], consumes)
    for name in body["content"] if bodies else ():
        conversion.moved((((at_body, "content"), name), "schema"), (old, "schema"))
    conversion.moved(at_body, old)
    conversion.copied_from[id(body)] = file
    operation["requestBody"] = body


def _responses(conversion: Conversion, operation: dict[str, Any], where: Where, file: str) -> None:
    responses = operation.get("responses")
    if not isinstance(responses, dict):
        return
    produces = texts(operation.get("produces", conversion.data.get("produces")))
    for status, value in list(responses.items()):
        at = ((where, "responses"), status)
        if status.startswith("x-"):
            continue
        response, source = conversion.resolve(value, at, file)
        if not isinstance(response, dict):
            if isinstance(value, dict):
                del responses[status]
            continue
        converted = response_of(response, produces)
        responses[status] = converted
        conversion.copied_from[id(converted)] = source
        for name in converted.get("content", {}):
            conversion.moved((((at, "content"), name), "schema"), (at, "schema"))
            conversion.moved((((at, "content"), name), "example"), (at, "examples"))


def _security_scheme(scheme: Any) -> Any:
    if not isinstance(scheme, dict):
        return scheme
    if scheme.get("type") == "basic":
        return {**scheme, "type": "http", "scheme": "basic"}
    if scheme.get("type") != "oauth2":
        return scheme
    members = ("authorizationUrl", "tokenUrl", "scopes")
    flow = {key: scheme[key] for key in members if key in scheme}
    kept = {key: each for key, each in scheme.items() if key not in (*members, "flow")}
    return {**kept, "flows": {FLOWS.get(str(scheme.get("flow")), "implicit"): flow}}
