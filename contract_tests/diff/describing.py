"""What a schema is called, which types it allows, and how its values are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.document.references import at, followed
from mock_server.contract.violations import parts, show

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
ALTERNATIVES = ("anyOf", "oneOf")


def types_of(data: Any, schema: Mapping[str, Any]) -> set[str]:
    """Return the JSON types that a schema allows, also by its alternatives."""
    declared = schema.get("type")
    if declared is not None:
        return {declared} if isinstance(declared, str) else set(declared)
    options = [option for keyword in ALTERNATIVES for option in schema.get(keyword, ())]
    if options and all(isinstance(option, dict) for option in options):
        resolved = [option if "$ref" not in option else _of_ref(data, option) for option in options]
        return set[str]().union(*(types_of(data, option) for option in resolved))
    return set(TYPES) - {"integer"}


def _of_ref(data: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    target = at(data, followed(data, str(schema["$ref"]).removeprefix("#")))
    # Its alternatives are not searched: the schema can contain itself.
    return {key: value for key, value in target.items() if key not in ALTERNATIVES}


def subject_of(where: str) -> str:
    """Return a name for the schema at a pointer, such as ``Order.items[].price``."""
    steps = parts(where)
    if steps[:2] == ["components", "schemas"]:
        name, steps = steps[2], steps[3:]
    else:
        start = steps.index("schema") + 1 if "schema" in steps else len(steps)
        of_request = "requestBody" in steps or "parameters" in steps
        name, steps = "request" if of_request else "response", steps[start:]
    index = 0
    while index < len(steps):
        if steps[index] == "properties" and index + 1 < len(steps):
            name, index = f"{name}.{steps[index + 1]}", index + 2
        else:
            name, index = name + ("[]" if steps[index] == "items" else ""), index + 1
    return name


def shown(value: Any) -> str:
    """Return the value of a keyword as text."""
    if isinstance(value, dict) and "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    return "none" if value is None else show(value)


def listed(values: list[Any]) -> str:
    """Return values as text."""
    return ", ".join(map(show, values))
