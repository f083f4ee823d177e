"""The checks as pytest items: their order, and the operations that each calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.spec import Spec

from .cases.api_shape import creators_of, reader_of, remover_of
from .target.roles import RESTART, changes, follows_timeline, lookups, restarts, returns_list
from .target.type_operations import (
    OWNER,
    has_entity_tag,
    has_unique_values,
    has_unknown_key,
    is_versioned,
    lists,
)

CHECKS = Path(__file__).parent / "checks"
# Folders of checks for documents without timelines (see `timed_name`): for all of them, and for
# those that mark resources
ANY_API, RESOURCES = "any_api", "resources"
# The parameter of a check → whether the check runs for an operation
OPERATIONS: dict[str, Callable[[Spec, Operation], bool]] = {
    "operation": lambda _, __: True,
    "api_operation": lambda _, __: True,
    "secured_api_operation": lambda _, operation: operation.needs_token,
    "json_operation": lambda _, operation: any(body.is_json for body in operation.bodies),
    "list_operation": lambda _, operation: returns_list(operation),
    "get_operation": lambda spec, operation: (
        not (returns_list(operation) or restarts(spec, operation))
    ),
    "secured_operation": lambda _, operation: operation.needs_token,
    "caller_operation": lambda _, operation: bool(operation.lookup and operation.lookup.otherwise),
    "body_operation": lambda _, operation: operation.body is not None,
    "query_operation": lambda _, operation: bool(operation.parameters),
    "creating_operation": lambda _, operation: operation.does == "create",
    "updating_operation": lambda _, operation: operation.does == "update",
    "replacing_operation": lambda _, operation: operation.does == "replace",
    "deleting_operation": lambda _, operation: operation.does == "delete",
    "restarting_operation": lambda _, operation: operation.does == RESTART,
    "writing_operation": lambda _, operation: bool(operation.action and operation.body),
    "limited_operation": lambda _, operation: bool(operation.action and operation.action.sources),
    "moving_operation": lambda _, operation: operation.does == "transition",
    "owned_operation": lambda _, operation: bool(
        operation.action and operation.action.who == OWNER and operation.takes_token
    ),
    "unique_operation": has_unique_values,
    "versioned_operation": lambda _, operation: bool(operation.action and is_versioned(operation)),
    "tagged_operation": lambda _, operation: (
        operation.action is None and has_entity_tag(operation) and 304 in operation.responses
    ),
    "listing_operation": lambda _, operation: lists(operation),
    "filtering_operation": lambda _, operation: bool(
        lists(operation) and operation.lookup and operation.lookup.filters
    ),
    "paged_operation": lambda _, operation: lists(operation) and operation.page is not None,
    "keyed_operation": has_unknown_key,
    "streaming_operation": lambda _, operation: bool(operation.lookup and operation.success.events),
}
# The parameter of a check → the templates of the items for which it runs
ITEMS: dict[str, Callable[[Spec, str], bool]] = {
    "item": lambda spec, item: reader_of(spec, item) is not None,
    "created_item": lambda spec, item: (
        bool(creators_of(spec, item)) and not _is_resource(spec, item)
    ),
    "deleted_item": lambda spec, item: (
        bool(creators_of(spec, item))
        and remover_of(spec, item) is not None
        and not _is_resource(spec, item)
    ),
}


def _is_resource(spec: Spec, item: str) -> bool:
    """Return whether the checks of resources create and delete the items of a path."""
    creators = creators_of(spec, item)
    return any(each.action and each.does == "create" for each in creators)


# The checks that need no timelines, beside those in the folder any_api
GENERAL_MODULES = ("generated",)
# This check runs first: it needs resources that were listed but never read.
READS = "test_reads_change_nothing"
FIRST_RESTART = "test_a_restart_starts_the_timeline_of_one_resource"
END_OF_TIMELINE = "test_a_timeline_runs_to_its_end"
LINKS = "test_links"
# Fast checks with many findings run first. The timelines continue while requests are generated.
ORDER = (
    *("creation", "listing", "paging", "changes", "uniqueness", "versions", "refusals"),
    *("transitions", "ownership", "unknown_keys", "deletion", "restarts"),
    *("valid_requests", "items", "credentials", "unusual_requests"),
    *("authentication", "lookups", "lists", "precedence", "unknown", "restarts", "streams"),
    *("reliability", "protocol", "concurrency", "generated", "stateful"),
)
END_OF_TIMELINE = "test_a_timeline_only_moves_forward"
LAST = (END_OF_TIMELINE, "test_a_streamed_timeline_matches_the_resource")


def position(item: pytest.Item) -> int:
    """Return the position of a check in the order of a run; the first is the smallest."""
    if is_check(item) and function(item) == READS:
        return -2
    if not is_check(item) or item.name == FIRST_RESTART:
        return -1
    is_last = item.name in LAST or function(item) == END_OF_TIMELINE
    return len(ORDER) if is_last else ORDER.index(module(item))


def is_check(item: pytest.Item) -> bool:
    """Return whether a test belongs to this package; a session can also contain other tests."""
    return item.path.parent in (CHECKS, CHECKS / ANY_API, CHECKS / RESOURCES)


def applies(item: pytest.Item, spec: Spec) -> bool:
    """Return whether a check rests on what the document describes: timelines, or only OpenAPI."""
    if module(item) in GENERAL_MODULES or item.name == LINKS:
        return True
    if item.path.parent.name == RESOURCES:
        return bool(spec.types) and not follows_timeline(spec)
    return (item.path.parent.name == ANY_API) != follows_timeline(spec)


def node_id(check: str) -> str:
    """Return the complete pytest name of a check, such as `test_items.py::test_…`."""
    name, separator, rest = check.partition("::")
    return f"{next(CHECKS.rglob(name), CHECKS / name)}{separator}{rest}"


def module(item: pytest.Item) -> str:
    """Return the name of the module of a check, without ``test_``."""
    return item.path.stem.removeprefix("test_")


def function(item: pytest.Item) -> str:
    """Return the name of the function of a check, without its parameters."""
    return item.name.partition("[")[0]


def _parameters(item: pytest.Item) -> list[Any]:
    callspec = getattr(item, "callspec", None)
    return list(callspec.params.values()) if callspec else []


def may_restart(item: pytest.Item, spec: Spec) -> bool:
    """Return whether a check runs for an operation that restarts timelines, or for its path."""
    called = _parameters(item)
    restarting = [operation for operation, _ in lookups(spec) if restarts(spec, operation)]
    return any(each in called or each.path in called for each in restarting)


def changes_target(item: pytest.Item, spec: Spec) -> bool:
    """Return whether a check restarts resources, or changes resources."""
    operations = verified_operations(item, spec)
    return item.name == LINKS or any(changes(spec, operation) for operation in operations)


def verified_operations(item: pytest.Item, spec: Spec) -> Iterable[Operation]:
    """Return the operations that a check verifies."""
    operations = [each for each in _parameters(item) if isinstance(each, Operation)]
    if operations:
        return operations
    if item.name in (FIRST_RESTART, END_OF_TIMELINE):
        return [operation for operation, _ in lookups(spec) if restarts(spec, operation)]
    return ()
