"""Values for required properties that a document has added."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mock_server.contract.document.resources.types import Process, ResourceType
from mock_server.contract.judge import Judge

SHARED_PHASES = ("waiting", "ended-well")  # that an added process enters with those before it
FIRST = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
EXAMPLES = {"date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "uri": "https://example.com"}


def added_values(
    judge: Judge,
    resource_type: ResourceType,
    value: Mapping[str, Any],
    timestamp: str,
    earlier: Collection[str],
) -> dict[str, Any]:
    """Return the required properties that a resource lacks, with values that keep the contract.

    timestamp: of its state. earlier: the properties that were required before. If
    no value keeps the contract, the first one is returned, and `mock-server check` says what is
    wrong with it.
    """
    missing = [each for each in resource_type.properties if each in resource_type.required]
    missing = [each for each in missing if each not in value and each not in earlier]
    if not missing:
        return {}
    now = datetime.fromisoformat(timestamp) if timestamp else datetime.now(UTC)
    candidates = list(_candidates(resource_type, missing, value))
    valid = (
        each
        for each in candidates
        if not judge.resource(resource_type.name, {**value, **each}, now)
    )
    return next(valid, candidates[0])


def _candidates(
    resource_type: ResourceType, missing: list[str], value: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield values for the missing properties: those of an added process follow the others."""
    processes = resource_type.timeline.processes if resource_type.timeline else ()
    added = [each for each in processes if each["status"] in missing]
    earlier = [each for each in processes if each["status"] in value]
    of_added = [name for each in added for name in each.properties.values() if name not in value]
    missing = list(dict.fromkeys((*missing, *of_added)))
    simple = {name: placeholder(resource_type.properties[name]) for name in missing}
    if added and earlier:
        for logs in (False, True):
            values = _following(added, earlier[-1], missing, value, logs)
            nullable = resource_type.allows_null
            yield simple | {n: v for n, v in values.items() if v is not None or nullable(n)}
    yield simple
    yield {name: first_word(resource_type.properties[name]) for name in missing}


def _following(
    added: list[Process],
    earlier: Process,
    missing: list[str],
    value: Mapping[str, Any],
    logs: bool,
) -> dict[str, Any]:
    """Return the values of added processes that start when an earlier one ends, as it does.

    logs: whether they have its logs too.
    """
    ended = value.get(earlier.get("completed_at") or "")
    values: dict[str, Any] = {}
    for process in added:
        for role, name in process.properties.items():
            own = value.get(earlier.get(role) or "")
            if name in missing:
                values[name] = [] if role == "logs" and not logs and own is not None else own
        for role in ("started_at", "completed_at"):
            timestamp = process.get(role) or ""
            if timestamp in missing and None not in (values.get(timestamp), ended):
                values[timestamp] = ended
    return values


def step_values(
    before: ResourceType,
    after: ResourceType,
    value: Mapping[str, Any],
    renamed: Mapping[str, str],
) -> dict[str, Any]:
    """Return what a step of a scenario gets: an added process follows those before it.

    before, after: the type in both documents. renamed: old name of a property → its new one.
    """
    if before.timeline is None or after.timeline is None:
        return {}
    statuses = [each["status"] for each in before.timeline.processes]
    earlier = {renamed.get(name, name) for name in statuses}
    added = [each for each in after.timeline.processes if each["status"] not in earlier]
    kept = [each for each in after.timeline.processes if each["status"] in earlier]
    status = value.get(kept[-1]["status"]) if added and kept else None
    phase = None if status is None else after.timeline.phases.get(status)
    return {each["status"]: status for each in added} if phase in SHARED_PHASES else {}


def placeholder(schema: Mapping[str, Any]) -> Any:
    """Return a plain value of a schema: its default, its only value, null, or an empty one."""
    for keyword in ("default", "const", "example"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("examples"):
        return schema["examples"][0]
    types = schema.get("type", ())
    types = [types] if isinstance(types, str) else list(types)
    if "null" in types or None in schema.get("enum", ()):
        return None
    return first_word(schema)


def first_word(schema: Mapping[str, Any]) -> Any:
    """Return the first value of an enum, an example of the format, or an empty value."""
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("format") in EXAMPLES:
        return EXAMPLES[schema["format"]]
    types = schema.get("type", ())
    types = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    first = FIRST.get(types[0]) if types else None
    if first == "" and schema.get("minLength", 0) > 0:
        return "x" * int(schema["minLength"])
    return schema.get("minimum", first) if first == 0 and first is not False else first
