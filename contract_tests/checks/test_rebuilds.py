"""Checks what a rebuild changes: the builds of one release, and nothing else."""

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
from ..run.builds import FollowedBuild, ReleaseOperations
from ..run.coverage import state_of
from ..run.effects import check_no_change, is_caused_by
from ..run.run import Run
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

PER_STATE = 2  # releases of each state that are rebuilt
MOST_RELEASES = 8  # that are rebuilt
MOST_REBUILDS = 4  # of one release
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_a_rebuild_starts_a_build_of_one_release(run: Run) -> None:
    """A rebuild starts a new build, which the next read shows, and changes no other release."""
    before = listed_releases(run)
    build = run.followed_build
    if build is None:
        no_token = run.target.token is None
        reason = "--token is missing" if no_token else "no known release can be rebuilt"
        rebuilds = (each.id for each, _ in lookups(run.spec) if restarts(run.spec, each))
        run.unverified.update(dict.fromkeys(rebuilds, reason))
        pytest.skip(reason)
    check_other_releases(run, build.operations, build.release, before)


def listed_releases(run: Run) -> dict[str, Observed]:
    """Return the releases of the known packages by key, from lists or else from single reads."""
    resource_type = timed_type(run.spec)
    releases = (release for release, _ in run.known.of(resource_type.name))
    parents = dict.fromkeys(str(resource_type.parent_key_of(release)) for release in releases)
    observed: dict[str, Observed] = {}
    for operation, lookup in run.offered:
        way = next((way for way in lookup.ways if _is_by_parent(run, way.by)), None)
        if lookup.finds == timed_name(run.spec) and returns_list(operation) and way:
            for parent in parents:
                exchange = run.client.call(operation, dict.fromkeys(way.by, parent))
                for release in run.client.resources(operation, exchange):
                    observed[str(release.get(run.release_key))] = release, exchange
            return observed
    return run.read_all()


def _is_by_parent(run: Run, by: Mapping[str, str]) -> bool:
    """Return whether a lookup takes only the key of the parent of a release."""
    resource_type = timed_type(run.spec)
    own = [f"{{{resource_type.name}.{name}}}" for name in resource_type.parent_keys]
    return list(by.values()) == own


def check_other_releases(
    run: Run,
    operations: ReleaseOperations,
    release: Resource,
    before: Mapping[str, Observed],
) -> None:
    """Report each other release that a rebuild of this one has changed."""
    operation, parameter = operations.rebuild
    rebuilt = str(release[run.release_key])
    after = listed_releases(run)
    check_same_releases(run, operation, before, after)
    for key in before.keys() & after.keys() - {rebuilt}:
        change = unexpected_change(run.spec, before[key][0], after[key][0])
        rebuild = partial(run.client.call, operation, {parameter: rebuilt})
        if change is not None and is_caused_by(run, change, before[key][0], rebuild):
            message = "must not change when another release is rebuilt"
            found = f"{change.found} in {key} after a rebuild of {rebuilt}"
            violation = Violation(change.rule, message, change.pointer, found)
            run.recorder.report(operation, violation, after[key][1])


def check_same_releases(
    run: Run,
    operation: Operation,
    before: Mapping[str, Observed],
    after: Mapping[str, Observed],
) -> None:
    """Report a rebuild after which the lists contain more releases than before, or fewer."""
    problems = ((after, before, "must add no release"), (before, after, "must remove no release"))
    for more, fewer, message in problems:
        for key in list(more.keys() - fewer.keys())[:1]:
            violation = Violation("nothing-changed", message, found=show(key))
            run.recorder.report(operation, violation, next(iter(after.values()), more[key])[1])


def test_releases_in_every_state_can_be_rebuilt(run: Run) -> None:
    """A release in any state can be rebuilt, also several times, and the next read shows it."""
    operations = run.release_operations
    releases = releases_to_rebuild(run)
    if operations is None or not releases:
        pytest.skip("no known release can be rebuilt")
    for number, release in enumerate(releases):
        build = FollowedBuild(run.recorder, operations, release, 0)
        before = listed_releases(run)
        for repetition in range(1 + number % MOST_REBUILDS):
            check_rebuild(run, build, first=repetition == 0)
        check_other_releases(run, operations, release, before)
    for operation, _ in run.offered:
        if returns_list(operation):
            check_unique(run, operation)


