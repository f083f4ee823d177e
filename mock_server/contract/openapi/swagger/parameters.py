"""Converts the parameters of Swagger 2.0: to parameters, or to the request body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

JSON = "application/json"
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
# Members of a parameter that are not part of its schema.
OF_PARAMETER = {"name", "in", "description", "required", "allowEmptyValue", "collectionFormat"}
# collectionFormat → style of a query parameter, explode
STYLES = {
    "csv": ("form", False),
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "tsv": ("form", False),  # OpenAPI 3 has no tabs
}

Parameter = Mapping[str, Any]


def parameter_of(parameter: Parameter) -> dict[str, Any]:
    """Return the parameter of OpenAPI 3 for one in the path, the query or a header."""
    kept = {key: value for key, value in parameter.items() if key in OF_PARAMETER}
    converted = {**kept, "schema": schema_of(parameter)}
    converted.pop("collectionFormat", None)
    if parameter.get("type") == "array":
        style, converted["explode"] = _style(parameter)
        if parameter.get("in") == "query":
            converted["style"] = style
    return converted


def schema_of(parameter: Parameter) -> dict[str, Any]:
    """Return the schema of a parameter or header, whose keywords are its members."""
    schema = {key: value for key, value in parameter.items() if key not in OF_PARAMETER}
    if schema.get("type") == "file":
        schema.update(type="string", format="binary")
    if isinstance(schema.get("items"), dict):
        schema["items"] = schema_of(schema["items"])
    return schema


def request_body(
    bodies: Sequence[Parameter], form: Sequence[Parameter], consumes: list[str]
) -> dict[str, Any]:
    """Return the request body for parameters in the body or, if there are none, in a form."""
    if bodies:
        parameter = bodies[-1]
        media: dict[str, Any] = {"schema": parameter.get("schema", {})}
        replace_file_schema(media)
        kept = {key: parameter[key] for key in ("description", "required") if key in parameter}
        return {**kept, "content": {name: dict(media) for name in consumes or [JSON]}}
    has_file = any(parameter.get("type") == "file" for parameter in form)
    names = [name for name in consumes if name in (URLENCODED, MULTIPART)]
    names = [MULTIPART] if has_file else names or [URLENCODED]
    media = _form(form)
    required = bool(media["schema"].get("required"))
    return {"content": {name: dict(media) for name in names}, "required": required}


def replace_file_schema(media: dict[str, Any]) -> bool:
    """Replace the schema of a file in a media type, and return whether it was one."""
    schema = media["schema"]
    is_file = isinstance(schema, dict) and schema.get("type") == "file"
    if is_file:
        media["schema"] = {**schema, "type": "string", "format": "binary"}
    return is_file


def _form(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Return the media type of a form."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    encoding: dict[str, Any] = {}
    for parameter in parameters:
        name = str(parameter.get("name"))
        properties[name] = schema_of(parameter)
        if isinstance(parameter.get("description"), str):
            properties[name]["description"] = parameter["description"]
        if parameter.get("required") is True and name not in required:
            required.append(name)
        if parameter.get("type") == "array":
            style, explode = _style(parameter)
            encoding[name] = {"style": style, "explode": explode}
    schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {"schema": schema, **({"encoding": encoding} if encoding else {})}


def _style(parameter: Parameter) -> tuple[str, bool]:
    return STYLES.get(str(parameter.get("collectionFormat")), STYLES["csv"])
