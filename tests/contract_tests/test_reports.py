"""Each report contains the verdict, in the format that its readers expect."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from contract_tests import reports
from contract_tests.config.options import Settings
from contract_tests.findings.verdict import Verdict
from contract_tests.reports import as_json, github, har, junit, page, sarif
from mock_server.contract.violations import Violation
from tests.contract_tests.sample_verdict import FINDING, ROOT, SECRET, SENT_AT, VERDICT
from tests.helpers.xsd import Schema

JUNIT_SCHEMA = Path(__file__).with_name("junit-10.xsd")
STOPPED = replace(VERDICT, stopped="interrupted")
UNJUDGED = Verdict("http://t", error="no response")


def test_junit_has_a_case_for_each_expected_name_and_each_finding() -> None:
    root = ET.fromstring(junit.text(VERDICT))  # noqa: S314
    (suite,) = root
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert [suite.get(key) for key in ("tests", "failures", "skipped", "errors")] == list("7230")
    results = (len(suite), len(suite.findall("*/failure")), len(suite.findall("*/skipped")))
    assert results == (7, 2, 3)
    assert list(cases["contract.operation", "a"]) == []
    failure = cases["contract.finding", "enum: Status: is string"].find("failure")
    assert failure is not None
    assert "request:  curl -sS" in (failure.text or "")


def test_junit_is_valid_by_the_schema_of_jenkins() -> None:
    schema = Schema(JUNIT_SCHEMA)
    for verdict in (VERDICT, UNJUDGED, STOPPED):
        assert list(schema.problems(ET.fromstring(junit.text(verdict)))) == []  # noqa: S314
    invalid = ET.fromstring('<testsuites skipped="1"><testsuite time="x"/><a/></testsuites>')  # noqa: S314
    assert len(list(schema.problems(invalid))) == 8


def test_junit_reports_a_run_that_stopped_as_an_error_beside_the_findings() -> None:
    root = ET.fromstring(junit.text(STOPPED))  # noqa: S314
    errors = root.findall("testsuite/testcase/error")
    assert [error.get("message") for error in errors] == ["interrupted"]
    assert root.find("testsuite/testcase/failure") is not None


def test_junit_reports_a_target_that_cannot_be_judged_as_an_error() -> None:
    root = ET.fromstring(junit.text(UNJUDGED))  # noqa: S314
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert error.get("message") == "no response"


def test_sarif_locates_a_finding_at_its_line_of_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    log = json.loads(sarif.text(VERDICT))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    new, accepted = run["results"]
    assert new["level"] == "error"
    assert new["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "openapi.yaml"},
                "region": {"startLine": 12, "startColumn": 7},
            }
        }
    ]
    assert new["message"]["text"].startswith("findPackage, getPackage: must be one of")
    assert accepted["suppressions"] == [{"kind": "external", "justification": "known & fixed soon"}]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert rules == {result["ruleId"] for result in run["results"]}
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_har_has_the_exchanges_without_credentials() -> None:
    text = har.text(VERDICT)
    assert SECRET not in text
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    entry = log["entries"][0]
    members = {"startedDateTime", "time", "request", "response", "cache", "timings"}
    assert members <= entry.keys()
    assert datetime.fromisoformat(entry["startedDateTime"]) == SENT_AT
    request, response = entry["request"], entry["response"]
    of_both = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
    assert of_both | {"method", "url", "queryString", "postData"} == request.keys()
    assert of_both | {"status", "statusText", "content", "redirectURL"} == response.keys()
    assert {"name": "authorization", "value": "Bearer $TOKEN"} in request["headers"]
    assert response["content"]["text"] == "echo $TOKEN"
    assert entry["time"] == 250


class Page(HTMLParser):
    """Collects the tags of a page, and the attributes that load something."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]


def test_the_html_page_loads_nothing_and_escapes_values() -> None:
    text = page.text(VERDICT)
    parsed = Page()
    parsed.feed(text)
    assert parsed.links == []
    assert parsed.tags.count("script") == 1, "the script of the page, and none of the target"
    assert "&lt;script&gt;" in text
    assert "prefers-color-scheme: dark" in text
    assert {"h1", "article", "table", "details"} <= set(parsed.tags)
    assert "http" not in re.sub(r"http://127\.0\.0\.1", "", text)


