"""A run writes its findings to files; `replay` sends their requests again."""

import json
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.helpers.contract_runs import (
    TOKENS,
    contract_run,
    contract_tests,
    is_one_line,
    serving_response,
)
from tests.helpers.example_server import start

ENUM, NO_CREDENTIALS = "status-word-outside-the-enum", "rebuild-without-credentials"
OWNER_TOKEN = "testuser-token"


@pytest.fixture(scope="module")
def correct_server() -> Iterator[str]:
    with start() as url:
        yield url


@pytest.fixture(scope="module")
def enum_server() -> Iterator[str]:
    with start(ENUM) as url:
        yield url


@pytest.fixture(scope="module")
def enum_finding(enum_server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the finding file of a value outside an enum."""
    folder = tmp_path_factory.mktemp("findings")
    return finding_files(enum_server, folder, "lookups and getPackageRelease or examples")["enum"]


def finding_files(url: str, folder: Path, checks: str) -> dict[str, Path]:
    """Return the finding files of a run of some checks, by rule."""
    options = ("--max-examples", "2", "-k", checks, "--findings", str(folder))
    ran = contract_run(url, *TOKENS, *options)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    files = {json.loads(file.read_text())["rule"]: file for file in folder.glob("*.json")}
    assert ran.stdout.count("replay:   contract-tests replay ") == len(files)
    return files


def test_a_value_outside_an_enum_is_one_finding_that_replay_reproduces_until_it_is_fixed(
    correct_server: str, enum_finding: Path
) -> None:
    data = json.loads(enum_finding.read_text())
    assert data["about"] == "BuildStatus: is string"
    assert len(data["operations"]) > 1
    reproduced = contract_tests("replay", str(enum_finding))
    assert (reproduced.returncode, reproduced.stdout[:12]) == (1, "reproduced: ")
    fixed = contract_tests("replay", str(enum_finding), "--target", correct_server)
    assert (fixed.returncode, fixed.stdout) == (0, "fixed: enum of BuildStatus: is string\n")


def test_a_finding_file_has_no_credentials_and_replay_needs_them(
    correct_server: str, tmp_path: Path
) -> None:
    with start(NO_CREDENTIALS) as url:
        file = finding_files(url, tmp_path, "invalid_cred")["status"]
        assert OWNER_TOKEN not in file.read_text()
        assert contract_tests("replay", str(file), *TOKENS).returncode == 1
    data = json.loads(file.read_text())
    data["requests"][0]["headers"]["authorization"] = "Bearer $TOKEN"
    file.write_text(json.dumps(data))
    without = contract_tests("replay", str(file), "--target", correct_server)
    assert (without.returncode, without.stderr) == (2, "the requests need a token; pass --token\n")
    stopped = contract_tests("replay", str(file), *TOKENS)
    assert stopped.returncode == 2
    assert "Connection refused" in stopped.stderr


def test_replay_runs_the_check_again_that_compared_responses(
    correct_server: str, enum_finding: Path, tmp_path: Path
) -> None:
    check = "test_lists.py::test_lists_match_single_responses[listPackageReleases]"
    file = tmp_path / "finding.json"
    file.write_text(json.dumps(json.loads(enum_finding.read_text()) | {"check": check}))
    fixed = contract_tests("replay", str(file), *TOKENS, "--target", correct_server)
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert fixed.stdout == "fixed: enum of BuildStatus: is string\n", "and nothing of the check"
    assert fixed.stderr == ""


def test_replay_ignores_a_baseline_and_the_settings_of_the_current_folder(
    enum_server: str, tmp_path: Path
) -> None:
    check = "test_lists.py::test_lists_match_single_responses[listPackageReleases]"
    options = ("--max-examples", "2", "-k", "lists_match_single", "--findings", str(tmp_path))
    contract_run(enum_server, *TOKENS, *options)
    (file,) = (each for each in tmp_path.glob("enum-*.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"check": check}))
    accept = f"target = {enum_server!r}\n[[accept]]\nrule = 'enum'\nreason = 'known'\n"
    accept += "operation = 'listPackageReleases'\n"
    (tmp_path / "contract-tests.toml").write_text(accept)
    summary = tmp_path / "summary.md"
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    ran = contract_tests("replay", str(file), *TOKENS, folder=tmp_path, **variables)
    assert (ran.returncode, ran.stdout.count("\n")) == (1, 1), ran.stdout + ran.stderr
    assert ran.stdout.startswith("reproduced: enum of ")
    assert not summary.exists()


def test_replay_sends_credentials_to_the_target_alone(
    enum_finding: Path, correct_server: str, tmp_path: Path
) -> None:
    received: SimpleQueue[str] = SimpleQueue()
    with serving_response(200, b"{}", received=received) as other:
        file = tmp_path / "finding.json"
        data = json.loads(enum_finding.read_text())
        host = other.removeprefix("http://").removesuffix("/api")
        for url in (f"{other}/packages/get", f"@{host}/api", f".{host}/x", "http://["):
            data["requests"][0]["url"] = url
            file.write_text(json.dumps(data))
            target = correct_server.removesuffix("/api")
            ran = contract_tests("replay", str(file), *TOKENS, "--target", target)
            assert (ran.returncode, ran.stdout) == (2, ""), (url, ran.stdout, ran.stderr)
            assert is_one_line(ran.stderr, "credentials go to the target alone")
        assert received.empty()


def test_replay_sends_credentials_to_another_machine_only_if_target_names_it(
    enum_finding: Path, tmp_path: Path
) -> None:
    file, data = tmp_path / "finding.json", json.loads(enum_finding.read_text())
    data["settings"]["target"] = "http://api.example/api"
    file.write_text(json.dumps(data))
    ran = contract_tests("replay", str(file), *TOKENS)
    assert ran.returncode == 2
    assert is_one_line(ran.stderr, "pass --target http://api.example/api")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"requests": []}, "/requests: must have at least 1 item"),
        ({"requests": 5}, "/requests: must be a list"),
        ({"check": "../../../tmp/evil.py::test_x"}, "/check: must match"),
        ({"settings": {"target": 5}}, "/settings/target: must be text"),
        ({"settings": {"shard": "0/0"}}, "/settings/shard: must match"),
        ({"settings": {"target": "file:///etc/passwd"}}, "must be a base URL"),
        ({"settings": {}}, "no target"),
        ({"method": "GET /x HTTP/1.1\r\nX:"}, "/requests/0/method: must match"),
        ({"headers": {"x": "a\r\nAuthorization: b"}}, "/requests/0/headers/x: must match"),
        ({"headers": {"x\r\ny": "a"}}, "/requests/0/headers"),
        ({"headers": {"x": "\u96fb"}}, "/requests/0/headers/x: must match"),
        ({"headers": []}, "/requests/0/headers: must be an object"),
        ({"url": "/x\r\nHost: evil"}, "/requests/0/url: must match"),
        ({"body_base64": "?"}, "/requests/0/body_base64: must match"),
        ({"wait_seconds": float("nan")}, "NaN is not JSON"),
        ({"wait_seconds": 1e400}, "Infinity is not JSON"),
        ({"wait_seconds": -1}, "/requests/0/wait_seconds: must be at least 0"),
        ({"response": {"status": "x"}}, "/requests/0/response/status: must be a whole number"),
    ],
)
def test_replay_reports_a_broken_finding_file_in_one_line(
    enum_finding: Path, tmp_path: Path, changed: dict[str, object], problem: str
) -> None:
    file, data = tmp_path / "finding.json", json.loads(enum_finding.read_text())
    (data if changed.keys() & data.keys() else data["requests"][0]).update(changed)
    file.write_text(json.dumps(data))
    ran = contract_tests("replay", str(file))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert is_one_line(ran.stderr, problem), ran.stderr


def test_replay_reports_a_deeply_nested_file_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "finding.json"
    file.write_text('{"format_version": ' + "[" * 100_000)
    ran = contract_tests("replay", str(file))
    assert ran.returncode == 2
    assert is_one_line(ran.stderr, "must be a finding file: nested more than 200 levels deep")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format_version": 2}'])
def test_replay_reports_a_file_that_is_not_a_finding_file_in_one_line(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "finding.json"
    file.write_text(text)
    ran = contract_tests("replay", str(file))
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
    assert "must be a finding file" in ran.stderr


UNMATCHED = """
[[accept]]
rule = "type"
operation = "getPackage"
reason = "only a run of all checks can show that it is fixed"
"""


def test_a_run_accepts_the_findings_of_its_written_baseline(
    enum_server: str, tmp_path: Path
) -> None:
    # test_outcome.py covers a run of all checks: there, an unmatched entry is an error.
    file = tmp_path / "contract-tests.toml"
    file.write_text('token_env = "OWNER"\nmax_examples = 2\n')
    run = ("--target", enum_server, "--config", str(file), "--findings", str(tmp_path / "kept"))
    selected = ("-k", "lookups and getPackage")  # and getPackageRelease, which has the finding
    first = contract_tests(*run, *selected, "--write-baseline", OWNER=OWNER_TOKEN)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == f"entries added to {file}: 1"
    file.write_text(file.read_text("utf-8") + UNMATCHED, "utf-8")
    second = contract_tests(*run, *selected, OWNER=OWNER_TOKEN)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "  accepted until " in second.stdout
