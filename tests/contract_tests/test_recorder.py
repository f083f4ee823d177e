"""What the record makes of exchanges, and the verdict of findings."""

import copy
import json
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
from contract_tests.judging.expectations import Expectations
from contract_tests.judging.history import History
from contract_tests.reports.terminal import lines
from contract_tests.run.recorder import Recorder
from contract_tests.run.run import load_judge
from contract_tests.target.curl import curl
from contract_tests.target.roles import key_parameter, restarts, returns_list
from contract_tests.target.target import Exchange, Target, TargetSession, failure_reason
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.requests import RequestJudge
from mock_server.contract.violations import Violation
from tests.helpers.shipped import shipped_sources

ROOT = Path(__file__).parents[2]
TARGET = Target("http://127.0.0.1:3100/api", token="right-token")
BEGAN = datetime(2025, 6, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return shipped_sources()[0]


@pytest.fixture
def recorder(judge: Judge) -> Recorder:
    return record_of(judge)


def record_of(judge: Judge) -> Recorder:
    return Recorder(
        judge, Expectations(judge.spec, RequestJudge(judge.spec, judge.schemas), TARGET), TARGET
    )


def release(judge: Judge, **changed: Any) -> dict[str, Any]:
    """A release that waits for its builds."""
    spec, whole = judge.spec, {}
    for name in spec.schema(spec.release)["required"]:
        schema = spec.properties[name]
        kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
        made = {"string": "rel_1", "boolean": False, "array": [], "number": 0}[kind]
        whole[name] = schema.get("default", made)
    whole |= dict.fromkeys(whole.keys() & spec.timestamps, "2025-06-01T00:00:00Z")
    return {**whole, **changed}


def exchange(
    judge: Judge,
    shown: dict[str, Any],
    seconds: float,
    *,
    rebuild: bool = False,
    lasted: float = 0.1,
    headers: dict[str, str] | None = None,
) -> Exchange:
    """A release looked at, or rebuilt, so many seconds after the beginning."""
    spec = judge.spec
    operation = next(
        o for o in spec.operations.values()
        if o.lookup and o.lookup.finds == spec.release and not returns_list(o)
        and restarts(spec, o) == rebuild
    )  # fmt: skip
    key = key_parameter(spec, operation)
    sent = BEGAN + timedelta(seconds=seconds)
    ((_, (where,)),) = operation.responses[200].entities
    return Exchange(
        Request(
            operation.method,
            operation.path,
            (),
            headers or {"content-type": "application/json", "authorization": "Bearer right-token"},
            json.dumps({key: shown[spec.entities[spec.release].key]}).encode(),
        ),
        Response(
            200,
            (("Content-Type", "application/json"),),
            json.dumps({"ok": True, where: shown}).encode(),
        ),
        TARGET.url(operation.path),
        sent,
        sent + timedelta(seconds=lasted),
    )


JUST_NOW = "2025-06-04T12:00:00Z"  # to the second, as a coarse clock says it


def running(judge: Judge, logs: list[str], started: str = "2025-06-04T11:59:00Z") -> dict[str, Any]:
    """A release whose first process runs."""
    first, word = judge.spec.build.processes[0], judge.spec.first_status("running")
    return release(judge) | {
        judge.spec.build.status: word,
        first["status"]: word,
        first["in_progress"]: True,
        first["started_at"]: started,
        first["logs"]: logs,
    }


def rules(recorder: Recorder) -> set[str]:
    return {finding.violation.rule for finding in recorder.findings}


def test_what_keeps_the_contract_is_no_finding_and_is_verified(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    assert recorder.findings == ()
    assert len(recorder.verified) == 1


def test_a_change_is_judged_against_what_was_seen_before(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0))
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one"]), 1))
    assert rules(recorder) == {"logs-only-grow"}


def test_answers_that_overlap_are_not_put_in_an_order(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0, lasted=5))
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one"]), 1))
    assert recorder.findings == ()


def test_after_a_rebuild_a_run_may_begin_at_an_instant_that_looks_the_same(
    recorder: Recorder,
) -> None:
    recorder.record(exchange(recorder.judge, running(recorder.judge, ["one", "two"], JUST_NOW), 0))
    recorder.record(exchange(recorder.judge, release(recorder.judge), 1, rebuild=True))
    recorder.record(exchange(recorder.judge, running(recorder.judge, [], JUST_NOW), 2))
    assert recorder.findings == ()


def test_a_rebuild_is_itself_judged_against_what_was_seen_before(recorder: Recorder) -> None:
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    changed = release(recorder.judge, version="another")
    recorder.record(exchange(recorder.judge, changed, 1, rebuild=True))
    assert "identity-never-changes" in rules(recorder)


def test_a_look_that_a_rebuild_overtook_is_not_remembered(recorder: Recorder) -> None:
    late = exchange(recorder.judge, running(recorder.judge, ["one", "two"]), 0, lasted=3)
    recorder.record(exchange(recorder.judge, release(recorder.judge), 1, rebuild=True))
    recorder.record(late)
    recorder.record(exchange(recorder.judge, running(recorder.judge, []), 4))
    assert recorder.findings == ()


def test_a_rebuild_without_credentials_has_to_be_refused(recorder: Recorder) -> None:
    sent = {"content-type": "application/json"}
    seen = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True, headers=sent)
    recorder.record(seen)
    (finding,) = recorder.findings
    assert str(finding.violation).startswith("status must be 401; found 200")


def test_the_same_finding_is_told_once_with_its_count_and_its_shortest_request(
    recorder: Recorder,
) -> None:
    wrong = release(recorder.judge, is_locked="no")
    seen = exchange(recorder.judge, wrong, 0)
    longer = replace(seen.request, body=seen.request.body[:-1] + b', "more": "of it"}')
    recorder.record(replace(seen, request=longer))
    recorder.record(seen)
    (finding,) = recorder.findings
    assert (finding.count, "more" in finding.curl[0]) == (2, False)


