"""Findings are kept as files, repeated from them, and accepted by a list that only shrinks."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.contract_runs import TOKENS, contract_run, contract_tests
from tests.helpers.example_server import start

SELECTED = (
    "--max-examples",
    "2",
    "-k",
    "lookups and getPackageRelease or examples or invalid_cred",
)
ENUM, NO_CREDENTIALS = "status-word-outside-the-enum", "rebuild-without-credentials"
OWNER = "testuser-token"


@pytest.fixture(scope="module")
def right() -> Iterator[str]:
    with start() as url:
        yield url


def found(url: str, folder: Path) -> dict[str, Path]:
    """The files of the findings of a run, by their rules."""
    ran = contract_run(url, *TOKENS, *SELECTED, "--findings", str(folder))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    files = {json.loads(file.read_text())["rule"]: file for file in folder.glob("*.json")}
    assert ran.stdout.count("replay:   contract-tests replay ") == len(files)
    return files


def test_an_enum_that_drifts_is_one_finding_kept_reproduced_and_fixed(
    right: str, tmp_path: Path
) -> None:
    with start(ENUM) as url:
        file = found(url, tmp_path)["enum"]
        kept = json.loads(file.read_text())
        assert kept["about"] == "BuildStatus: is string"
        assert len(kept["operations"]) > 1
        again = contract_tests("replay", str(file))
        assert (again.returncode, again.stdout[:12]) == (1, "reproduced: ")
    fixed = contract_tests("replay", str(file), "--target", right)
    assert (fixed.returncode, fixed.stdout) == (0, "fixed: enum of BuildStatus: is string\n")


def test_a_replay_gives_the_credentials_back_and_says_when_it_has_none(
    right: str, tmp_path: Path
) -> None:
    with start(NO_CREDENTIALS) as url:
        file = found(url, tmp_path)["status"]
        assert "testuser-token" not in file.read_text()
        assert contract_tests("replay", str(file), *TOKENS).returncode == 1
    kept = json.loads(file.read_text())
    kept["requests"][0]["headers"]["authorization"] = "Bearer $TOKEN"
    file.write_text(json.dumps(kept))
    without = contract_tests("replay", str(file), "--target", right)
    assert (without.returncode, without.stderr) == (2, "the requests need a token; pass --token\n")
    absent = contract_tests("replay", str(file), *TOKENS)
    assert absent.returncode == 2
    assert "does not respond: Connection refused" in absent.stderr


def test_a_finding_made_by_comparing_is_replayed_by_its_check(right: str, tmp_path: Path) -> None:
    """Whatever a check says it found, the file names the check, and it is run again."""
    with start(ENUM) as url:
        file = found(url, tmp_path)["enum"]
    kept = json.loads(file.read_text()) | {
        "check": "test_lookups.py::test_lists_match_single_responses[{}]"
    }
    kept["check"] = kept["check"].format("listPackageReleases")
    file.write_text(json.dumps(kept))
    fixed = contract_tests("replay", str(file), *TOKENS, "--target", right)
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert fixed.stdout.splitlines()[-1].startswith("fixed: enum of ")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format_version": 2}'])
def test_a_file_that_is_no_finding_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "finding.json"
    file.write_text(text)
    ran = contract_tests("replay", str(file))
    assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
    assert "must be a finding file" in ran.stderr


def test_a_baseline_lets_a_run_pass_until_something_on_it_is_gone(
    right: str, tmp_path: Path
) -> None:
    file, folder = tmp_path / "contract-tests.toml", tmp_path / "kept"
    file.write_text('token_env = "OWNER"\nmax_examples = 2\n')
    options = ("--config", str(file), "--findings", str(folder))
    with start(ENUM) as url:
        begun = contract_tests("--target", url, *options, "--write-baseline", OWNER=OWNER)
        assert begun.returncode == 0, begun.stdout + begun.stderr
        assert begun.stdout.splitlines()[-1] == f"entries added to {file}: 1"
        after = contract_tests("--target", url, *options, OWNER=OWNER)
    assert after.returncode == 0, after.stdout + after.stderr
    assert "  accepted until " in after.stdout
    gone = contract_tests("--target", right, *options, OWNER=OWNER)
    assert gone.returncode == 1, gone.stdout + gone.stderr
    assert "does not hold: 1 outdated baseline entry; " in gone.stdout
    assert f"{file}:4: the entry for enum of " in gone.stdout