def releases_to_rebuild(run: Run) -> list[Resource]:
    """Return known releases of the token's account, in as many states as possible.

    Stale releases count as separate states, and so does each value of a boolean that builds do not
    change, such as a lock.
    """
    by_kind: dict[object, list[Resource]] = {}
    properties = timed_type(run.spec).properties
    flags = [
        name for name in timed_type(run.spec).identity if properties[name].get("type") == "boolean"
    ]
    for release in run.releases(of_token=run.target.token):
        for name in (None, *flags, *timeline_of(run.spec).role_properties("stale")):
            value = release.get(name) if name else None
            by_kind.setdefault((state_of(run.spec, release), name, value), []).append(release)
    chosen = [release for group in by_kind.values() for release in group[:1]]
    chosen += [release for group in by_kind.values() for release in group[1:PER_STATE]]
    return list({release[run.release_key]: release for release in chosen}.values())[:MOST_RELEASES]


def check_rebuild(run: Run, build: FollowedBuild, first: bool) -> None:
    """Rebuild a release, and compare the response with the release before and after.

    first: whether the last build may have ended, so that a new start time is expected.
    """
    operation = build.operations.rebuild[0]
    before, _ = build.read(run.client)
    rebuilt = build.rebuild(run.client)
    if rebuilt.response.status not in SUCCESSES:
        message = f"status must be {operation.success.status} for a rebuild in any state"
        status = str(rebuilt.response.status)
        run.recorder.report(operation, Violation("status", message, found=status), rebuilt)
        return
    returned = next(iter(run.client.resources(operation, rebuilt)), None)
    after, exchange = build.read(run.client)
    if returned is None or after is None:
        return
    if first and before is not None:
        build.check_new_build(before, after, exchange)
    changed = before and difference(
        run.spec,
        timed_name(run.spec),
        before,
        after,
        timed_type(run.spec).identity,
        same_lookup=True,
    )
    if changed:
        message = f"must keep {changed.pointer[1:]} in a rebuild"
        violation = Violation("identity", message, changed.pointer, changed.found)
        run.recorder.report(operation, violation, exchange)
    # The new build may have started between the two responses.
    only = None if phases(run.spec, after) == {"waiting"} else timed_type(run.spec).identity
    differing = difference(run.spec, timed_name(run.spec), returned, after, only)
    if differing is not None:
        message = f"must return the same {differing.pointer[1:]} as the next read"
        violation = Violation("rebuild-answer", message, differing.pointer, differing.found)
        run.recorder.report(operation, violation, rebuilt)


def test_a_rejected_rebuild_changes_nothing(run: Run, secured_operation: Operation) -> None:
    """An invalid request to rebuild a release does not change the release."""
    operations, own = run.release_operations, list(run.releases(of_token=run.target.token))
    if (
        secured_operation.body is None
        or operations is None
        or secured_operation != operations.rebuild[0]
        or not own
    ):
        pytest.skip("it rebuilds no release of the token's account")
    release = max(own, key=lambda each: has_ended(run.spec, each))
    valid = {operations.rebuild[1]: release[run.release_key]}
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
    check_no_change(run, secured_operation, release, sends)


def _is_valid(run: Run, operation: Operation, body: bytes, headers: Mapping[str, str]) -> bool:
    lowercase = {name.lower(): text for name, text in headers.items()}
    request = Request(operation.method, operation.path, (), lowercase, body)
    return operation.success.status in run.recorder.expectations.of(request).statuses


def test_a_build_runs_to_its_end(run: Run) -> None:
    """Every observed state of a build follows the rules, until the build ends."""
    build = run.followed_build
    if build is None or build.thread is None:
        pytest.skip("no build was started")
    build.thread.join()
    findings = run.recorder.findings_of(build.thread.ident)
    if findings:
        pytest.fail("\n".join(dict.fromkeys(map(str, findings))), pytrace=False)
    if build.reason:
        run.unverified["the end of a build"] = f"{build.key}: {build.reason}"
        pytest.skip(build.reason)
    run.read_all()
    check_rebuild(run, build, first=True)
