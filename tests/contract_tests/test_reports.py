"""The reports: all say what the one verdict says, in the form that their readers expect."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from contract_tests import reports
from contract_tests.config.options import BaselineEntry, Settings
from contract_tests.findings.findings import Finding
from contract_tests.findings.verdict import Checked, Verdict
from contract_tests.reports import as_json, github, har, junit, page, sarif
from contract_tests.target.redaction import TokenRedaction
from contract_tests.target.target import Exchange
from mock_server.contract.exchange import Request, Response
from mock_server.contract.violations import Violation

ROOT = Path(__file__).parents[2]
SECRET = "tok-0123456789"
SENT = datetime(2030, 6, 1, 12, tzinfo=UTC)
EXCHANGE = Exchange(
    Request(
        "POST",
        "/packages/get",
        (("a", "1"),),
        {"authorization": f"Bearer {SECRET}", "content-type": "application/json"},
        b'{"name": "<b>&\x01"}',
    ),
    Response(200, (("Content-Type", "text/plain"),), f"echo {SECRET}".encode()),
    "http://127.0.0.1:3100/api/packages/get?a=1",
    SENT,
    SENT + timedelta(milliseconds=250),
)
FINDING = Finding(
    {"findPackage": 3, "getPackage": 1},
    Violation("enum", "is one of <a>, b", "/x", '"100% | \x01 <script>alert(1)</script>"'),
    "Status: is string",
    "/components",
    f"{ROOT / 'openapi.yaml'}:12:7",
    ("curl -sS 'http://127.0.0.1:3100/api'",),
    (EXCHANGE,),
    response_pointers=("/x",),
)
KNOWN = replace(FINDING, violation=Violation("type", "is string"), about="another")
ENTRY = BaselineEntry(
    "type", "getPackage", "known & mended soon", "f.toml:1", expires=date(2031, 1, 1)
)
VERDICT = Verdict(
    "http://127.0.0.1:3100/api",
    (FINDING,),
    Checked(("a", "b", "c"), frozenset({"a"}), {"b": "it is not offered"}),
    Checked(("rule",), frozenset({"rule"})),
    accepted=((KNOWN, ENTRY),),
    outdated=("f.toml:9: gone",),
    skipped={"ownership": "give --other-token"},
    coverage={
        "statuses": {"seen": ["x"], "not_seen": ["<y>"]},
        "properties": {"seen": [], "not_seen": ["<y>"]},
        "words": {"seen": ["x"], "not_seen": []},
        "transitions": {"p: a → b": 2},
    },
    started_at=SENT,
    seconds=1.5,
    redaction=TokenRedaction({"TOKEN": SECRET}),
)


def test_junit_has_a_case_for_all_that_was_asked_and_found() -> None:
    root = ET.fromstring(junit.text(VERDICT))  # noqa: S314
    (suite,) = root
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert [suite.get(key) for key in ("tests", "failures", "skipped", "errors")] == list("7230")
    assert (len(suite), len(suite.findall("*/failure")), len(suite.findall("*/skipped"))) == (
        7,
        2,
        3,
    )
    assert list(cases["contract.operation", "a"]) == []
    failure = cases["contract.finding", "enum: Status: is string"].find("failure")
    assert failure is not None
    assert "request:  curl -sS" in (failure.text or "")


def test_junit_tells_a_target_that_cannot_be_judged_as_an_error() -> None:
    told = Verdict("http://t", error="it does not answer")
    root = ET.fromstring(junit.text(told))  # noqa: S314
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert error.get("message") == "it does not answer"


def test_sarif_points_at_the_line_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = json.loads(sarif.text(VERDICT))
    assert told["version"] == "2.1.0"
    assert told["$schema"].endswith("sarif-2.1.0.json")
    (run,) = told["runs"]
    new, known = run["results"]
    assert new["level"] == "error"
    assert new["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "openapi.yaml"},
                "region": {"startLine": 12, "startColumn": 7},
            }
        }
    ]
    assert new["message"]["text"].startswith("findPackage, getPackage: is one of")
    assert known["suppressions"] == [{"kind": "external", "justification": "known & mended soon"}]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert rules == {result["ruleId"] for result in run["results"]}
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_har_holds_the_exchanges_with_no_credential_in_them() -> None:
    text = har.text(VERDICT)
    assert SECRET not in text
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    entry = log["entries"][0]
    needed = {"startedDateTime", "time", "request", "response", "cache", "timings"}
    assert needed <= entry.keys()
    assert datetime.fromisoformat(entry["startedDateTime"]) == SENT
    asked, answered = entry["request"], entry["response"]
    both = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
    assert both | {"method", "url", "queryString", "postData"} == asked.keys()
    assert both | {"status", "statusText", "content", "redirectURL"} == answered.keys()
    assert {"name": "authorization", "value": "Bearer $TOKEN"} in asked["headers"]
    assert answered["content"]["text"] == "echo $TOKEN"
    assert entry["time"] == 250


class Page(HTMLParser):
    """What a browser would load or run of a page, and its tags that are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]


def test_the_page_is_whole_in_itself_and_escapes_what_was_found() -> None:
    text = page.text(VERDICT)
    parsed = Page()
    parsed.feed(text)
    assert parsed.outside == []
    assert "script" not in parsed.tags
    assert "&lt;script&gt;" in text
    assert "prefers-color-scheme: dark" in text
    assert {"h1", "article", "table", "details"} <= set(parsed.tags)
    assert "http" not in re.sub(r"http://127\.0\.0\.1", "", text)


def test_annotations_are_one_line_each_and_name_file_and_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    new, known, old = github.commands(VERDICT)
    assert new.startswith(
        "::error file=openapi.yaml,line=12,col=7,title=enum (findPackage%2C getPackage)::"
    )
    assert "100%25" in new
    assert "\n" not in new
    assert known.startswith("::notice file=openapi.yaml")
    assert old == "::error title=contract::f.toml:9: gone"


def test_a_summary_is_added_to_that_of_the_step(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    reports.append_summary(VERDICT, {"GITHUB_STEP_SUMMARY": str(file)})
    text = file.read_text("utf-8")
    assert text.startswith("before\n## The contract does not hold\n")
    row = next(line for line in text.splitlines() if line.startswith("| enum"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "<script" not in re.sub(r"\\<", "", text)


def test_json_says_all_of_it() -> None:
    told: dict[str, Any] = json.loads(as_json.text(VERDICT))
    assert (told["verdict"], told["exit_code"]) == ("does not hold", 1)
    assert told["operations"]["not_verified"] == {"b": "it is not offered"}
    (found,) = told["findings"]
    assert (found["count"], found["id"], found["response_pointers"]) == (4, FINDING.id, ["/x"])
    (known,) = told["accepted"]
    assert (known["reason"], known["expires"]) == ("known & mended soon", "2031-01-01")


def test_every_report_can_be_written_of_a_verdict_that_knows_nothing(tmp_path: Path) -> None:
    files = {name: tmp_path / "new" / name for name in reports.REPORTS}
    nothing = Verdict("http://t", error="it does not answer")
    assert reports.write(nothing, Settings(**files)) == []  # type: ignore[arg-type]  # all are paths
    assert json.loads(files.pop("report_har").read_text())["log"]["entries"] == []
    assert all("it does not answer" in file.read_text() for file in files.values())


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(report_json=tmp_path / "file" / "report.json")
    (told,) = reports.write(VERDICT, settings)
    assert "cannot be written" in told
