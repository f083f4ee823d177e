"""The role of each operation and the values of its lookups, read from the spec alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mock_server.contract.document import loading
from mock_server.contract.document.operation import Lookup, LookupWay, Operation
from mock_server.contract.document.resources.types import FIELD, ResourceType, TimelineRoles
from mock_server.contract.document.spec import Spec
from mock_server.foundation.shipped_files import shipped

Resource = Mapping[str, Any]
# A resource and its parents, each by the name of its schema.
Chain = Mapping[str, Resource]

SUCCESSES = range(200, 300)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")  # RFC 9110, section 9.2.1
RESTART = "restart"  # what an action does


def timed_name(spec: Spec) -> str:
    """Return the name of the type whose timeline a run restarts and follows; "" if there is none.

    This decides which of two paths a run takes. If an operation finds a resource by values of its
    body or query and restarts its timeline, a run looks up resources in this way, restarts one and
    follows it (the checks in `checks`). For any other document, it finds resources by the paths and
    by what operations do to resources (`checks/any_api` and `checks/resources`).
    """
    restarted = (
        operation.action.finds
        for operation in spec.operations.values()
        if operation.action and operation.does == RESTART and _finds_by_values(operation)
    )
    return next((name for name in restarted if spec.types[name].timeline), "")


def _finds_by_values(operation: Operation) -> bool:
    """Return whether an operation finds resources by values of its body or query."""
    of_path = {parameter.name for parameter in operation.path_parameters}
    ways = operation.lookup.ways if operation.lookup else ()
    return any(way.by and not of_path & way.by.keys() for way in ways)


def timed_type(spec: Spec) -> ResourceType:
    """Return the type whose timeline an operation restarts. Raises KeyError if there is none."""
    return spec.types[timed_name(spec)]


def timeline_of(spec: Spec) -> TimelineRoles:
    """Return the roles in the timeline of that type; of no process if there is none."""
    return spec.timeline(timed_name(spec))


def follows_timeline(spec: Spec) -> bool:
    """Return whether a run restarts and follows a timeline (see `timed_name`)."""
    return bool(timed_name(spec))


def statuses_of(file: Path | None, overlays: Sequence[Path] = ()) -> Collection[str]:
    """Return the statuses that a run follows by a contract, by default the shipped one.

    Raises ContractError.
    """
    return timeline_of(loading.load(file or shipped("openapi.yaml"), overlays)).phases


def is_success(status: int) -> bool:
    """Return whether a status is 2xx."""
    return status in SUCCESSES


def is_safe(operation: Operation) -> bool:
    """Return whether a request of an operation only reads."""
    return operation.method in SAFE_METHODS


def returns_list(operation: Operation) -> bool:
    """Return whether an operation returns a list of resources instead of one."""
    return operation.success.returns_list


def restarts(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation restarts a timeline that a run follows."""
    return operation.does == RESTART and resource_name(operation) == timed_name(spec)


def changes(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation can change the target: only a restart, if a run follows one."""
    return restarts(spec, operation) if follows_timeline(spec) else not is_safe(operation)


def resource_name(operation: Operation) -> str | None:
    """Return the name of the schema of the resources that an operation looks up, if any."""
    return operation.lookup.finds if operation.lookup else None


def lookups(spec: Spec) -> Iterator[tuple[Operation, Lookup]]:
    """Yield every operation that looks up resources, except the optional ones."""
    for operation in spec.operations.values():
        if operation.lookup is not None and not operation.optional:
            yield operation, operation.lookup


def checked_operations(spec: Spec) -> list[Operation]:
    """Return the operations that a run checks: if it follows a timeline, only the lookups."""
    if follows_timeline(spec):
        return [operation for operation, _ in lookups(spec)]
    return [operation for operation in spec.operations.values() if not operation.optional]


def key_parameter(spec: Spec, operation: Operation) -> str | None:
    """Return the property of a request that takes the key of the resource, if there is one."""
    if operation.lookup is None:
        return None
    found = spec.types[operation.lookup.finds]
    template = f"{{{found.name}.{found.key}}}"
    ways = (way for way in operation.lookup.ways if not way.where)
    return next((name for way in ways for name, text in way.by.items() if text == template), None)


def id_properties(spec: Spec) -> frozenset[str]:
    """Return the properties that identify a resource: its key, that of its parent, and those by
    which an operation finds it."""
    keys = {name for each in spec.types.values() for name in (*each.keys, *each.parent_keys)}
    templates = (
        text for _, lookup in lookups(spec) for way in lookup.ways for text in way.by.values()
    )
    return frozenset(keys | {name for text in templates for _, name in FIELD.findall(text)})


def operations_by_key(
    spec: Spec, name: str, ignored: Collection[str] = ()
) -> list[tuple[Operation, str]]:
    """Return the operations on one resource by its key, each with its key parameter.

    name: the schema of the resource. ignored: ids of operations that are left out.
    """
    return [
        (operation, parameter)
        for operation, lookup in lookups(spec)
        if lookup.finds == name and operation.id not in ignored and not returns_list(operation)
        if (parameter := key_parameter(spec, operation))
    ]


def lookup_values(way: LookupWay, chain: Chain) -> dict[str, str] | None:
    """Return the request values that look up a resource; None if one of its texts is unknown."""
    values = {}
    for name, template in way.by.items():
        texts = template_values(template, chain)
        if not all(isinstance(text, str) and text for text in texts):
            return None
        values[name] = fill_template(template, texts)
    return values


def template_values(template: str, chain: Chain) -> list[Any]:
    """Return the value of each reference in a template; None for a value that is unknown."""
    return [chain.get(name, {}).get(member) for name, member in FIELD.findall(template)]


def fill_template(template: str, values: Iterable[Any]) -> str:
    """Return a template with these values in place of its references."""
    remaining = iter(values)
    return FIELD.sub(lambda _: str(next(remaining)), template)


def not_found_code(spec: Spec, lookup: Lookup, template: str) -> str:
    """Return the error code for a text that matches nothing.

    It is the code of the only resource that the template refers to, or else of the resource that is
    looked up.
    """
    names = {name for name, _ in FIELD.findall(template)}
    name = names.pop() if len(names) == 1 else lookup.finds
    return spec.types[name].not_found_code


def phases(spec: Spec, resource: Resource) -> set[str | None]:
    """Return the phases of a resource's processes, with None for an undocumented status."""
    roles = timeline_of(spec)
    return {
        roles.phases.get(str(roles.status_of_process(each, resource))) for each in roles.processes
    }


def has_ended(spec: Spec, resource: Resource) -> bool:
    """Return whether the timeline of a resource has ended: it no longer changes by itself."""
    shown = phases(spec, resource)
    return "ended-badly" in shown or shown == {"ended-well"}
