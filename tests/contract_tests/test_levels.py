"""Each requirement of the document has a level; a run fails for errors, with --strict for all."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract_tests.findings.findings import Finding
from contract_tests.run.discovery import new_recorder
from contract_tests.target.target import Target
from mock_server.contract.document.requirements import KNOWN
from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.judge import Judge
from tests.helpers.contract_runs import TOKENS, contract_tests
from tests.helpers.example_server import start
from tests.helpers.shipped import shipped_sources

JUDGE = shipped_sources()[0]
TARGET = Target("http://127.0.0.1:3100/api", token="right-token")
SENT = datetime(2025, 6, 4, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}
GET, REBUILD, PACKAGE = "/package_releases/get", "/package_releases/rebuild", "/packages/get"
BY_ID = b'{"package_release_id": "rel_1"}'
QUERY = (("package_id", "pkg_1"),)
NOT_FOUND = Response(
    404,
    (("Content-Type", "application/json"),),
    b'{"error": {"error_code": "package_release_not_found", "message": "Not found"}}',
)
PLAIN_404 = Response(404, (("Content-Type", "text/plain"),), b"Not Found")
ONLY_GET = Response(
    405,
    (("Allow", "GET"), ("Content-Type", "application/json")),
    b'{"error": {"error_code": "method_not_allowed", "message": "Not allowed"}}',
)
OTHER_PACKAGE = json.dumps(
    {
        "ok": True,
        "package": {
            "package_id": "pkg_2",
            "creator_account_id": "account_1",
            "name": "testuser/blinky",
        },
    }
).encode()
WITHOUT_BODY = Response(405)
WRONG_LOCATION = Response(
    400,
    (("Content-Type", "application/json"),),
    b'{"error": {"error_code": "invalid_request", "message": "Wrong type", "issues":'
    b' [{"pointer": "package_release_id", "message": "must be a string"}]}}',
)


def post(body: bytes, path: str = GET, **headers: str) -> Request:
    return Request("POST", path, (), {**JSON, **headers}, body)


# What RFC 8259 leaves open: a server may accept or reject it, but must not fail.
OPEN = {"json-surrogates", "json-depth", "json-numbers"}
OPEN_BODIES = (b'{"a": "\\ud800"}', b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", b'{"a": 1e999}')
# Requirement → a request, and a response that breaks the requirement
BROKEN: Mapping[str, tuple[Request, Response]] = {
    "credentials": (post(BY_ID, REBUILD), NOT_FOUND),
    "credentials-first": (post(b"{", REBUILD), Response(400)),
    "scheme-case": (
        Request("GET", "/accounts/get", (), {"authorization": "bearer right-token"}),
        Response(401),
    ),
    "invalid-request": (post(b'{"package_release_id": 1}'), NOT_FOUND),
    "empty-text": (post(b'{"package_release_id": ""}'), NOT_FOUND),
    "repeated-parameter": (Request("GET", PACKAGE, QUERY * 2), NOT_FOUND),
    "json": (post(b"{"), NOT_FOUND),
    "json-utf-8": (post(BY_ID.replace(b"rel_1", b"\xff")), NOT_FOUND),
    "json-unique-keys": (post(b'{"a": 1, "a": 2}'), NOT_FOUND),
    "json-constants": (post(b'{"package_release_id": "rel_1", "a": NaN}'), NOT_FOUND),
    "media-type": (post(BY_ID, **{"content-type": "text/plain"}), NOT_FOUND),
    "body-size": (post(b'{"package_release_id": "rel_1"' + b" " * 2**20 + b"}"), Response(400)),
    "unknown-path": (Request("GET", "/nothing"), Response(200)),
    "trailing-slash": (Request("GET", PACKAGE + "/", QUERY), Response(200)),
    "method": (Request("PUT", PACKAGE), PLAIN_404),
    "trace": (Request("TRACE", PACKAGE), PLAIN_404),
    "options": (Request("OPTIONS", PACKAGE), Response(200)),
    "head": (Request("HEAD", PACKAGE, QUERY), WITHOUT_BODY),
    "allow": (Request("PUT", PACKAGE), ONLY_GET),
    "first-lookup": (
        Request("GET", PACKAGE, (*QUERY, ("name", "testuser/blinky"))),
        Response(200, (("Content-Type", "application/json"),), OTHER_PACKAGE),
    ),
    "outside-errors": (Request("GET", "/nothing"), PLAIN_404),
    "issue-locations": (post(b'{"package_release_id": 1}'), WRONG_LOCATION),
}


def findings_of(judge: Judge, request: Request, response: Response) -> tuple[Finding, ...]:
    recorder = new_recorder(judge, TARGET)
    url = TARGET.url(request.path, request.query)
    recorder.record(Exchange(request, response, url, SENT, SENT + timedelta(seconds=0.1)))
    return recorder.findings


@pytest.mark.parametrize("requirement", BROKEN)
def test_a_broken_requirement_is_a_finding_at_its_sentence(requirement: str) -> None:
    (finding,) = findings_of(JUDGE, *BROKEN[requirement])
    listed = JUDGE.spec.requirements[requirement]
    assert (finding.rule, finding.level) == (requirement, listed.level)
    assert finding.contract_pointer == f"/x-requirements/{requirement}"
    file, line, _ = finding.location.rsplit(":", 2)
    assert f"{requirement}:" in Path(file).read_text("utf-8").splitlines()[int(line) - 2]


@pytest.mark.parametrize("requirement", BROKEN)
def test_a_requirement_that_the_document_does_not_list_is_not_demanded(requirement: str) -> None:
    listed = {name: each for name, each in JUDGE.spec.requirements.items() if name != requirement}
    judge = replace(JUDGE, spec=replace(JUDGE.spec, requirements=listed))
    others = findings_of(judge, *BROKEN[requirement])  # about the form of the response
    assert [each.rule for each in others if each.rule in (requirement, "status")] == []


def test_every_requirement_has_a_case() -> None:
    assert BROKEN.keys() == JUDGE.spec.requirements.keys()
    assert JUDGE.spec.requirements.keys() == KNOWN.keys() - OPEN


@pytest.mark.parametrize("body", OPEN_BODIES)
def test_what_json_leaves_open_may_be_accepted_or_rejected_but_must_not_fail(body: bytes) -> None:
    assert findings_of(JUDGE, post(body), NOT_FOUND) == ()
    (finding,) = findings_of(JUDGE, post(body), Response(500))
    assert (finding.rule, finding.level) == ("status 500", "error")


@pytest.fixture(scope="module")
def accepts_nan() -> Iterator[str]:
    with start("nan-accepted") as url:
        yield url


CHECK = ("-k", "test_bodies and getPackageRelease", "--max-examples", "2")


def test_a_strict_finding_fails_a_run_only_with_strict(accepts_nan: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ("--target", accepts_nan, *TOKENS, *CHECK, "--findings", str(tmp_path))
    ran = contract_tests(*options, "--report-json", str(report))
    assert ran.returncode == 0, ran.stdout
    assert "holds, with 1 strict finding: " in ran.stdout
    line = next(text for text in ran.stdout.splitlines() if text.startswith("  json-constants: "))
    assert len(line) <= 300
    (finding,) = json.loads(report.read_text())["findings"]
    assert (finding["level"], finding["requirement"]) == ("strict", "json-constants")
    strict = contract_tests(*options, "--strict")
    assert strict.returncode == 1
    assert "does not hold: 1 finding; " in strict.stdout
    assert "getPackageRelease  [json-constants]" in strict.stdout


def test_verbose_shows_a_strict_finding_in_full(accepts_nan: str, tmp_path: Path) -> None:
    options = ("--target", accepts_nan, *TOKENS, *CHECK, "--findings", str(tmp_path))
    ran = contract_tests(*options, "--verbose")
    assert ran.returncode == 0, ran.stdout
    assert "1. getPackageRelease  [json-constants]" in ran.stdout
    assert "    request:  curl " in ran.stdout
