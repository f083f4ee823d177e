"""What must hold before a request changes something. Each check raises RefusalError."""

from __future__ import annotations

from collections.abc import Sequence

from ...contract.document.operation import Operation
from ...contract.rules.expressions import OWNER
from ...contract.violations import Violation, nearest, show
from ...foundation import timestamps
from ...state.catalog import Resource
from ...state.session_state import SessionState
from ...state.view import View
from ..call import Context, OperationCall, RefusalError
from ..entity_tags import entity_tag
from .expressions import holds

CREATE = "create"
MAX_CHANGES = 1_000  # resources that a session has created, changed or deleted
MAX_CHANGED_BYTES = 4 * 1024 * 1024  # of memory that all of them take
INSUFFICIENT_STORAGE = 507  # RFC 4918, section 11.5
# The statuses of a refusal, the best one first; the first one that is documented is used.
INVALID, CONFLICT, MISSING_PARENT = (422, 400), (409, 422, 400), (404, 422, 400)


def refusal(
    operation: Operation, statuses: Sequence[int], code: str, issues: Sequence[Violation]
) -> RefusalError:
    """Return the error with the first status that the operation documents, or else the last."""
    documented = (each for each in statuses if each in operation.responses)
    by_range = (each for each in statuses if operation.documented(each))
    status = next(documented, None) or next(by_range, statuses[-1])
    return RefusalError(status, code, issues)


def check_caller(view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError (403) if the caller may not do this.

    Any client may call an operation without security.
    """
    action = call.operation.action
    if action is None or not action.who or not call.operation.takes_token:
        return
    caller = call.caller.reference if call.caller else "no resource"
    if action.who == OWNER:
        owners = view.owners(resource)
        allowed = owners is None or caller in [owner.reference for owner in owners]
        wanted = " or ".join(owner.reference for owner in owners or ()) or "nobody"
    else:
        allowed = holds(action.who, view, call, resource.type, view.value(resource))
        wanted = action.who
    if not allowed:
        raise RefusalError(403, reason=f"must be {wanted}; the token belongs to {caller}")


def check_precondition(view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError (412) if ``If-Match`` names another version (RFC 9110, section 13.1.1)."""
    wanted = call.headers.get("if-match")
    if wanted is None or not call.operation.documented(412):
        return
    tags = [tag.strip() for tag in wanted.split(",")]
    if "*" not in tags and entity_tag(view.value(resource)) not in tags:
        raise RefusalError(412)


def check_source(view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError if the status of a resource does not allow an action (``from``)."""
    action, roles = call.operation.action, resource.type.timeline
    if action is None or roles is None or not action.sources:
        return
    value = view.value(resource)
    if not roles.is_in(value, action.sources):
        message = f"the {resource.type.label} must be {' or '.join(action.sources)}"
        violation = Violation("status", message, found=show(roles.status_of(value)))
        raise RefusalError(action.otherwise, action.otherwise_code, [violation])


def check_scenario(view: View, resource: Resource, scenario: str) -> None:
    """Raise RefusalError (400) unless a restart of a resource can play this scenario."""
    scenarios = view.dataset.fixtures.scenarios_of(resource.type.name)
    valid = [each.name for each in scenarios.values() if each.can_restart]
    if scenario not in valid:
        message = f"must be a scenario that a restart can play: {', '.join(valid)}"
        fix = nearest(scenario, valid)
        raise RefusalError(400, None, [Violation("scenario", message, "scenario", scenario, fix)])


def check_value(context: Context, view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError if a new value breaks the contract, collides, or has no parent.

    view: what the session would show.
    """
    operation, value = call.operation, view.value(resource)
    now = timestamps.to_datetime(view.now)
    if violations := context.judge.resource(resource.type.name, value, now):
        raise refusal(operation, INVALID, "", violations)
    check_parent(view, call, resource)
    if taken := view.taken(resource):
        message = f"{' and '.join(taken)} must be unique"
        violation = Violation("unique", message, f"/{next(iter(taken))}", show(taken))
        raise refusal(operation, CONFLICT, "", [violation])


def check_parent(view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError if the parent of a resource does not exist."""
    resource_type = resource.type
    parent_key = resource_type.parent_key_of(resource.value)
    if resource_type.parent and parent_key is not None and resource.parent is None:
        parent = view.dataset.spec.types[resource_type.parent]
        names = " and ".join(resource_type.parent_keys)
        message = f"{names} must be the key of an existing {parent.label}"
        violation = Violation("parent", message, f"/{names}", show(parent_key))
        # A 404 of a change means the resource itself.
        statuses = MISSING_PARENT if call.operation.does == CREATE else (*INVALID, 404)
        raise refusal(call.operation, statuses, parent.not_found_code, [violation])


def check_new_key(view: View, call: OperationCall, resource: Resource) -> None:
    """Raise RefusalError if a resource with the same key exists."""
    if view.find(resource.type.name, resource.key) is not None:
        names = " and ".join(resource.type.keys)
        message = f"another {resource.type.label} with this {names} exists"
        violation = Violation("key", message, f"/{resource.type.keys[-1]}", resource.key)
        raise refusal(call.operation, CONFLICT, "", [violation])


def check_capacity(session_state: SessionState) -> None:
    """Raise RefusalError (507) if a session holds too many changed resources, or too large ones."""
    count, size = len(session_state.changes), session_state.changed_bytes
    if count > MAX_CHANGES or size > MAX_CHANGED_BYTES:
        message = (
            f"a session holds at most {MAX_CHANGES} changed resources in {MAX_CHANGED_BYTES} bytes"
            " of memory"
        )
        violation = Violation("session", message, fix="reset the session")
        raise RefusalError(INSUFFICIENT_STORAGE, None, [violation])
