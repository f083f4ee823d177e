"""A log with 100,000 entries is judged as a short one is, within 400 MB of memory."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.judging.history import History
from contract_tests.run.discovery import new_recorder
from contract_tests.run.recorder import Recorder
from contract_tests.target.roles import key_parameter, returns_list, timed_type, timeline_of
from contract_tests.target.shared_lists import SharedLists
from contract_tests.target.target import Target
from mock_server.contract.exchange import Exchange, Request, Response
from tests.helpers.contract_runs import ROOT, finished
from tests.helpers.shipped import shipped_sources

START = datetime(2030, 1, 1, tzinfo=UTC)
MOST = 400  # MB
MEASURED = """
from tests.contract_tests.test_long_logs import judge_a_growing_log
assert judge_a_growing_log(100_000, observations=12).findings == ()
# Not ru_maxrss: a new process inherits that of the process which started it.
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def entries(number: int) -> list[dict[str, str]]:
    return [
        {"msg": f"line {index} of a log with text of ordinary length"} for index in range(number)
    ]


def observed(logs: list[Any], second: int) -> Exchange:
    """Return a read of a release whose first process runs, with these logs."""
    spec, fixtures = shipped_sources()[0].spec, shipped_sources()[1]
    timed, timeline = timed_type(spec), timeline_of(spec)
    operation = next(
        each
        for each in spec.operations.values()
        if each.lookup and each.lookup.finds == timed.name
        if each.body and not each.action and not returns_list(each)
    )
    status = timeline.role_properties("status")[0]
    releases = (dict(fixture.value) for fixture in fixtures.of_type(timed.name).values())
    shown = next(each for each in releases if timeline.phase(each[status]) == "running")
    shown[timeline.role_properties("logs")[0]] = logs
    resource = operation.responses[200].resources[0][1][0]
    body = json.dumps({"ok": True, resource: shown}).encode()
    key = {key_parameter(spec, operation): shown[timed.key]}
    headers = {"content-type": "application/json"}
    request = Request("POST", operation.path, (), headers, json.dumps(key).encode())
    response = Response(200, (("Content-Type", "application/json"),), body)
    at = START + timedelta(seconds=second)
    return Exchange(request, response, "http://t/api", at, at + timedelta(milliseconds=1))


def judge_a_growing_log(number: int, observations: int) -> Recorder:
    """Return the recorder of several reads of a release; its log has one more entry each time."""
    recorder = new_recorder(shipped_sources()[0], Target("http://t/api"))
    logs = entries(number)
    for second in range(observations):
        recorder.record(observed(logs[: number - observations + second], second))
    assert recorder.verified
    return recorder


@pytest.mark.slow
def test_a_log_with_100_000_entries_needs_less_than_400_mb() -> None:
    ran = finished([sys.executable, "-c", MEASURED], ROOT)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < MOST


def test_observations_share_the_entries_of_a_log() -> None:
    history, logs = History(), entries(100)
    for second in range(3):
        history.record({"r": {"logs": json.loads(json.dumps(logs))}}, observed(logs, second))
    first, second, third = (each.resource["logs"] for each in history._observations["r"])
    assert first is second is third
    history.record({"r": {"logs": json.loads(json.dumps([*logs, "more"]))}}, observed(logs, 3))
    longer = history._observations["r"][-1].resource["logs"]
    assert longer == [*logs, "more"]
    assert longer[0] is first[0]


@pytest.mark.parametrize("changed", [0, 99, 100, 1500, 2999])
def test_a_change_in_a_long_log_is_a_violation(changed: int) -> None:
    recorder, logs = judge_a_growing_log(3000, observations=2), entries(3000)
    logs[changed] = {"msg": "another text"}
    recorder.record(observed(logs[:2999], 10))
    rules = [finding.violation.rule for finding in recorder.findings]
    assert rules == ([] if changed == 2999 else ["logs-only-grow"])


def test_a_long_log_that_becomes_shorter_is_a_violation() -> None:
    recorder = judge_a_growing_log(3000, observations=2)
    recorder.record(observed(entries(2000), 10))
    assert [finding.violation.rule for finding in recorder.findings] == ["logs-only-grow"]


def test_resources_share_equal_long_lists() -> None:
    lists, logs = SharedLists(), entries(1001)
    resources = [{"logs": json.loads(json.dumps(logs)), "other": [1]} for _ in range(3)]
    for resource in resources:
        lists.share(resource)
    assert resources[0]["logs"] is resources[1]["logs"] is resources[2]["logs"]
    different = {"logs": [*logs[:-1], {"msg": "another"}]}
    lists.share(different)
    assert different["logs"][-1] == {"msg": "another"}


@pytest.mark.parametrize("length", [1000 + 5, 1000 + 15])
def test_a_log_that_has_grown_shares_the_entries_of_the_shorter_one(length: int) -> None:
    lists, logs = SharedLists(), entries(1000 + 15)
    earlier = {"logs": json.loads(json.dumps(logs[: 1000 + 10]))}
    other = {"logs": json.loads(json.dumps(logs[:length]))}
    lists.share(earlier)
    lists.share(other)
    assert other["logs"] == logs[:length]
    assert all(a is b for a, b in zip(earlier["logs"], other["logs"], strict=False))


def test_exchanges_share_equal_large_bodies() -> None:
    lists, body = SharedLists(), b"x" * 100_000
    first = lists.body(bytes(bytearray(body)))
    assert lists.body(bytes(bytearray(body))) is first
    assert lists.body(body + b"y") == body + b"y"
