"""What a rebuild does, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

import pytest

from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request
from mock_server.contract.violations import Violation

from ..judging.comparison import Observed, difference, unexpected_change
from ..run import edge_cases
from ..run.builds import FollowedBuild, ReleaseOperations
from ..run.coverage import state_of
from ..run.effects import follows, nothing_changes
from ..run.run import Run
from ..target.roles import SUCCESS, Resource, has_ended, lookups, phases, restarts, returns_list
from ..target.target import JSON

OF_A_STATE = 2  # releases of each state that are rebuilt
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
AGAIN = 4  # at most so often is one of them rebuilt


def test_a_rebuild_begins_a_new_build_of_that_release_alone(run: Run) -> None:
    """The release asked for is built anew, which the next look shows; the others stay."""
    before = listed(run)
    followed = run.followed
    if followed is None:
        why = (
            "no --token is given" if run.target.token is None else "no known release can be rebuilt"
        )
        run.unverified.update((o.id, why) for o, _ in lookups(run.spec) if restarts(run.spec, o))
        pytest.skip(why)
    leaves_alone(run, followed.access, followed.release, before)


def listed(run: Run) -> dict[str, Observed]:
    """Releases of the known packages by their keys, as lists show them, else as each is shown."""
    key = run.spec.entities[run.spec.release].key
    parent_key = run.spec.entities[run.spec.release].parent_key or ""
    known = dict.fromkeys(str(r.get(parent_key)) for r, _ in run.known.of(run.spec.release))
    seen: dict[str, Observed] = {}
    for operation, lookup in run.offered:
        way = next((w for w in lookup.ways if _asks_parent(run, w.by)), None)
        if lookup.finds == run.spec.release and returns_list(operation) and way:
            for parent in known:
                exchange = run.client.call(operation, dict.fromkeys(way.by, parent))
                for resource in run.client.resources(operation, exchange):
                    seen[str(resource.get(key))] = resource, exchange
            return seen
    return run.snapshot()


def _asks_parent(run: Run, by: Mapping[str, str]) -> bool:
    entity = run.spec.entities[run.spec.release]
    return list(by.values()) == [f"{{{entity.name}.{entity.parent_key}}}"]


def leaves_alone(
    run: Run, access: ReleaseOperations, release: Resource, before: Mapping[str, Observed]
) -> None:
    """Tells which other release is not as it was before a rebuild of this one."""
    operation, asked_by = access.restart
    own = str(release[run.spec.entities[run.spec.release].key])
    after = listed(run)
    for key in before.keys() & after.keys() - {own}:
        wrong = unexpected_change(run.spec, before[key][0], after[key][0])
        again = partial(run.client.call, operation, {asked_by: own})
        if wrong is not None and follows(run, wrong, before[key][0], again):
            message = "a rebuild changes no other release"
            found = f"{key}: {wrong.found}, once {own} was rebuilt"
            told = Violation(wrong.rule, message, wrong.pointer, found)
            run.recorder.report(operation, told, after[key][1])


def test_a_release_is_rebuilt_in_every_state(run: Run) -> None:
    """Whatever a release shows, it is built anew, also twice, and the next look shows that."""
    access = run.access
    releases = to_rebuild(run)
    if access is None or not releases:
        pytest.skip("no known release can be rebuilt")
    for turn, release in enumerate(releases):
        followed = FollowedBuild(run.recorder, access, release, 0)
        before = listed(run)
        for time_ in range(1 + turn % AGAIN):
            rebuilds(run, followed, first=not time_)
        leaves_alone(run, access, release, before)


def to_rebuild(run: Run) -> list[Resource]:
    """Known releases of the token's account in as many states as there are, locked ones too."""
    by_kind: dict[object, list[Resource]] = {}
    flags = [n for n in run.spec.identity if run.spec.properties[n].get("type") == "boolean"]
    for release in run.releases(of_token=run.target.token):
        for name in (None, *flags, *run.spec.build.role_properties("stale")):
            value = release.get(name) if name else None
            by_kind.setdefault((state_of(run.spec, release), name, value), []).append(release)
    key = run.spec.entities[run.spec.release].key
    chosen = [release for group in by_kind.values() for release in group[:1]]
    chosen += [release for group in by_kind.values() for release in group[1:OF_A_STATE]]
    return list({release[key]: release for release in chosen}.values())[:8]