def test_curl_shows_no_token(recorder: Recorder) -> None:
    seen = exchange(recorder.judge, release(recorder.judge), 0, rebuild=True)
    line = curl(seen.request, seen.url, TARGET.redaction)
    assert "right-token" not in line
    assert '"authorization: Bearer $TOKEN"' in line


def test_a_third_process_is_judged_by_the_same_code(tmp_path: Path) -> None:
    """What the spec says of a process, the record asks of whatever process the spec names."""
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    schema = next(s for s in spec["components"]["schemas"].values() if "x-build" in s)
    last = schema["x-build"]["processes"][-1]
    schema["x-build"]["processes"].append("third")
    for suffix in schema["x-build"]["roles"].values():
        if last + suffix in schema["properties"]:
            schema["properties"]["third" + suffix] = copy.deepcopy(
                schema["properties"][last + suffix]
            )
        if last + suffix in schema["required"]:
            schema["required"].append("third" + suffix)
    file = tmp_path / "openapi.yaml"
    file.write_text(json.dumps(spec))
    recorder = record_of(load_judge(file))
    recorder.record(exchange(recorder.judge, release(recorder.judge), 0))
    assert not recorder.findings
    in_progress = recorder.judge.spec.build.processes[2]["in_progress"]
    recorder.record(exchange(recorder.judge, release(recorder.judge, **{in_progress: True}), 1))
    (finding,) = recorder.findings
    assert finding.violation.rule == "in-progress-exactly-when-building"
    assert finding.response_pointers == (f"/package_release/{in_progress}",)


def test_a_target_that_hangs_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target(f"http://127.0.0.1:{listener.getsockname()[1]}/api", timeout=0.2)
        with pytest.raises(requests.RequestException) as raised:
            TargetSession(target, lambda _: None).send_request("GET", "/packages/get")
    assert failure_reason(raised.value) == "no response in time"


LOOKED = Checked(("look",), frozenset({"look"}))


def verdict(**changed: Any) -> Verdict:
    rules, states = Checked(("a", "b"), frozenset({"a"}), {"b": "why"}), Checked()
    whole = Verdict("http://t/api", (), LOOKED, rules, states, exchanges=9, all_checks_ran=False)
    return replace(whole, **changed)


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
    ("told", "begins", "exit_code"),
    [
        (verdict(), "holds: 1 of 1 operations, 1 of 2 rules, 0 of 0 states verified", 0),
        (verdict(skipped={"ownership": "give --other-token"}), "holds: ", 0),
        (verdict(findings=(FINDING,)), "does not hold: 1 finding; ", 1),
        (verdict(findings=(FINDING, FINDING)), "does not hold: 2 findings; ", 1),
        (verdict(outdated=("gone",)), "does not hold: 1 outdated baseline entry; ", 1),
        (verdict(operations=HIDDEN), "could not be judged: 0 of 1 operations", 2),
        (verdict(operations=Checked()), "could not be judged: 0 of 0 operations", 2),
        (verdict(unverified={"the end of a build": "slow"}), "could not be judged: 1 of 1", 2),
        (verdict(error="it does not answer"), "it does not answer", 2),
        (verdict(findings=(FINDING,), unverified={"x": "y"}), "does not hold: 1 finding; ", 1),
    ],
)
def test_the_first_line_and_the_exit_code_say_the_same(
    told: Verdict, begins: str, exit_code: int
) -> None:
    assert next(iter(lines(told))).startswith(begins)
    assert told.exit_code == exit_code


def test_a_finding_is_told_with_all_that_is_needed_to_see_it() -> None:
    told = verdict(findings=(FINDING,), findings_folder="kept")
    assert list(lines(told))[1:] == [
        "",
        "1. list, look  [type]  (3 times)",
        "    expected: is string",
        "    found:    1",
        "    at:       /name, /all/*/name",
        "    contract: openapi.yaml:7:3",
        "    request:  curl -sS http://t/api",
        f"    replay:   contract-tests replay kept/{FINDING.id}.json",
    ]


START = "transpilation_started_at"
RUN, NEXT = "2025-06-04T11:59:59.123456Z", "2025-06-04T12:00:00.654321Z"


def seen_at(judge: Judge, sent: float, lasted: float = 0.01) -> Exchange:
    return exchange(judge, release(judge), sent, lasted=lasted)


def test_a_run_that_was_shown_no_more_does_not_come_back(judge: Judge) -> None:
    """Also when nobody is known to have rebuilt; how exactly it is printed says how soon."""
    for text, told in ((RUN, True), ("2025-06-04T11:59:59Z", False)):
        memory = History((START,))
        for number, shown in enumerate((text, None)):
            memory.record({"rel_1": {START: shown}}, seen_at(judge, number / 10))
        found = memory.outdated_build("rel_1", {START: text}, seen_at(judge, 0.3))
        assert bool(found) is told
        assert memory.outdated_build("rel_1", {START: NEXT}, seen_at(judge, 0.3)) is None


def test_a_run_that_was_seen_while_its_rebuild_was_answered_may_be_its_own(judge: Judge) -> None:
    memory = History((START,))
    memory.record({"rel_1": {START: RUN}}, seen_at(judge, 0.1))
    memory.record({"rel_1": {START: NEXT}}, seen_at(judge, 1.1))
    memory.record_rebuild(["rel_1"], seen_at(judge, 1.0, lasted=0.5))
    assert memory.outdated_build("rel_1", {START: NEXT}, seen_at(judge, 1.6)) is None
    assert memory.outdated_build("rel_1", {START: RUN}, seen_at(judge, 1.6)) is not None
