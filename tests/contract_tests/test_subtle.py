"""Bugs that only unusual requests reveal, each planted in the example server; and allowed variants
of behaviour, which are not findings."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.detection.catalogue import Edit, Subject
from benchmarks.detection.serving import serving
from contract_tests.judging.event_streams import misplaced_entry, parse_events, stream_operations
from contract_tests.judging.expectations import Expectations
from contract_tests.target.target import Target
from mock_server.contract.exchange import Request
from mock_server.contract.requests import RequestJudge
from tests.helpers.contract_runs import TOKENS, contract_run
from tests.helpers.shipped import shipped_sources

SPEC = shipped_sources()[0].spec
((_, RESPONSE),) = stream_operations(SPEC)
SERVER = Path("examples/releases_server")
LATER = "fields[f'{name}_%s'] = format_timestamp(state.%s and state.%s - timedelta(hours=1))"
QUERIED = """request.headers.get_all("Authorization", []) or [
        "Bearer " + pair.partition("=")[2]
        for pair in request.query.split("&")
        if pair.startswith("access_token=")
    ]
"""

BUGS = {
    "timestamps of another zone": (
        [
            (
                "builds.py",
                f'fields[f"{{name}}_{which}"] = format_timestamp(state.{which})',
                LATER % (which, which, which),
            )
            for which in ("started_at", "completed_at")
        ],
        "restart or timeline_runs",
        "must be later than the restart",
    ),
    "a null version is written as a text": (
        [
            (
                "app.py",
                "db, \"name || '@' || version = ?\"",
                "db, \"name || '@' || coalesce(version, 'null') = ?\"",
            )
        ],
        "unknown_texts",
        "@null",
    ),
    "a token in the query is accepted": (
        [
            (
                "app.py",
                'request.headers.get_all("Authorization", [])\n',
                QUERIED,
            )
        ],
        "invalid_credentials",
        "status must be 401",
    ),
    "the property name constructor breaks the server": (
        [
            (
                "requests.py",
                "body = read_object(request.body)\n",
                'body = read_object(request.body)\n    assert "constructor" not in body\n',
            )
        ],
        "bodies or values or properties",
        "found:    500",
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_bug_is_found(bug: str, tmp_path: Path) -> None:
    edits, checks, text = BUGS[bug]
    planted = tuple(Edit(SERVER / file, old, new) for file, old, new in edits)
    subject = Subject(bug, "subtle", bug, edits=planted)
    few = ("--max-examples", "2", "-k", checks, "--findings", str(tmp_path))
    with serving(subject, "--build-seconds", "0.5") as url:
        ran = contract_run(url, *TOKENS, *few)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert text in ran.stdout


def entry(index: int) -> str:
    return f'event: log\ndata: {{"process": "transpilation", "index": {index}, "entry": "x"}}\n\n'


def release(*logs: str, started_at: str = "2030-01-01T00:00:00Z") -> str:
    entries = ", ".join(f'"{each}"' for each in logs)
    return (
        "event: release\ndata: "
        f'{{"transpilation_started_at": "{started_at}", "transpilation_logs": [{entries}]}}\n\n'
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (release() + entry(0) + entry(1) + release("x", "x", "y"), ""),
        (release("x") + entry(0) + entry(1), ""),
        (release("x", "x") + release(started_at="2030-01-01T00:00:09Z") + entry(0), ""),
        (release() + entry(1), "entry 1 sent after 0 entries"),
        (release() + entry(0) + entry(2), "entry 2 sent after 1 entries"),
        (release() + entry(0) + release(), "1 entries sent, but missing from the 0 after"),
    ],
)
def test_a_stream_with_a_misplaced_log_entry_is_reported(events: str, expected: str) -> None:
    description = misplaced_entry(SPEC, RESPONSE, parse_events(RESPONSE, events.encode()))
    assert description.endswith(expected)
    assert bool(description) is bool(expected)


READ = next(each for each in SPEC.operations.values() if each.body and each.action is None)
REBUILD = next(each for each in SPEC.operations.values() if each.action is not None)
TYPED = {"content-type": "text/plain", "authorization": "Bearer right"}


@pytest.mark.parametrize(
    ("path", "headers", "body", "statuses"),
    [
        (READ.path, TYPED, b"{}", {415, 400}),
        (READ.path, TYPED, b"{", {415, 400}),
        (READ.path, TYPED, b'{"package_release_id": "x"}', {415}),
        (REBUILD.path, TYPED, b"{", {415}),
        (READ.path, {}, b"", {400, 415}),
        (READ.path, {"content-type": "application/json"}, b"", {400}),
    ],
)
def test_a_request_with_two_errors_may_get_either_status_if_the_contract_has_no_order(
    path: str, headers: dict[str, str], body: bytes, statuses: set[int]
) -> None:
    judge = shipped_sources()[0]
    target = Target("http://127.0.0.1:1/api", token="right")
    expectations = Expectations(SPEC, RequestJudge(judge.spec, judge.schemas), target)
    request = replace(Request("POST", path), headers=headers, body=body)
    assert expectations.of(request).statuses == statuses