def rebuilds(run: Run, followed: FollowedBuild, first: bool) -> None:
    """Rebuilds a release; what the next look shows is the answer, or what became of it."""
    operation = followed.access.restart[0]
    before, _ = followed.look(run.client)
    rebuilt = followed.restart(run.client)
    if rebuilt.response.status != SUCCESS:
        message = f"answers status {SUCCESS}: a release is rebuilt whatever its status"
        run.recorder.report(
            operation, Violation("status", message, found=str(rebuilt.response.status)), rebuilt
        )
        return
    answered = next(iter(run.client.resources(operation, rebuilt)), None)
    after, seen = followed.look(run.client)
    if answered is None or after is None:
        return
    if first and before is not None:
        followed.judge_begin(before, after, seen)
    lost = before and difference(
        run.spec, run.spec.release, before, after, run.spec.identity, same_lookup=True
    )
    if lost:
        message = f"a rebuild leaves {lost.pointer[1:]} as it is"
        run.recorder.report(
            operation, Violation("identity", message, lost.pointer, lost.found), seen
        )
    only = None if phases(run.spec, after) == {"waiting"} else run.spec.identity
    wrong = difference(run.spec, run.spec.release, answered, after, only)
    if wrong is not None:
        message = f"what a rebuild answers is what the next look shows: {wrong.pointer[1:]}"
        told = Violation("rebuild-answer", message, wrong.pointer, wrong.found)
        run.recorder.report(operation, told, rebuilt)


def test_a_refused_rebuild_changes_nothing(run: Run, secured: Operation) -> None:
    """A request that names a release but is not valid leaves it as it is."""
    access, own = run.access, list(run.releases(of_token=run.target.token))
    if secured.body is None or access is None or secured != access.restart[0] or not own:
        pytest.skip("it rebuilds nothing of the token's account")
    release = max(own, key=lambda each: has_ended(run.spec, each))
    valid = {access.restart[1]: release[run.spec.entities[run.spec.release].key]}
    body, session = json.dumps(valid).encode(), run.client.session
    headers = {"Authorization": f"Bearer {run.target.token}", "Content-Type": JSON}
    ask, path = session.send_request, secured.path
    bad = [each for each in edge_cases.bodies(valid) if not _is_valid(run, secured, each, headers)]
    sends = [partial(ask, secured.method, path, (), each, headers) for each in bad]
    for content_type in edge_cases.OTHER_TYPES:
        wrong = {**headers, "Content-Type": content_type}
        sends.append(partial(ask, secured.method, path, (), body, wrong))
    others = [each for each in METHODS if each != secured.method]
    sends += [partial(ask, each, path, tuple(valid.items()), body, headers) for each in others]
    sends.append(partial(ask, secured.method, f"{path}/", (), body, headers))
    nothing_changes(run, secured, release, sends)


def _is_valid(run: Run, operation: Operation, body: bytes, headers: Mapping[str, str]) -> bool:
    lower = {name.lower(): text for name, text in headers.items()}
    request = Request(operation.method, operation.path, (), lower, body)
    return SUCCESS in run.recorder.expectations.of(request).statuses


def test_a_build_is_followed_to_its_end(run: Run) -> None:
    """Every state of a build that is seen on the way to its end keeps the rules."""
    followed = run.followed
    if followed is None or followed.thread is None:
        pytest.skip("no build was begun")
    followed.thread.join()
    found = run.recorder.findings_of(followed.thread.ident)
    if found:
        pytest.fail("\n".join(dict.fromkeys(str(each) for each in found)), pytrace=False)
    if followed.why:
        run.unverified["the end of a build"] = f"{followed.key}: {followed.why}"
        pytest.skip(followed.why)
    run.snapshot()
    rebuilds(run, followed, first=True)
