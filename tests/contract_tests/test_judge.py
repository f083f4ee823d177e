"""``contract-tests judge`` gives the verdict on recorded traffic, without a server."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.cli import main
from tests.helpers.recordings import entry, har
from tests.mock_server.helpers.copies import SPEC

GET, REBUILD = "/package_releases/get", "/package_releases/rebuild"
RELEASES = SPEC.parent / "fixtures" / "releases"


def release(name: str = "building-circuit-json", **changes: Any) -> dict[str, Any]:
    """Return the release of a fixture."""
    data = yaml.safe_load((RELEASES / f"{name}.yaml").read_text("utf-8"))
    return {**data["resource"], **changes}


def shown(changes: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Return an entry in which a client gets a release."""
    value = release(**(changes or {}))
    wanted = {"package_release_id": value["package_release_id"]}
    return entry("POST", GET, 200, {"ok": True, "package_release": value}, wanted, **options)


def judged(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the command; return its exit code, and what it prints."""
    code = main(["judge", *map(str, arguments)])
    output = capsys.readouterr()
    return code, output.out + output.err


def test_a_valid_recording_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = judged(capsys, har(tmp_path, shown(), shown(seconds=1)))
    assert code == 0, output
    assert output.startswith("holds: 1 of 1 operations verified (2 exchanges)")
    assert "skipped: listPackageReleases" in output


def test_a_response_that_breaks_the_schema_is_one_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = shown({"display_status": "complete"})
    code, output = judged(capsys, har(tmp_path, broken, broken))
    assert code == 1
    assert output.startswith("does not hold: 1 finding;")
    assert "/package_release/display_status" in output
    assert "(2 times)" in output


def test_an_illegal_change_between_two_exchanges_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = shown({"created_at": "2025-06-04T11:59:10.000Z"})
    code, output = judged(capsys, har(tmp_path, earlier, shown(seconds=5)))
    assert code == 1, output
    assert "created_at" in output


def test_an_invalid_request_that_the_server_accepts_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = entry("POST", GET, 200, {"ok": True, "package_release": release()}, {"id": 1})
    code, output = judged(capsys, har(tmp_path, accepted))
    assert code == 1
    assert "the request of the client: must have one of: package_release_id" in output
    assert "the server accepted it: correct the client, or the document" in output


def test_an_invalid_request_that_is_refused_is_a_strict_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = {"ok": False, "error": {"error_code": "invalid_request", "message": "invalid"}}
    refused = entry("POST", GET, 400, error, {"package_release_id": 7})
    recording = har(tmp_path, shown(), refused)
    code, output = judged(capsys, recording)
    assert code == 0, output
    assert "refused it with 400" in output
    assert judged(capsys, recording, "--strict")[0] == 1


def test_only_json_of_the_same_server_is_an_undocumented_operation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = har(
        tmp_path,
        shown(),
        entry("GET", "/builds/4711", 200, {}),
        entry("GET", "/builds/4712", 200, {}),
        entry("GET", "/style.css", 200, "b {}", media_type="text/css"),
        entry("GET", "https://elsewhere.example/builds", 200, {}),
    )
    code, output = judged(capsys, recording)
    assert code == 1
    assert output.startswith("does not hold: 1 finding;")
    assert "the document has no such path" in output
    assert "(2 times)" in output


def test_a_recording_of_another_api_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = entry("GET", "https://other.example/pets", 200, [])
    code, output = judged(capsys, har(tmp_path, other, other))
    assert code == 2
    assert "none of the 2 exchanges belongs to the API of" in output
    assert "recorded: other.example (2)" in output
    assert "--base" in output


def test_the_base_url_selects_and_shortens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"https://gateway.example/registry/v1{GET}"
    moved = shown()
    moved["request"]["url"] = url
    recording = har(tmp_path, moved, shown({"display_status": "elsewhere"}))
    assert judged(capsys, recording, "--base", "https://gateway.example/registry/v1/")[0] == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it is not valid JSON"),
        ("{", "it is not valid JSON"),
        ("[]", "it has no log.entries"),
        ('{"log": {"entries": []}}', "it has no log.entries"),
        ('{"log": {"entries": [{"request": {}}]}}', "entry 1 has another form"),
        ('{"log": {"entries": [7]}}', "entry 1 has another form"),
    ],
)
def test_another_file_is_refused_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    file = tmp_path / "x.har"
    file.write_text(content, "utf-8")
    code, output = judged(capsys, file)
    assert code == 2
    assert str(file) in output
    assert reason in output
    assert "Traceback" not in output


def test_a_file_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(capsys, "no-such.har") == (2, "no-such.har: No such file or directory\n")


def test_a_response_without_its_body_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = shown()
    del without["response"]["content"]["text"]
    code, output = judged(capsys, har(tmp_path, without))
    assert code == 2
    assert "the recording does not contain its body" in output


def test_a_success_without_credentials_is_found_if_the_recording_shows_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuilt = {"ok": True, "package_release": release("pending")}
    body = {"package_release_id": rebuilt["package_release"]["package_release_id"]}  # type: ignore[index]  # a release
    without = entry("POST", REBUILD, 200, rebuilt, body)
    code, output = judged(capsys, har(tmp_path, without))
    assert (code, "credentials: the recording has none" in output) == (0, True), output
    other = shown(headers={"authorization": "Bearer canary-token"})
    code, output = judged(capsys, har(tmp_path, without, other))
    assert code == 1, output
    assert "a request without credentials must be refused" in output


def test_credentials_are_in_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "canary-3f8a9b"
    broken = shown({"display_status": secret}, headers={"authorization": f"Bearer {secret}"})
    broken["request"]["url"] += f"?access_token={secret}"
    reports = [tmp_path / f"report.{kind}" for kind in ("json", "html", "har", "sarif", "junit")]
    options = [f"--report-{file.suffix[1:]}={file}" for file in reports]
    code, output = judged(capsys, har(tmp_path, broken), *options)
    assert code == 1
    for text in (output, *(file.read_text("utf-8") for file in reports)):
        assert secret not in text


def test_every_report_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "verdict.json"
    code, _ = judged(capsys, har(tmp_path, shown({"version": 1})), "--report-json", report)
    verdict = json.loads(report.read_text("utf-8"))
    assert code == 1
    assert [finding["rule"] for finding in verdict["findings"]] == ["type"]
