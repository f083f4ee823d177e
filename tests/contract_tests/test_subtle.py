"""Faults that are only seen beside what was asked, each planted in the example; and freedoms that a
server has, which are none."""

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

FAULTS = {
    "instants of another zone": (
        [
            (
                "builds.py",
                f'fields[f"{{name}}_{which}"] = format_timestamp(state.{which})',
                LATER % (which, which, which),
            )
            for which in ("started_at", "completed_at")
        ],
        "rebuild or build_runs",
        "must be later than the rebuild",
    ),
    "a version that is null is the text null": (
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
    "a token is taken from the query": (
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
    "a name that every object has breaks the server": (
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


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_found_and_said(fault: str, tmp_path: Path) -> None:
    edits, checks, said = FAULTS[fault]
    planted = tuple(Edit(SERVER / file, old, new) for file, old, new in edits)
    subject = Subject(fault, "subtle", fault, edits=planted)
    few = ("--max-examples", "2", "-k", checks, "--findings", str(tmp_path))
    with serving(subject, "--build-seconds", "0.5") as url:
        ran = contract_run(url, *TOKENS, *few)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert said in ran.stdout


def entry(index: int) -> str:
    return f'event: log\ndata: {{"process": "transpilation", "index": {index}, "entry": "x"}}\n\n'


def release(*logs: str, began: str = "2030-01-01T00:00:00Z") -> str:
    told = ", ".join(f'"{each}"' for each in logs)
    return (
        "event: release\ndata: "
        f'{{"transpilation_started_at": "{began}", "transpilation_logs": [{told}]}}\n\n'
    )


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        (release() + entry(0) + entry(1) + release("x", "x", "y"), ""),
        (release("x") + entry(0) + entry(1), ""),
        (release("x", "x") + release(began="2030-01-01T00:00:09Z") + entry(0), ""),
        (release() + entry(1), "entry 1 sent after 0 entries"),
        (release() + entry(0) + entry(2), "entry 2 sent after 1 entries"),
        (release() + entry(0) + release(), "1 entries sent, but missing from the 0 after"),
    ],
)
def test_each_entry_of_a_stream_has_its_place(events: str, wrong: str) -> None:
    found = misplaced_entry(SPEC, RESPONSE, parse_events(RESPONSE, events.encode()))
    assert found.endswith(wrong)
    assert bool(found) is bool(wrong)


LOOK = next(each for each in SPEC.operations.values() if each.body and each.effect is None)
REBUILD = next(each for each in SPEC.operations.values() if each.effect is not None)
TYPED = {"content-type": "text/plain", "authorization": "Bearer right"}


@pytest.mark.parametrize(
    ("path", "headers", "body", "wanted"),
    [
        (LOOK.path, TYPED, b"{}", {415, 400}),
        (LOOK.path, TYPED, b"{", {415, 400}),
        (LOOK.path, TYPED, b'{"package_release_id": "x"}', {415}),
        (REBUILD.path, TYPED, b"{", {415}),
        (LOOK.path, {}, b"", {400, 415}),
        (LOOK.path, {"content-type": "application/json"}, b"", {400}),
    ],
)
def test_of_two_wrongs_any_may_be_told_where_the_contract_says_no_order(
    path: str, headers: dict[str, str], body: bytes, wanted: set[int]
) -> None:
    judge = shipped_sources()[0]
    target = Target("http://127.0.0.1:1/api", token="right")
    expectations = Expectations(SPEC, RequestJudge(judge.spec, judge.schemas), target)
    asked = replace(Request("POST", path), headers=headers, body=body)
    assert expectations.of(asked).statuses == wanted
