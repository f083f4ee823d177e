"""Whether a rule was relevant for a response that follows it.

A rule is relevant if another value of one property that it names would break it. For example, a
rule about `failed` is not relevant for a release that never failed: no other value of a single
property breaks it. Only a relevant rule counts as verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mock_server.contract.document.resources.loading import declared_properties
from mock_server.contract.document.resources.types import ROLES
from mock_server.contract.document.spec import Spec
from mock_server.contract.judge import Judge
from mock_server.contract.rules import evaluation
from mock_server.contract.rules.compilation import Rule
from mock_server.contract.rules.subjects import Subject
from mock_server.contract.violations import Violation, parts

OTHER_TIMESTAMPS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
OTHER_VALUES: tuple[Any, ...] = (
    *(None, True, False, "another", -1e9, 1e9, -(10**9), 10**15, [], ["another"]),
)
JSON_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    int: "integer",
    float: "number",
    list: "array",
}
CHANGED_ITEMS = 2  # of a list: the first and the last, one at a time


def is_relevant_to_value(
    judge: Judge,
    rule: Rule,
    name: str,
    value: Mapping[str, Any],
    now: datetime,
    old: Mapping[str, Any] | None,
) -> bool:
    """Return whether a changed property of a value would break a rule that the value follows.

    name: the schema of the value. old: the earlier value, for rules about changes.
    """
    only_rule = replace(judge.rules, of_schemas={name: (rule,)})
    return any(
        _breaks(evaluation.schema_violations(only_rule, name, [Subject(changed, old=old)], now))
        for changed in _changed(judge.spec, rule, name, value)
    )


def is_relevant_to_response(
    judge: Judge,
    rule: Rule,
    operation: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    resources: list[tuple[str, str, Any]],
    now: datetime,
) -> bool:
    """Return whether a changed or repeated resource in the body would break a rule that the
    response follows.

    resources: the schema, the JSON pointer and the value of each resource in the body.
    """
    only_rule = replace(judge.rules, of_operations={operation: (rule,)})
    return any(
        _breaks(
            evaluation.operation_violations(
                only_rule, operation, request, {**response, "body": body}, now
            )
        )
        for body in _changed_bodies(judge.spec, rule, response["body"], resources)
    )


def _breaks(violations: list[Violation]) -> bool:
    """Return whether a rule is broken; one that cannot be evaluated (it has a cure) is not."""
    return any(not violation.fix for violation in violations)


def _changed_bodies(
    spec: Spec, rule: Rule, body: Any, resources: list[tuple[str, str, Any]]
) -> Iterator[Any]:
    for name, pointer, value in (*resources[:1], *resources[-1:])[:CHANGED_ITEMS]:
        steps = parts(pointer)
        for changed in _changed(spec, rule, name, value):
            yield _with_value(body, steps, changed)
        if steps and steps[-1].isdecimal():
            yield _with_value(body, [*steps[:-1], "-"], value)


def _with_value(body: Any, steps: list[str], value: Any) -> Any:
    """Return a copy of a body with another value at a JSON pointer; ``-`` is the end of a list
    (RFC 6901, section 4)."""
    if not steps:
        return value
    if isinstance(body, list):
        if steps[0] == "-":
            return [*body, value]
        index = int(steps[0])
        return [*body[:index], _with_value(body[index], steps[1:], value), *body[index + 1 :]]
    return {**body, steps[0]: _with_value(body[steps[0]], steps[1:], value)}


def _changed(
    spec: Spec, rule: Rule, name: str, value: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield copies of a value, each with another value of one property that the rule names."""
    declared, _ = declared_properties(spec.data, spec.schema(name))
    for property_name in _property_names(spec, rule, name):
        if property_name in declared:
            for other in _other_values(declared[property_name]):
                if other != value.get(property_name):
                    yield {**value, property_name: other}


def _property_names(spec: Spec, rule: Rule, schema: str) -> Iterator[str]:
    """Yield the response properties that a rule names, directly or by their role."""
    yielded = set()
    for chain in rule.chains:
        names = [chain[-1]]
        if chain[0] not in ("self", "response") and chain[-1] in ROLES:
            names = list(spec.timeline(schema).role_properties(chain[-1]))
        for name in names if chain[0] not in ("oldSelf", "request", "now") else ():
            if name not in yielded:
                yielded.add(name)
                yield name


def _other_values(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield very different values that a schema allows."""
    if "enum" in schema:
        yield from schema["enum"]
        return
    if schema.get("format") == "date-time":
        yield from OTHER_TIMESTAMPS
        yield from [None] if "null" in schema.get("type", ()) else []
        return
    allowed = schema.get("type", list(JSON_TYPES.values()))
    for other in OTHER_VALUES:
        if JSON_TYPES[type(other)] in ([allowed] if isinstance(allowed, str) else allowed):
            yield other
