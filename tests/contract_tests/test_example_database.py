"""Requests that gave findings are kept in a database of Hypothesis, and tried first by others."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from contract_tests.config.configuration import resolve, statuses_of
from contract_tests.replay.example_database import KEY
from mock_server.contract.violations import ContractError
from tests.helpers.contract_runs import TOKENS, contract_run, free_port
from tests.helpers.example_server import start

NOT_A_NUMBER, NO_CREDENTIALS = "nan-accepted", "rebuild-without-credentials"
BLIND = ("-k", "case_insensitive", "--seed", "9")  # sends no body that is no JSON
TRIED = "earlier findings: "


def examples(folder: Path) -> set[bytes]:
    return set(DirectoryBasedExampleDatabase(folder).fetch(KEY))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A target that is wrong, and a database that a run on it has filled."""
    folder = tmp_path_factory.mktemp("examples")
    seeing = ("--max-examples", "2", "-k", "test_bodies and getPackageRelease")
    with start(NOT_A_NUMBER) as url:
        options = ("--example-database", str(folder / "db"), "--findings", str(folder / "kept"))
        ran = contract_run(url, *TOKENS, *seeing, *options)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert f"{TRIED}0 requests sent again, 0 with a finding again\n" in ran.stdout
        yield url, folder / "db"


def test_what_one_run_has_found_the_next_one_tries_first_whatever_its_seed_and_its_checks(
    filled: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = filled
    blind = contract_run(url, *TOKENS, *BLIND, "--findings", str(tmp_path))
    assert blind.returncode == 0, blind.stdout + blind.stderr
    told = contract_run(
        url, *TOKENS, *BLIND, "--findings", str(tmp_path), "--example-database", str(folder)
    )
    assert told.returncode == 1, told.stdout + told.stderr
    assert told.stdout.splitlines()[0] == f"{TRIED}1 requests sent again, 1 with a finding again"
    assert "getPackageRelease  [status]" in told.stdout
    assert "NaN" in told.stdout
    assert examples(folder) != set()


def test_what_gives_no_finding_any_more_is_forgotten(
    filled: tuple[str, Path], tmp_path: Path
) -> None:
    database = DirectoryBasedExampleDatabase(tmp_path / "db")
    for example in examples(filled[1]):
        database.save(KEY, example)
    with start() as right:
        ran = contract_run(right, *TOKENS, *BLIND, "--example-database", str(tmp_path / "db"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{TRIED}1 requests sent again, 0 with a finding again\n" in ran.stdout
    assert examples(tmp_path / "db") == set()


@pytest.mark.parametrize("only", ["--read-only", "--shard=2/2"])
def test_nothing_is_rebuilt_from_memory_where_nothing_may_be_rebuilt(
    filled: tuple[str, Path], tmp_path: Path, only: str
) -> None:
    rebuild = {"method": "POST", "url": "/package_releases/rebuild", "headers": {}, "body": "{}"}
    DirectoryBasedExampleDatabase(tmp_path).save(KEY, json.dumps(rebuild).encode())
    ran = contract_run(filled[0], *TOKENS, *BLIND, only, "--example-database", str(tmp_path))
    assert f"{TRIED}0 requests" in ran.stdout
    assert len(examples(tmp_path)) == 1


@pytest.mark.parametrize(
    "example",
    [
        b"\xff",
        b"[]",
        b"{}",
        b'{"method": 1, "url": "/", "headers": {}}',
        b'{"method": "GET", "url": "http://127.0.0.1:9/elsewhere", "headers": {}}',
    ],
)
def test_what_is_no_request_to_the_target_is_left_alone(
    filled: tuple[str, Path], tmp_path: Path, example: bytes
) -> None:
    DirectoryBasedExampleDatabase(tmp_path).save(KEY, example)
    ran = contract_run(filled[0], *TOKENS, *BLIND, "--example-database", str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"{TRIED}0 requests" in ran.stdout
    assert examples(tmp_path) == {example}


def test_a_database_keeps_no_credential(tmp_path: Path) -> None:
    options = ("--max-examples", "2", "-k", "invalid_cred", "--findings", str(tmp_path / "kept"))
    with start(NO_CREDENTIALS) as url:
        database = ("--example-database", str(tmp_path / "db"))
        ran = contract_run(url, *TOKENS, *options, *database)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert examples(tmp_path / "db") != set()
    assert all(b"testuser-token" not in each for each in examples(tmp_path / "db"))


def test_a_redis_that_is_not_there_is_told_before_the_run_and_without_its_password() -> None:
    place = f"127.0.0.1:{free_port()}/0"
    url = f"redis://somebody:secret@{place}"
    ran = contract_run("http://127.0.0.1:9/api", "--example-database", url)
    assert ran.returncode == 2
    assert f"--example-database: cannot use the database at {place}: " in ran.stdout
    assert "secret" not in ran.stdout + ran.stderr


def test_a_folder_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ran = contract_run("http://127.0.0.1:9/api", "--example-database", str(file / "db"))
    assert ran.returncode == 2
    assert f"--example-database: cannot use the database at {file}/db: " in ran.stdout


def test_another_url_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="give a folder or a URL, as redis://127"):
        resolve({"example_database": "http://x/"}, {}, tmp_path, statuses_of)