def test_an_annotation_is_one_line_with_a_file_and_a_line_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    new, outdated, accepted = github.commands(VERDICT)
    assert new.startswith(
        "::error file=openapi.yaml,line=12,col=7,title=enum (findPackage%2C getPackage)::"
    )
    assert "100%25" in new
    assert "\n" not in new
    assert accepted.startswith("::notice file=openapi.yaml")
    assert outdated == "::error title=contract::f.toml:9: gone"


def test_at_most_ten_annotations_are_printed_with_the_findings_first() -> None:
    assert len(list(github.commands(replace(VERDICT, findings=(FINDING,) * 8)))) == 10
    for findings in (9, 90):
        many = replace(VERDICT, findings=(FINDING,) * findings)
        lines = list(github.commands(many))
        assert len(lines) == 10
        assert all(line.startswith("::error file=openapi.yaml") for line in lines[:9])
        assert lines[9] == f"::notice title=contract::{findings - 7} more: see the log of this step"


def test_a_strict_finding_fails_no_report_unless_it_fails_the_run() -> None:
    finding = replace(FINDING, level="strict", requirement="options")
    for strict, level, outcome in ((False, "warning", "skipped"), (True, "error", "failure")):
        verdict = replace(VERDICT, findings=(finding,), strict=strict)
        assert next(iter(github.commands(verdict))).startswith(f"::{level} file=openapi.yaml")
        result = json.loads(sarif.text(verdict))["runs"][0]["results"][0]
        assert (result["ruleId"], result["level"]) == ("options", level)
        root = ET.fromstring(junit.text(verdict))  # noqa: S314
        (case,) = root.findall(".//testcase[@classname='contract.finding']")
        assert case.find(outcome) is not None
        assert ("(strict)" in github.summary(verdict)) != strict
        assert ("Strict findings" in page.text(verdict)) != strict


def test_annotations_sarif_and_summary_contain_the_reason_of_a_finding() -> None:
    violation = Violation("status", "status must be 401", "", "200 {}", "no valid credentials")
    verdict = replace(VERDICT, findings=(replace(FINDING, violation=violation),))
    line = next(iter(github.commands(verdict)))
    assert "::status must be 401%0Afound 200 {}%0Areason: no valid credentials%0Acurl" in line
    result = json.loads(sarif.text(verdict))["runs"][0]["results"][0]
    assert result["message"]["text"].endswith("; found 200 {}; reason: no valid credentials")
    assert "status must be 401 (reason: no valid credentials) |" in github.summary(verdict)


def test_the_verdict_is_appended_to_the_summary_of_the_step(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    reports.append_summary(VERDICT, {"GITHUB_STEP_SUMMARY": str(file)})
    text = file.read_text("utf-8")
    assert text.startswith("before\n## The contract does not hold\n")
    row = next(line for line in text.splitlines() if line.startswith("| enum"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    assert "<script" not in re.sub(r"\\<", "", text)


def test_json_contains_the_complete_verdict() -> None:
    data: dict[str, Any] = json.loads(as_json.text(VERDICT))
    assert (data["verdict"], data["exit_code"]) == ("does not hold", 1)
    assert data["operations"]["not_verified"] == {"b": "it is not offered"}
    (finding,) = data["findings"]
    assert (finding["count"], finding["id"]) == (4, FINDING.id)
    assert finding["response_pointers"] == ["/x"]
    (accepted,) = data["accepted"]
    assert (accepted["reason"], accepted["expires"]) == ("known & fixed soon", "2031-01-01")


def test_every_report_can_be_written_for_a_target_that_cannot_be_judged(tmp_path: Path) -> None:
    files = {name: tmp_path / "new" / name for name in reports.REPORTS}
    settings = Settings(**files)  # type: ignore[arg-type]  # all are paths
    assert reports.write(UNJUDGED, settings) == []
    assert json.loads(files.pop("report_har").read_text())["log"]["entries"] == []
    assert all("no response" in file.read_text() for file in files.values())


def test_a_report_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(report_json=tmp_path / "file" / "report.json")
    (problem,) = reports.write(VERDICT, settings)
    assert "cannot be written" in problem
