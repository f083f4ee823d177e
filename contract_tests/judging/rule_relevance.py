"""Whether a rule had something to say of an answer that kept it.

It had when it would have been broken by another value of one of the properties that it names: a
rule about what follows from `failed` says nothing of a release that never failed, and then no other
value of that one property breaks it either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mock_server.contract.document.spec import ROLES, Spec, resolve
from mock_server.contract.judge import Judge
from mock_server.contract.rules import evaluation
from mock_server.contract.rules.compilation import Rule
from mock_server.contract.violations import Violation, parts

INSTANTS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
OTHERS: tuple[Any, ...] = (None, True, False, "another", -1e9, 1e9, [], ["another"])
TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    float: "number",
    list: "array",
}
THINGS = 2  # of a list that are changed, one at a time


def of_schema(
    judge: Judge,
    rule: Rule,
    name: str,
    value: Mapping[str, Any],
    now: datetime,
    old: Mapping[str, Any] | None,
) -> bool:
    """Whether a rule of a schema that a value keeps would be broken by a change of that value."""
    alone = replace(judge.rules, of_schemas={name: (rule,)})
    return any(
        _broken(
            evaluation.schema_violations(alone, name, [evaluation.Subject(changed, old=old)], now)
        )
        for changed in _changed(judge.spec, rule, name, value)
    )


def of_operation(
    judge: Judge,
    rule: Rule,
    operation: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    resources: list[tuple[str, str, Any]],
    now: datetime,
) -> bool:
    """Whether a rule of an operation that an answer keeps would be broken by a change of one of
    the ``things`` in its body, or by one of them standing there twice."""
    alone = replace(judge.rules, of_operations={operation: (rule,)})
    for body in _bodies(judge.spec, rule, response["body"], resources):
        told = {**response, "body": body}
        if _broken(evaluation.operation_violations(alone, operation, request, told, now)):
            return True
    return False


def _broken(found: list[Violation]) -> bool:
    """A rule that cannot be evaluated of a changed value says nothing."""
    return any(not violation.fix for violation in found)


def _bodies(
    spec: Spec, rule: Rule, body: Any, resources: list[tuple[str, str, Any]]
) -> Iterator[Any]:
    for name, where, value in (*resources[:1], *resources[-1:])[:THINGS]:
        steps = parts(where)
        for changed in _changed(spec, rule, name, value):
            yield _put(body, steps, changed)
        if steps and steps[-1].isdecimal():
            yield _put(body, [*steps[:-1], "-"], value)


def _put(body: Any, steps: list[str], value: Any) -> Any:
    """A copy of a body with another value at a pointer; ``-`` is the end of a list."""
    if not steps:
        return value
    if isinstance(body, list):
        if steps[0] == "-":
            return [*body, value]
        index = int(steps[0])
        return [*body[:index], _put(body[index], steps[1:], value), *body[index + 1 :]]
    return {**body, steps[0]: _put(body[steps[0]], steps[1:], value)}


def _changed(
    spec: Spec, rule: Rule, name: str, value: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    declared = spec.schema(name)["properties"]
    for property_name in _named(spec, rule):
        if property_name in declared:
            schema = resolve(spec.data, declared[property_name])
            for other in _others(schema):
                if other != value.get(property_name):
                    yield {**value, property_name: other}


def _named(spec: Spec, rule: Rule) -> Iterator[str]:
    """The properties of what is answered that a rule names, itself or by the role they play."""
    seen = set()
    for chain in rule.chains:
        names = [chain[-1]]
        if chain[0] not in ("self", "response") and chain[-1] in ROLES:
            names = list(spec.build.role_properties(chain[-1]))
        for name in names if chain[0] not in ("oldSelf", "request", "now") else ():
            if name not in seen:
                seen.add(name)
                yield name


def _others(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Values that a schema allows, as different from each other as may be."""
    if "enum" in schema:
        yield from schema["enum"]
        return
    if schema.get("format") == "date-time":
        yield from INSTANTS
        yield from [None] if "null" in schema.get("type", ()) else []
        return
    allowed = schema.get("type", list(TYPES.values()))
    for other in OTHERS:
        if TYPES[type(other)] in ([allowed] if isinstance(allowed, str) else allowed):
            yield other
