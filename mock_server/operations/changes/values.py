"""The value that a resource has after a request: created, replaced or updated.

Each function returns a new value and changes nothing. Properties that the document marks as
``readOnly`` are never those of the request.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...contract.document.operation import Operation
from ...contract.document.resources.loading import body_defaults
from ...contract.document.resources.types import ResourceType
from ...contract.judge import Judge
from ...contract.merge_patch import merged
from ...foundation import timestamps
from ...generation.generate import CannotGenerateError, generated
from ...state.catalog import Resource
from ...state.view import View
from ..call import OperationCall

NOW = "now"  # in `set`: the time of the session
ABSENT = object()
# The part of a key that resources of a type share, such as dpl_ of dpl_7
PREFIX = re.compile(r"([A-Za-z0-9]+[^A-Za-z0-9]).+")


def created(
    judge: Judge, view: View, call: OperationCall, resource_type: ResourceType
) -> dict[str, Any]:
    """Return a new resource: from the body, the path, ``set`` and the defaults of the schemas.

    A required property without any of these is null, the time of the session, or generated.
    """
    fixed = {**_of_path(call), **values_set(call.operation, resource_type, view.now)}
    defaults = body_defaults(view.dataset.spec.data, call.operation)
    given = {**defaults, **_writable(resource_type, call.request.body), **fixed}
    if resource_type.key_of(given) is None:
        given |= _new_keys(judge, view, resource_type, given)
    value: dict[str, Any] = {}
    computed = call.operation.action.computed if call.operation.action else {}
    others = {*resource_type.embedded, *computed}
    for name in (each for each in resource_type.properties if each not in others):
        schema = resource_type.properties[name]
        found = given[name] if name in given else schema.get("default", ABSENT)
        if found is ABSENT and name in resource_type.required:
            found = _required(judge, view, resource_type, name)
        if found is not ABSENT:
            value[name] = found
    return value


def replaced(
    view: View, call: OperationCall, resource: Resource, current: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a resource that a request replaces. It keeps its key and what clients cannot write."""
    resource_type = resource.type
    roles = resource_type.timeline
    kept = {*resource_type.keys, *(roles.properties if roles else ())}
    kept |= {n for n, schema in resource_type.properties.items() if schema.get("readOnly")}
    kept |= resource_type.required - set(_writable(resource_type, call.request.body))
    value = {name: current[name] for name in current if name in kept}
    value |= _without_keys(resource_type, _writable(resource_type, call.request.body))
    value |= values_set(call.operation, resource_type, view.now)
    return {name: value[name] for name in (*resource_type.properties, *value) if name in value}


def updated(
    view: View, call: OperationCall, resource: Resource, current: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a resource with the changes of a JSON merge patch (RFC 7396).

    A null removes a property, unless the schema allows the property to be null.
    """
    changes = _without_keys(resource.type, _writable(resource.type, call.request.body))
    value = dict(current)
    for name, change in changes.items():
        if change is None and not resource.type.allows_null(name):
            value.pop(name, None)
        else:
            value[name] = merged(value.get(name), change)
    return value | values_set(call.operation, resource.type, view.now)


def values_set(operation: Operation, resource_type: ResourceType, now: int) -> dict[str, Any]:
    """Return the values that ``set`` of an action gives. now: of the session (ms since 1970)."""
    values = dict(operation.action.values) if operation.action else {}
    for name, form in resource_type.timestamps.items():
        if values.get(name) == NOW:
            values[name] = timestamps.written(now, form)
    return values


def _writable(resource_type: ResourceType, body: Any) -> dict[str, Any]:
    """Return the members of a body that are declared and not ``readOnly``.

    A body can have the resource in a property of its own.
    """
    members: Mapping[str, Any] = body if isinstance(body, dict) else {}
    declared = resource_type.properties
    if members and not members.keys() & declared.keys():
        inner = [each for each in members.values() if isinstance(each, dict)]
        members = inner[0] if len(inner) == 1 else members
    return {
        name: value
        for name, value in members.items()
        if name in declared and not declared[name].get("readOnly")
    }


def _without_keys(resource_type: ResourceType, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in resource_type.keys}


def _of_path(call: OperationCall) -> dict[str, Any]:
    """Return the properties that the path parameters contain, such as the key of the parent."""
    named = call.operation.action.of_path if call.operation.action else {}
    return {name: call.request.path[parameter] for parameter, name in named.items()}


def _new_keys(
    judge: Judge, view: View, resource_type: ResourceType, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the properties of a key that no resource of the type has or had in the session."""
    known = view.known_keys(resource_type.name)
    missing = [name for name in resource_type.keys if given.get(name) is None]
    candidates = (
        {name: _new_key(judge, view, resource_type, name, known, attempt) for name in missing}
        for attempt in itertools.count(1)
    )
    return next(c for c in candidates if resource_type.key_of({**given, **c}) not in known)


def _new_key(
    judge: Judge,
    view: View,
    resource_type: ResourceType,
    name: str,
    known: Sequence[str],
    attempt: int,
) -> Any:
    """Return a key like the known ones: the next integer, or the same prefix with a number.

    attempt: 1 for the first key, 2 for another one, and so on.
    """
    where = resource_type.pointers[name]
    schema = resource_type.properties[name]
    types = schema.get("type", ())
    if "integer" in types or "number" in types:
        position = resource_type.keys.index(name) - len(resource_type.keys)
        texts = (key.split("/")[position:][0] for key in known)
        numbers = [int(text) for text in texts if text.removeprefix("-").isdecimal()]
        following = max(numbers, default=0) + attempt
        if not judge.schemas.violations(where, following):
            return following
        return next(n for n in itertools.count(attempt) if n not in numbers)  # after the largest
    prefix, number = _shared_prefix(known), len(view.session_state.changes) + attempt
    if "format" not in schema:
        for candidate in (f"{prefix}{number}", f"{resource_type.label.replace(' ', '_')}_{number}"):
            if not judge.schemas.violations(where, candidate):
                return candidate
    seed = f"{resource_type.name} {view.session_state.started_at} {number}"
    return generated(judge.schemas, where, seed, view.now, use_examples=False, name=name)


def _shared_prefix(keys: Sequence[str]) -> str:
    """Return the prefix of at least half of the keys; "" if there is none."""
    prefixes = Counter(matched[1] for key in keys if (matched := PREFIX.fullmatch(key)))
    prefix, count = next(iter(prefixes.most_common(1)), ("", 0))
    return prefix if count * 2 >= len(keys) else ""


def _required(judge: Judge, view: View, resource_type: ResourceType, name: str) -> Any:
    """Return a value for a required property that nothing gives a value."""
    if resource_type.allows_null(name):  # a timestamp that can be null has not been reached
        return None
    if name in resource_type.timestamps:
        return timestamps.written(view.now, resource_type.timestamps[name])
    roles = resource_type.timeline
    if roles and name in roles.status:
        return roles.initial
    try:
        seed = f"{name} {len(view.session_state.changes)}"
        where = resource_type.pointers[name]
        return generated(judge.schemas, where, seed, view.now, name=name)
    except CannotGenerateError:  # the judge of the resource reports what is missing
        return ABSENT
