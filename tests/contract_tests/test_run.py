"""Complete contract runs: on a correct server, on incorrect ones, and without a server."""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.live import live, load_sources
from tests.helpers.contract_runs import (
    ROOT,
    TOKENS,
    contract_run,
    contract_tests,
    finished,
    serving_response,
)
from tests.helpers.example_server import create_database, start
from tests.helpers.xsd import Schema

FAST = ("--max-examples", "3")
JUNIT_SCHEMA = Path(__file__).with_name("junit-10.xsd")
# The first process has ended, and the second has not started.

# The id of a planted bug → the operation and a text that a finding contains
PLANTED = {
    "status-word-outside-the-enum": ("getPackageRelease", "[enum]"),
    "required-property-missing": ("listPackageReleases", "is_locked is required"),
    "rebuild-without-credentials": ("rebuildPackageRelease", "status must be 401"),
    "rebuild-that-changes-nothing": (
        "rebuildPackageRelease",
        "rebuild-makes-every-process-pending",
    ),
    "unusual-id-breaks-the-server": ("getPackageRelease", "[status 500]"),
    "display-status-misses-a-failure": ("getPackageRelease", "[display-status-is-derived]"),
}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with start() as url:
        yield url


@pytest.mark.parametrize("seed", ["0", pytest.param("20250604", marks=pytest.mark.slow)])
def test_the_contract_holds_for_the_example_server(tmp_path: Path, seed: str) -> None:
    with start(database=create_database(tmp_path / "releases.sqlite"), build_seconds=1) as url:
        ran = contract_run(url, *TOKENS, "--seed", seed)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    verdict = next(line for line in ran.stdout.splitlines() if line.startswith("holds: "))
    assert "7 of 8 operations (1 optional and not offered), " in verdict
    assert re.search(r"\(\d+ requests in \d+\.\d s, seed", verdict)
    assert f"seed {seed})" in verdict
    rules = verdict.partition("offered), ")[2].split()
    assert rules[0] == rules[2], "every rule of the contract was relevant"
    assert "not verified" not in ran.stdout
    assert len(ran.stdout.splitlines()) <= 25


def test_a_run_verifies_everything_on_the_mock() -> None:
    """It verifies every operation, rule and state, and the event stream."""
    with live(*load_sources()) as mock:
        ran = contract_run(mock.url, *TOKENS, *FAST)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds: 8 of 8 operations, " in ran.stdout
    assert "not verified" not in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("planted_id", PLANTED)
def test_each_planted_bug_is_found(planted_id: str, tmp_path: Path) -> None:
    """A finding names the operation and the property, and has a curl command."""
    operation, text = PLANTED[planted_id]
    with start(planted_id) as url:
        ran = contract_run(url, *TOKENS, *FAST, "--findings", str(tmp_path))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "does not hold: " in ran.stdout
    findings = ran.stdout.split("\n\n")[1:]
    matching = [f for f in findings if operation in f.split("[")[0] and text in f]
    assert matching, ran.stdout
    assert all("request:  curl -sS --path-as-is " in f and f"{url}/" in f for f in matching)
    assert "testuser-token" not in ran.stdout
    assert "the check itself failed" not in ran.stdout


