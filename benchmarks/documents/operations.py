"""The operations of a document: OpenAPI 3.x and Swagger 2.0 in one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .nodes import BrokenReferenceError, Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Keywords of a Swagger 2.0 parameter that do not describe its value
PLACE_KEYWORDS = {"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"}
COLLECTION_FORMATS = {  # of Swagger 2.0 → style and explode of OpenAPI 3
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
}
JSON = "application/json"


@dataclass(frozen=True)
class Content:
    """A media type of a request or a response. schema: None if it has none."""

    schema: Node | None
    examples: Sequence[Any] = ()


@dataclass(frozen=True)
class Parameter:
    """A parameter. media_type: of a value that is sent in this form; empty with a style."""

    name: str
    place: str
    required: bool
    content: Content
    style: str
    explode: bool
    media_type: str = ""


@dataclass(frozen=True)
class Operation:
    """An operation.

    security: alternatives; each holds the schemes that are needed together.
    responses: by status, "2XX" or "default": the content by media type.
    """

    method: str
    path: str
    prefix: str
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Content] = field(default_factory=dict)
    body_required: bool = False
    security: Sequence[Sequence[Mapping[str, Any]]] = ()
    responses: Mapping[str, Mapping[str, Content]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def is_swagger(root: Node) -> bool:
    """Return whether a document is Swagger 2.0."""
    return str(root.mapping().get("swagger", "")).startswith("2")


def operation_keys(root: Node) -> list[tuple[str, str]]:
    """Return the path and the method of each operation."""
    return [
        (path, method)
        for path, item in root.get("paths").items()
        if path.startswith("/")
        for method in METHODS
        if method in item.mapping()
    ]


def read_operation(root: Node, path: str, method: str) -> Operation:
    """Return an operation. Raise BrokenReferenceError."""
    item = root.get("paths", path)
    node = item.get(method)
    read = _read_swagger if is_swagger(root) else _read_openapi
    return read(root, item, node, method.upper(), path)


def _read_openapi(root: Node, item: Node, node: Node, method: str, path: str) -> Operation:
    body = node.get("requestBody")
    return Operation(
        method,
        path,
        _prefix(next((owner for owner in (node, item, root) if owner.get("servers").value), root)),
        [_openapi_parameter(parameter) for parameter in _parameter_nodes(item, node)],
        _contents(body.get("content")),
        bool(body.mapping().get("required")),
        _security(root, node, root.get("components", "securitySchemes")),
        {
            status: _contents(response.get("content"))
            for status, response in node.get("responses").items()
            if not status.startswith("x-")
        },
    )


def _read_swagger(root: Node, item: Node, node: Node, method: str, path: str) -> Operation:
    own, common = node.mapping(), root.mapping()
    parameters = list(_parameter_nodes(item, node))
    consumes = own.get("consumes") or common.get("consumes") or []
    produces = own.get("produces") or common.get("produces") or []
    body, required = _swagger_body(parameters, consumes)
    return Operation(
        method,
        path,
        str(common.get("basePath") or "").rstrip("/"),
        [
            _swagger_parameter(parameter)
            for parameter in parameters
            if parameter.mapping().get("in") not in ("body", "formData")
        ],
        body,
        required,
        _security(root, node, root.get("securityDefinitions")),
        {
            status: _swagger_response(response, produces)
            for status, response in node.get("responses").items()
            if not status.startswith("x-")
        },
    )


def _prefix(owner: Node) -> str:
    """Return the path of the first server, with the defaults of its variables."""
    server = owner.get("servers", 0)
    url = str(server.mapping().get("url", ""))
    for name, variable in server.get("variables").items():
        url = url.replace(f"{{{name}}}", str(variable.mapping().get("default", "")))
    return urlsplit(url).path.rstrip("/")


def _parameter_nodes(item: Node, node: Node) -> Iterator[Node]:
    """Yield the parameters of an operation. They replace those of its path item."""
    parameters = {}
    for owner in (item, node):
        for parameter in owner.get("parameters").elements():
            if parameter.value is None:
                raise BrokenReferenceError(f"{parameter.pointer} has no value")
            value = parameter.mapping()
            parameters[value.get("name"), value.get("in")] = parameter
    yield from parameters.values()


def _openapi_parameter(node: Node) -> Parameter:
    value = node.mapping()
    place = str(value.get("in"))
    style = value.get("style") or ("form" if place in ("query", "cookie") else "simple")
    explode = value.get("explode", style == "form")
    media_type = next(iter(node.get("content").mapping()), "")
    owner = node.get("content", media_type) if media_type else node
    name, required = str(value.get("name")), bool(value.get("required")) or place == "path"
    return Parameter(name, place, required, _content(owner), style, explode, media_type)


def _swagger_parameter(node: Node) -> Parameter:
    value = node.mapping()
    place = str(value.get("in"))
    default = ("form" if place == "query" else "simple", False)
    style, explode = COLLECTION_FORMATS.get(value.get("collectionFormat", "csv"), default)
    name, required = str(value.get("name")), bool(value.get("required"))
    return Parameter(name, place, required, Content(_value_schema(node)), style, explode)


def _value_schema(parameter: Node) -> Node:
    value = parameter.mapping()
    schema = {key: below for key, below in value.items() if key not in PLACE_KEYWORDS}
    if schema.get("type") == "file":
        schema |= {"type": "string", "format": "binary"}
    return parameter.files.inline(schema)


def _swagger_body(
    parameters: Sequence[Node], consumes: Sequence[str]
) -> tuple[dict[str, Content], bool]:
    """Return the body of a Swagger 2.0 operation by media type, and whether it is required."""
    for parameter in parameters:
        if parameter.mapping().get("in") == "body":
            content = Content(parameter.get("schema"))
            required = bool(parameter.mapping().get("required"))
            return dict.fromkeys(consumes or [JSON], content), required
    fields = [parameter for parameter in parameters if parameter.mapping().get("in") == "formData"]
    if not fields:
        return {}, False
    values = [field.mapping() for field in fields]
    schema = {
        "type": "object",
        "properties": {
            value["name"]: _value_schema(field).value
            for value, field in zip(values, fields, strict=True)
        },
        "required": [value["name"] for value in values if value.get("required")],
    }
    has_file = any(value.get("type") == "file" for value in values)
    default = "multipart/form-data" if has_file else "application/x-www-form-urlencoded"
    content = Content(fields[0].files.inline(schema))
    return dict.fromkeys(consumes or [default], content), bool(schema["required"])


def _swagger_response(response: Node, produces: Sequence[str]) -> dict[str, Content]:
    if response.mapping().get("schema") is None:
        return dict.fromkeys(response.get("examples").mapping(), Content(None))
    schema = response.get("schema")
    is_file = schema.mapping().get("type") == "file"
    content = Content(None if is_file else schema)
    return dict.fromkeys(produces or (["*/*"] if is_file else [JSON]), content)


def _contents(node: Node) -> dict[str, Content]:
    return {media_type: _content(content) for media_type, content in node.items()}


def _content(node: Node) -> Content:
    """Return the schema and the examples of a media type or a parameter."""
    value = node.mapping()
    examples = [value["example"]] if "example" in value else []
    examples += [
        example.mapping()["value"]
        for _, example in node.get("examples").items()
        if "value" in example.mapping()
    ]
    has_schema = isinstance(value.get("schema"), dict | bool)
    return Content(node.get("schema") if has_schema else None, examples)


def _security(root: Node, node: Node, schemes: Node) -> list[list[Mapping[str, Any]]]:
    requirements = node.mapping().get("security", root.mapping().get("security")) or []
    return [[schemes.get(name).mapping() for name in requirement] for requirement in requirements]
