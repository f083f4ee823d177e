"""The recorder judges exchanges, and the verdict follows from its findings."""

import copy
import json
import signal
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from contract_tests.findings.findings import Finding
from contract_tests.findings.verdict import Checked, Verdict
from contract_tests.judging.history import History
from contract_tests.process import interruption
from contract_tests.reports.terminal import lines
from contract_tests.run.discovery import new_recorder
from contract_tests.run.recorder import Recorder
from contract_tests.run.run import load_judge
from contract_tests.target.curl import curl
from contract_tests.target.roles import (
    key_parameter,
    restarts,
    returns_list,
    timed_name,
    timed_type,
    timeline_of,
)
from contract_tests.target.target import Target, TargetSession, failure_reason
from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.rules.functions import FUNCTIONS
from mock_server.contract.violations import Violation
from tests.helpers.shipped import shipped_sources

ROOT = Path(__file__).parents[2]
TARGET = Target("http://127.0.0.1:3100/api", token="right-token")
STARTED_AT = datetime(2025, 6, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return shipped_sources()[0]


@pytest.fixture
def recorder(judge: Judge) -> Recorder:
    return new_recorder(judge, TARGET)


def release(judge: Judge, **changed: Any) -> dict[str, Any]:
    """Return a release whose processes wait."""
    timed, properties = timed_type(judge.spec), {}
    for name in judge.spec.schema(timed.name)["required"]:
        schema = timed.properties[name]
        kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
        default = {"string": "rel_1", "boolean": False, "array": [], "number": 0}[kind]
        properties[name] = schema.get("default", default)
    properties |= dict.fromkeys(properties.keys() & timed.timestamps.keys(), "2025-06-01T00:00:00Z")
    return {**properties, **changed}


def exchange(
    judge: Judge,
    shown: dict[str, Any],
    seconds: float,
    *,
    rebuild: bool = False,
    duration: float = 0.1,
    headers: dict[str, str] | None = None,
) -> Exchange:
    """Return an exchange that reads or rebuilds a release, some seconds after the start."""
    spec = judge.spec
    operation = next(
        o for o in spec.operations.values()
        if o.lookup and o.lookup.finds == timed_name(spec) and not returns_list(o)
        and restarts(spec, o) == rebuild
    )  # fmt: skip
    key = key_parameter(spec, operation)
    sent = STARTED_AT + timedelta(seconds=seconds)
    ((_, (where,)),) = operation.responses[200].resources
    return Exchange(
        Request(
            operation.method,
            operation.path,
            (),
            headers or {"content-type": "application/json", "authorization": "Bearer right-token"},
            json.dumps({key: shown[timed_type(spec).key]}).encode(),
        ),
        Response(
            200,
            (("Content-Type", "application/json"),),
            json.dumps({"ok": True, where: shown}).encode(),
        ),
        TARGET.url(operation.path),
        sent,
        sent + timedelta(seconds=duration),
    )


JUST_NOW = "2025-06-04T12:00:00Z"  # with whole seconds, as some servers write it


def running(judge: Judge, logs: list[str], started: str = "2025-06-04T11:59:00Z") -> dict[str, Any]:
    """Return a release whose first process runs."""
    timeline = timeline_of(judge.spec)
    first, status = timeline.processes[0], "building"
    return release(judge) | {
        timeline.status[0]: status,
        first["status"]: status,
        first["in_progress"]: True,
        first["started_at"]: started,
        first["logs"]: logs,
    }


def rules(recorder: Recorder) -> set[str]:
    return {finding.violation.rule for finding in recorder.findings}


def test_an_interruption_during_a_rule_is_no_finding(
    judge: Judge, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine reports the exception of the signal handler as an error of the rule."""

    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    for name in FUNCTIONS:
        monkeypatch.setitem(FUNCTIONS, name, interrupted)
    handler = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    interruption.listen(raises=True)
    try:
        for fixture in shipped_sources()[1].of_type(timed_name(judge.spec)).values():
            recorder.record(exchange(judge, dict(fixture.value), 10**9))
        assert interruption.reason() == "interrupted (SIGINT)", "a rule called a function"
        assert recorder.findings == ()
        with pytest.raises(KeyboardInterrupt):
            TargetSession(TARGET, recorder.record).send_request("GET", "/")
    finally:
        interruption.forget()
        signal.signal(signal.SIGINT, handler[0])
        signal.signal(signal.SIGTERM, handler[1])


def test_a_valid_response_verifies_its_operation(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    assert recorder.findings == ()
    assert len(recorder.verified) == 1


def test_a_change_is_judged_against_an_earlier_response(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0))
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one"]), 1))
    assert rules(recorder) == {"logs-only-grow"}


def test_overlapping_responses_have_no_order(recorder: Recorder) -> None:
    recorder.record(
        exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0, duration=5)
    )
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one"]), 1))
    assert recorder.findings == ()


def test_a_new_build_may_have_the_timestamp_of_the_old_one(
    recorder: Recorder,
) -> None:
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one", "two"], JUST_NOW), 0))
    recorder.record(exchange(recorder.judge, release(recorder.judge), 1, rebuild=True))
    recorder.record(exchange(recorder.judge, running(recorder.judge, [], JUST_NOW), 2))
    assert recorder.findings == ()


def test_the_response_of_a_rebuild_is_judged_against_an_earlier_response(
    recorder: Recorder,
) -> None:
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    changed = release(recorder.judge, version="another")
    recorder.record(exchange(recorder.judge, changed, 1, rebuild=True))
    assert "identity-never-changes" in rules(recorder)


def test_a_response_that_a_rebuild_overtook_is_not_used_for_comparison(recorder: Recorder) -> None:
    late = exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0, duration=3)
    recorder.record(exchange(recorder.judge, release(recorder.judge), 1, rebuild=True))
    recorder.record(late)
    recorder.record(exchange(recorder.judge, running(recorder.judge, []), 4))
    assert recorder.findings == ()


def test_a_rebuild_without_credentials_must_get_401(recorder: Recorder) -> None:
    sent = {"content-type": "application/json"}
    recorded = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True, headers=sent)
    recorder.record(recorded)
    (finding,) = recorder.findings
    assert str(finding.violation).startswith("status must be 401; found 200")


def rebuilt_with(recorder: Recorder, *credentials: str) -> list[str]:
    """Record a rebuild with each value of Authorization; return the causes of the findings."""
    for value in credentials:
        sent = {"content-type": "application/json", "authorization": value}
        recorded = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True, headers=sent)
        recorder.record(recorded)
    return [finding.about for finding in recorder.findings]


def test_each_kind_of_accepted_credentials_is_a_finding(recorder: Recorder) -> None:
    token = recorder.target.token
    values = (f"Bearer {token} x", f"Bearer x{token}", "Bearer constructor", f"Basic {token}")
    assert rebuilt_with(recorder, *values) == [
        "text beside the token",
        "an unknown token",
        "another scheme than Bearer",
    ]


def test_a_server_that_needs_no_credentials_has_one_finding(recorder: Recorder) -> None:
    causes = rebuilt_with(recorder, f"Basic {recorder.target.token}", "", "Bearer constructor")
    assert causes == ["no credentials"]


def test_a_crash_explains_the_findings_of_checks_that_met_it(recorder: Recorder) -> None:
    recorded = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True)
    crashed = replace(recorded, response=Response(500))
    operation = recorder.expectations.of(recorded.request).operation
    assert operation is not None
    recorder.check = "test_timelines"
    recorder.report(operation, Violation("at-once", "status must be 200"), crashed)
    recorder.report(operation, Violation("duplicate", "must rebuild once"), recorded)
    assert rules(recorder) == {"at-once", "duplicate"}
    recorder.record(crashed)
    assert rules(recorder) == {"status 500", "duplicate"}


def test_violations_of_one_defect_are_one_finding_with_a_count_and_the_shortest_request(
    recorder: Recorder,
) -> None:
    wrong = release(recorder.judge, is_locked="no")
    recorded = exchange(recorder.judge, wrong, 0)
    longer = replace(recorded.request, body=recorded.request.body[:-1] + b', "more": "of it"}')
    recorder.record(replace(recorded, request=longer))
    recorder.record(recorded)
    (finding,) = recorder.findings
    assert (finding.count, "more" in finding.curl[0]) == (2, False)


def test_a_curl_command_contains_no_token(recorder: Recorder) -> None:
    recorded = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True)
    line = curl(recorded.request, recorded.url, TARGET.redaction)
    assert "right-token" not in line
    assert '"authorization: Bearer $TOKEN"' in line


def test_a_third_process_is_judged_by_the_same_code(tmp_path: Path) -> None:
    """The rules about processes apply to every process of the spec."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    schema = next(s for s in spec["components"]["schemas"].values() if "x-timeline" in s)
    last = schema["x-timeline"]["processes"][-1]
    schema["x-timeline"]["processes"].append("third")
    for suffix in schema["x-timeline"]["roles"].values():
        if last + suffix in schema["properties"]:
            schema["properties"]["third" + suffix] = copy.deepcopy(
                schema["properties"][last + suffix]
            )
        if last + suffix in schema["required"]:
            schema["required"].append("third" + suffix)
    file = tmp_path / "openapi.yaml"
    file.write_text(json.dumps(spec))
    recorder = new_recorder(load_judge(file), TARGET)
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    assert not recorder.findings
    in_progress = timeline_of(recorder.judge.spec).processes[2]["in_progress"]
    recorder.record(exchange(recorder.judge, release(recorder.judge, **{in_progress: True}), 1))
    (finding,) = recorder.findings
    assert finding.violation.rule == "in-progress-exactly-when-building"
    assert finding.response_pointers == (f"/package_release/{in_progress}",)


def test_a_target_that_hangs_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target(f"http://127.0.0.1:{listener.getsockname()[1]}/api", timeout=0.2)
        with pytest.raises(requests.RequestException) as raised:
            TargetSession(target, lambda _: None).send_request("GET", "/packages/get")
    assert failure_reason(raised.value) == "no response in time"


LOOKED = Checked(("look",), frozenset({"look"}))


def verdict(**changed: Any) -> Verdict:
    rules, states = Checked(("a", "b"), frozenset({"a"}), {"b": "reason"}), Checked()
    complete = Verdict("http://t/api", (), LOOKED, rules, states, exchanges=9, all_checks_ran=False)
    return replace(complete, **changed)


FINDING = Finding(
    {"look": 1, "list": 2},
    Violation("type", "is string", "/name", "1"),
    "Package.name: is number",
    "/components/schemas/Package/properties/name/type",
    "openapi.yaml:7:3",
    ("curl -sS http://t/api",),
    response_pointers=("/name", "/all/*/name"),
)
HIDDEN = Checked(("look",), frozenset(), {"look": "it is not offered"})


@pytest.mark.parametrize(
    ("verdict", "start", "exit_code"),
    [
        (verdict(), "holds: 1 of 1 operations, 1 of 2 rules verified", 0),
        (verdict(skipped={"ownership": "give --other-token"}), "holds: ", 0),
        (verdict(findings=(FINDING,)), "does not hold: 1 finding; ", 1),
        (verdict(findings=(FINDING, FINDING)), "does not hold: 2 findings; ", 1),
        (verdict(outdated=("gone",)), "does not hold: 1 outdated baseline entry; ", 1),
        (verdict(operations=HIDDEN), "could not be judged: 0 of 1 operations", 2),
        (verdict(operations=Checked()), "could not be judged: 0 of 0 operations", 2),
        (verdict(unverified={"the end of a build": "slow"}), "could not be judged: 1 of 1", 2),
        (verdict(error="it does not respond"), "it does not respond", 2),
        (verdict(findings=(FINDING,), unverified={"x": "y"}), "does not hold: 1 finding; ", 1),
    ],
)
def test_the_first_line_matches_the_exit_code(verdict: Verdict, start: str, exit_code: int) -> None:
    assert next(iter(lines(verdict))).startswith(start)
    assert verdict.exit_code == exit_code


def test_a_finding_is_printed_with_all_that_reproduces_it() -> None:
    printed = lines(verdict(findings=(FINDING,), findings_folder="folder"))
    assert list(printed)[1:] == [
        "",
        "1. list, look  [type]  (3 times)",
        "    expected: is string",
        "    found:    1",
        "    at:       /name, /all/*/name",
        "    contract: openapi.yaml:7:3",
        "    request:  curl -sS http://t/api",
        f"    replay:   contract-tests replay folder/{FINDING.id}.json",
    ]


START = "transpilation_started_at"
OLD, NEW = "2025-06-04T11:59:59.123456Z", "2025-06-04T12:00:00.654321Z"


def seen_at(judge: Judge, sent: float, duration: float = 0.01) -> Exchange:
    return exchange(judge, release(judge), sent, duration=duration)


def test_a_build_that_a_response_no_longer_shows_must_not_return(judge: Judge) -> None:
    """Timestamps with fractions of a second identify a build after a shorter time."""
    for text, expected in ((OLD, True), ("2025-06-04T11:59:59Z", False)):
        history = History((START,))
        for number, shown in enumerate((text, None)):
            history.record({"rel_1": {START: shown}}, seen_at(judge, number / 10))
        violation = history.outdated_start("rel_1", {START: text}, seen_at(judge, 0.3))
        assert bool(violation) is expected
        assert history.outdated_start("rel_1", {START: NEW}, seen_at(judge, 0.3)) is None


def test_a_build_that_is_read_during_the_rebuild_may_be_the_new_one(judge: Judge) -> None:
    history = History((START,))
    history.record({"rel_1": {START: OLD}}, seen_at(judge, 0.1))
    history.record({"rel_1": {START: NEW}}, seen_at(judge, 1.1))
    history.record_restart(["rel_1"], seen_at(judge, 1.0, duration=0.5))
    assert history.outdated_start("rel_1", {START: NEW}, seen_at(judge, 1.6)) is None
    assert history.outdated_start("rel_1", {START: OLD}, seen_at(judge, 1.6)) is not None


def test_the_type_of_a_value_in_a_response_has_no_advice_for_yaml(
    judge: Judge, recorder: Recorder
) -> None:
    recorder.record(exchange(judge, release(judge, version=1.5, is_latest="true"), 0))
    fixes = {finding.violation.fix for finding in recorder.findings}
    assert fixes == {""}, fixes


def test_a_token_that_is_no_credential_is_explained(judge: Judge, recorder: Recorder) -> None:
    """The command of such a finding contains the token, but not where a credential belongs."""
    secured = next(each for each in judge.spec.operations.values() if each.needs_token)
    needed = "the request needs the header `Authorization: Bearer` with a valid token, and has "
    for query, headers, kind in (
        ((("access_token", "right-token"),), {}, "a token in the query"),
        ((), {"authorization": "right-token"}, "another scheme than Bearer"),
        ((), {"authorization": "Basic right-token"}, "another scheme than Bearer"),
    ):
        request = Request(secured.method, secured.path, query, headers, b"")
        assert recorder.expectations.of(request).reason == needed + kind