def test_selected_checks_are_listed_in_the_junit_report(base: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    options = ("-k", "fuzzing and getPackage", "--junit", str(report))
    ran = contract_run(base, *TOKENS, *FAST, *options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 of 2 operations, " in ran.stdout
    root = ET.parse(report).getroot()  # noqa: S314
    assert list(Schema(JUNIT_SCHEMA).problems(root)) == []
    cases = {case.get("name"): case.get("classname") for case in root.iter("testcase")}
    assert cases == {
        "test_fuzzing[getPackageRelease]": "contract_tests.checks.test_generated",
        "test_fuzzing[getPackage]": "contract_tests.checks.test_generated",
    }


def test_pytest_runs_the_checks_with_the_settings_of_an_ini_file(base: str, tmp_path: Path) -> None:
    plugin = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
    ini = tmp_path / "pytest.ini"
    ini.write_text(f"[pytest]\ncontract_target = {base}\ncontract_token = testuser-token\n")
    command = [sys.executable, "-m", "pytest", *plugin, "--pyargs", "contract_tests"]
    ran = finished([*command, "-k", "examples"], tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds: 7 of 7 operations, " in ran.stdout
    ran = finished([*command, "--target", "http://127.0.0.1:1/api"], tmp_path)
    assert ran.returncode == 2
    assert "http://127.0.0.1:1/api does not respond" in ran.stdout


def test_a_run_beside_a_broken_test_file_does_not_say_that_the_contract_holds(
    base: str, tmp_path: Path
) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n")
    plugin = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
    command = [sys.executable, "-m", "pytest", *plugin, "--pyargs", "contract_tests"]
    ran = finished([*command, "test_broken.py", "-k", "examples", "--target", base], tmp_path)
    assert ran.returncode == 2
    assert "could not be judged: pytest ended the run early" in ran.stdout
    assert "holds" not in ran.stdout


def test_the_plugin_does_not_change_other_tests(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    plugin = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
    command = [sys.executable, "-m", "pytest", *plugin, "--target", "http://127.0.0.1:1/api"]
    ran = finished(command, tmp_path)
    assert ran.returncode == 0
    assert "127.0.0.1" not in ran.stdout


UNJUDGED = {
    "unreachable": ("http://127.0.0.1:1/api", (), "does not respond: Connection refused"),
    "no URL": ("127.0.0.1:3100", (), "must be a base URL"),
    "wrong path": ("{base}/more", (), "offers no operation of the contract"),
    "wrong token": ("{base}", ("--token", "nobody"), " rejects the token (getAccount"),
    "wrong other token": (
        "{base}",
        ("--other-token", "nobody"),
        "--other-token: http",
    ),
    "impossible token": ("{base}", ("--token", "two words"), "without spaces"),
    "unknown package": ("{base}", ("--package", "no/such"), "no known package or package release"),
    "unknown release": ("{base}", ("--release-id", "none"), "no known package or package release"),
    "nothing selected": ("{base}", ("-k", "no_check_has_this_name"), "selects no check"),
    "no token": ("{base}", ("-k", "restart_starts"), "--token is missing"),
    "no spec": ("{base}", ("--spec", "none.yaml"), "cannot read the contract: none.yaml"),
    "no number": ("{base}", ("--seed", "x"), '--seed: must be an integer; found "x"'),
    "no examples": (
        "{base}",
        ("--max-examples", "0"),
        "must be an integer of at least 1",
    ),
}


@pytest.mark.parametrize("case", UNJUDGED)
def test_a_run_that_cannot_judge_ends_with_2_and_states_the_reason(base: str, case: str) -> None:
    target, arguments, reason = UNJUDGED[case]
    ran = contract_run(target.format(base=base), *arguments)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert reason in ran.stdout + ran.stderr
    assert "holds: " not in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


def test_a_missing_operation_is_a_finding_unless_the_contract_marks_it_as_optional(
    base: str, tmp_path: Path
) -> None:
    spec = (ROOT / "openapi.yaml").read_text("utf-8").replace("  /accounts/get:", "  /accounts/x:")
    file = tmp_path / "openapi.yaml"
    file.write_text(spec, "utf-8")
    ran = contract_run(base, "--spec", str(file), "-k", "examples and (Account or Release)")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "must offer POST /accounts/x, which is not optional" in ran.stdout
    assert "not verified: findAccount" not in ran.stdout
    assert "must offer GET /package_releases/events" not in ran.stdout


def test_a_redirect_is_not_followed() -> None:
    with serving_response(308, b"", Location="https://other.example/api") as url:
        ran = contract_run(url)
    assert ran.returncode == 2
    assert "redirects to https://other.example/api" in ran.stdout


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b'{"ok": tr'), (500, b"\xff\x00"), (200, b"[]")]
)
def test_an_invalid_body_is_a_finding_without_a_traceback(
    status: int, body: bytes, tmp_path: Path
) -> None:
    with serving_response(status, body, Content_Type="application/json") as url:
        ran = contract_run(url, *FAST, "-k", "examples or lookups", "--findings", str(tmp_path))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "does not hold" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "the check itself failed" not in ran.stdout


def test_a_run_leaves_no_files_in_the_current_folder(base: str, tmp_path: Path) -> None:
    contract_tests("--target", base, *FAST, "-k", "fuzzing", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
