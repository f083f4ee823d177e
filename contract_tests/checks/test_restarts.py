"""Checks what a restart changes: the timeline of one resource, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Request
from mock_server.contract.violations import Violation, show

from ..cases import edge_cases
from ..judging.comparison import Observed, difference, unexpected_change
from ..run.coverage import state_of
from ..run.effects import check_no_change, is_caused_by
from ..run.run import Run
from ..run.timelines import FollowedTimeline, RestartOperations
from ..target.roles import (
    SUCCESSES,
    Resource,
    has_ended,
    lookups,
    phases,
    restarts,
    returns_list,
    timed_name,
    timed_type,
    timeline_of,
)
from ..target.target import JSON
from .test_lists import check_unique

PER_STATE = 2  # resources of each state that are restarted
MOST_RESOURCES = 8  # that are restarted
MOST_RESTARTS = 4  # of one resource
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_a_restart_starts_the_timeline_of_one_resource(run: Run) -> None:
    """The next read after a restart shows the new start, and no other resource has changed."""
    before = listed_resources(run)
    timeline = run.followed_timeline
    if timeline is None:
        no_token = run.target.token is None
        reason = "--token is missing" if no_token else f"no known {run.label} can be restarted"
        restarting = (each.id for each, _ in lookups(run.spec) if restarts(run.spec, each))
        run.unverified.update(dict.fromkeys(restarting, reason))
        pytest.skip(reason)
    check_other_resources(run, timeline.operations, timeline.resource, before)


def listed_resources(run: Run) -> dict[str, Observed]:
    """Return the resources of the known parents by key, from lists or else from single reads."""
    resource_type = timed_type(run.spec)
    resources = (resource for resource, _ in run.known.of(resource_type.name))
    parents = dict.fromkeys(str(resource_type.parent_key_of(resource)) for resource in resources)
    observed: dict[str, Observed] = {}
    for operation, lookup in run.offered:
        way = next((way for way in lookup.ways if _is_by_parent(run, way.by)), None)
        if lookup.finds == timed_name(run.spec) and returns_list(operation) and way:
            for parent in parents:
                exchange = run.client.call(operation, dict.fromkeys(way.by, parent))
                for resource in run.client.resources(operation, exchange):
                    observed[str(resource.get(run.key))] = resource, exchange
            return observed
    return run.read_all()


def _is_by_parent(run: Run, by: Mapping[str, str]) -> bool:
    """Return whether a lookup takes only the key of the parent of a resource."""
    resource_type = timed_type(run.spec)
    own = [f"{{{resource_type.name}.{name}}}" for name in resource_type.parent_keys]
    return list(by.values()) == own


def check_other_resources(
    run: Run,
    operations: RestartOperations,
    resource: Resource,
    before: Mapping[str, Observed],
) -> None:
    """Report each other resource that a restart of this one has changed."""
    operation, parameter = operations.restart
    restarted = str(resource[run.key])
    after = listed_resources(run)
    check_same_resources(run, operation, before, after)
    for key in before.keys() & after.keys() - {restarted}:
        change = unexpected_change(run.spec, before[key][0], after[key][0])
        restart = partial(run.client.call, operation, {parameter: restarted})
        if change is not None and is_caused_by(run, change, before[key][0], restart):
            message = f"must not change when another {run.label} is restarted"
            found = f"{change.found} in {key} after a restart of {restarted}"
            violation = Violation(change.rule, message, change.pointer, found)
            run.recorder.report(operation, violation, after[key][1])


def check_same_resources(
    run: Run,
    operation: Operation,
    before: Mapping[str, Observed],
    after: Mapping[str, Observed],
) -> None:
    """Report a restart after which the lists contain more resources than before, or fewer."""
    for more, fewer, change in ((after, before, "add"), (before, after, "remove")):
        for key in list(more.keys() - fewer.keys())[:1]:
            message = f"must {change} no {run.label}"
            violation = Violation("nothing-changed", message, found=show(key))
            run.recorder.report(operation, violation, next(iter(after.values()), more[key])[1])


def test_resources_in_every_state_can_be_restarted(run: Run) -> None:
    """A resource in any state can be restarted, also several times, and the next read shows it."""
    operations = run.restart_operations
    resources = resources_to_restart(run)
    if operations is None or not resources:
        pytest.skip(f"no known {run.label} can be restarted")
    for number, resource in enumerate(resources):
        timeline = FollowedTimeline(run.recorder, operations, resource, 0)
        before = listed_resources(run)
        for repetition in range(1 + number % MOST_RESTARTS):
            check_restart(run, timeline, first=repetition == 0)
        check_other_resources(run, operations, resource, before)
    for operation, _ in run.offered:
        if returns_list(operation):
            check_unique(run, operation)


def resources_to_restart(run: Run) -> list[Resource]:
    """Return known resources of the owner of the token, in as many states as possible.

    Stale resources count as separate states, and so does each value of a boolean that a timeline
    does not change, such as a lock.
    """
    by_kind: dict[object, list[Resource]] = {}
    properties = timed_type(run.spec).properties
    flags = [
        name for name in timed_type(run.spec).identity if properties[name].get("type") == "boolean"
    ]
    for resource in run.resources(of_token=run.target.token):
        for name in (None, *flags, *timeline_of(run.spec).role_properties("stale")):
            value = resource.get(name) if name else None
            by_kind.setdefault((state_of(run.spec, resource), name, value), []).append(resource)
    chosen = [resource for group in by_kind.values() for resource in group[:1]]
    chosen += [resource for group in by_kind.values() for resource in group[1:PER_STATE]]
    return list({resource[run.key]: resource for resource in chosen}.values())[:MOST_RESOURCES]


def check_restart(run: Run, timeline: FollowedTimeline, first: bool) -> None:
    """Restart a resource, and compare the response with the resource before and after.

    first: whether the timeline may have ended before, so that a new start time is expected.
    """
    operation = timeline.operations.restart[0]
    before, _ = timeline.read(run.client)
    restarted = timeline.restart(run.client)
    if restarted.response.status not in SUCCESSES:
        message = f"status must be {operation.success.status} for a restart in any state"
        status = str(restarted.response.status)
        run.recorder.report(operation, Violation("status", message, found=status), restarted)
        return
    returned = next(iter(run.client.resources(operation, restarted)), None)
    after, exchange = timeline.read(run.client)
    if returned is None or after is None:
        return
    if first and before is not None:
        timeline.check_new_start(before, after, exchange)
    changed = before and difference(
        run.spec,
        timed_name(run.spec),
        before,
        after,
        timed_type(run.spec).identity,
        same_lookup=True,
    )
    if changed:
        message = f"must keep {changed.pointer[1:]} in a restart"
        violation = Violation("identity", message, changed.pointer, changed.found)
        run.recorder.report(operation, violation, exchange)
    # The restarted timeline may have begun between the two responses.
    only = None if phases(run.spec, after) == {"waiting"} else timed_type(run.spec).identity
    differing = difference(run.spec, timed_name(run.spec), returned, after, only)
    if differing is not None:
        message = f"must return the same {differing.pointer[1:]} as the next read"
        violation = Violation("restart-answer", message, differing.pointer, differing.found)
        run.recorder.report(operation, violation, restarted)


def test_a_rejected_restart_changes_nothing(run: Run, secured_operation: Operation) -> None:
    """An invalid request to restart a resource does not change the resource."""
    operations, own = run.restart_operations, list(run.resources(of_token=run.target.token))
    if (
        secured_operation.body is None
        or operations is None
        or secured_operation != operations.restart[0]
        or not own
    ):
        pytest.skip(f"it restarts no {run.label} of the token's owner")
    resource = max(own, key=lambda each: has_ended(run.spec, each))
    valid = {operations.restart[1]: resource[run.key]}
    body, session = json.dumps(valid).encode(), run.client.session
    headers = {"Authorization": f"Bearer {run.target.token}", "Content-Type": JSON}
    send, method, path = session.send_request, secured_operation.method, secured_operation.path
    bodies = [
        each
        for each in edge_cases.bodies(valid)
        if not _is_valid(run, secured_operation, each, headers)
    ]
    sends = [partial(send, method, path, (), each, headers) for each in bodies]
    for content_type in edge_cases.OTHER_TYPES:
        other_headers = {**headers, "Content-Type": content_type}
        sends.append(partial(send, method, path, (), body, other_headers))
    query = tuple(valid.items())
    other_methods = [other for other in METHODS if other != method]
    sends += [partial(send, other, path, query, body, headers) for other in other_methods]
    sends.append(partial(send, method, f"{path}/", (), body, headers))
    check_no_change(run, secured_operation, resource, sends)


def _is_valid(run: Run, operation: Operation, body: bytes, headers: Mapping[str, str]) -> bool:
    lowercase = {name.lower(): text for name, text in headers.items()}
    request = Request(operation.method, operation.path, (), lowercase, body)
    return operation.success.status in run.recorder.expectations.of(request).statuses


def test_a_timeline_runs_to_its_end(run: Run) -> None:
    """Every observed state of a timeline follows the rules, until the timeline ends."""
    timeline = run.followed_timeline
    if timeline is None or timeline.thread is None:
        pytest.skip("no restart was accepted")
    timeline.thread.join()
    findings = run.recorder.findings_of(timeline.thread.ident)
    if findings:
        pytest.fail("\n".join(dict.fromkeys(map(str, findings))), pytrace=False)
    if timeline.reason:
        run.unverified["the end of a timeline"] = f"{timeline.key}: {timeline.reason}"
        pytest.skip(timeline.reason)
    run.read_all()
    check_restart(run, timeline, first=True)
