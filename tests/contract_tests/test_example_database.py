"""A run saves the requests of its findings to a Hypothesis database; later runs send them first."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from contract_tests.config.configuration import resolve
from contract_tests.replay.example_database import KEY
from contract_tests.target.roles import statuses_of
from mock_server.contract.violations import ContractError
from tests.helpers.contract_runs import TOKENS, contract_run, free_port
from tests.helpers.example_server import start

ACCEPTS_NAN, NO_CREDENTIALS = "nan-accepted", "rebuild-without-credentials"
# A run with these options sends no body that is not JSON, so it cannot find ACCEPTS_NAN.
BLIND = ("-k", "case_insensitive", "--seed", "9")
LINE = "earlier findings: "


def entries(folder: Path) -> set[bytes]:
    """Return the entries of a database in a folder."""
    return set(DirectoryBasedExampleDatabase(folder).fetch(KEY))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Yield the URL of a server with a bug, and the database of a run that found the bug."""
    folder = tmp_path_factory.mktemp("examples")
    checks = ("--max-examples", "2", "-k", "test_bodies and getPackageRelease")
    with start(ACCEPTS_NAN) as url:
        options = ("--example-database", str(folder / "db"), "--findings", str(folder / "kept"))
        ran = contract_run(url, *TOKENS, *checks, *options)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert f"{LINE}0 requests sent again, 0 with a finding again\n" in ran.stdout
        yield url, folder / "db"


def test_a_run_with_another_seed_and_other_checks_sends_the_requests_of_earlier_findings(
    filled: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = filled
    run = (url, *TOKENS, *BLIND, "--findings", str(tmp_path))
    without_database = contract_run(*run)
    assert without_database.returncode == 0, without_database.stdout + without_database.stderr
    ran = contract_run(*run, "--example-database", str(folder))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[0] == f"{LINE}1 requests sent again, 1 with a finding again"
    assert "getPackageRelease  [json-constants]" in ran.stdout
    assert "NaN" in ran.stdout
    assert entries(folder) != set()


def test_a_run_removes_a_request_that_no_longer_causes_a_finding(
    filled: tuple[str, Path], tmp_path: Path
) -> None:
    database = DirectoryBasedExampleDatabase(tmp_path / "db")
    for entry in entries(filled[1]):
        database.save(KEY, entry)
    with start() as url:
        ran = contract_run(url, *TOKENS, *BLIND, "--example-database", str(tmp_path / "db"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{LINE}1 requests sent again, 0 with a finding again\n" in ran.stdout
    assert entries(tmp_path / "db") == set()


@pytest.mark.parametrize("option", ["--read-only", "--shard=2/2"])
def test_a_run_that_must_not_rebuild_sends_no_saved_rebuild(
    filled: tuple[str, Path], tmp_path: Path, option: str
) -> None:
    rebuild = {"method": "POST", "url": "/package_releases/rebuild", "headers": {}, "body": "{}"}
    DirectoryBasedExampleDatabase(tmp_path).save(KEY, json.dumps(rebuild).encode())
    ran = contract_run(filled[0], *TOKENS, *BLIND, option, "--example-database", str(tmp_path))
    assert f"{LINE}0 requests" in ran.stdout
    assert len(entries(tmp_path)) == 1


@pytest.mark.parametrize(
    "entry",
    [
        b"\xff",
        b"[]",
        b"{}",
        b'{"method": 1, "url": "/", "headers": {}}',
        b'{"method": "GET", "url": "http://127.0.0.1:9/other", "headers": {}}',
    ],
)
def test_a_run_ignores_an_entry_that_is_not_a_request_to_the_target(
    filled: tuple[str, Path], tmp_path: Path, entry: bytes
) -> None:
    DirectoryBasedExampleDatabase(tmp_path).save(KEY, entry)
    ran = contract_run(filled[0], *TOKENS, *BLIND, "--example-database", str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"{LINE}0 requests" in ran.stdout
    assert entries(tmp_path) == {entry}


def test_a_database_contains_no_credentials(tmp_path: Path) -> None:
    options = ("--max-examples", "2", "-k", "invalid_cred", "--findings", str(tmp_path / "kept"))
    with start(NO_CREDENTIALS) as url:
        database = ("--example-database", str(tmp_path / "db"))
        ran = contract_run(url, *TOKENS, *options, *database)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert entries(tmp_path / "db") != set()
    assert all(b"testuser-token" not in entry for entry in entries(tmp_path / "db"))


def test_a_redis_that_does_not_respond_is_reported_before_the_run_without_its_password() -> None:
    address = f"127.0.0.1:{free_port()}/0"
    url = f"redis://somebody:secret@{address}"
    ran = contract_run("http://127.0.0.1:9/api", "--example-database", url)
    assert ran.returncode == 2
    assert f"--example-database: cannot use the database at {address}: " in ran.stdout
    assert "secret" not in ran.stdout + ran.stderr


def test_a_folder_that_cannot_be_written_is_reported_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ran = contract_run("http://127.0.0.1:9/api", "--example-database", str(file / "db"))
    assert ran.returncode == 2
    assert f"--example-database: cannot use the database at {file}/db: " in ran.stdout


def test_a_url_of_another_scheme_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="a folder or a URL such as redis://127"):
        resolve({"example_database": "http://x/"}, {}, tmp_path, statuses_of)
