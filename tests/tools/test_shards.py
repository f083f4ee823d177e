"""Shards of a run that share what they have found over a real Redis."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from contract_tests.cli import main
from tests.helpers.contract_runs import TOKENS, contract_run, shards_of_a_run
from tests.helpers.example_server import start
from tests.helpers.redis_server import redis_server

BUG = "include-logs-takes-numbers"
EFFORT = ("--max-examples", "4")
BLIND = ("-k", "case_insensitive", "--seed", "9")  # asks for no release


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[str]:
    """The URL of a Redis that keeps nothing on disk."""
    with redis_server(tmp_path) as server:
        yield server.url()


def ids(file: Path) -> set[str]:
    return {each["id"] for each in json.loads(file.read_text("utf-8"))["findings"]}


def test_four_processes_with_a_redis_find_what_one_does_and_the_next_run_tries_it_first(
    shared: str, tmp_path: Path
) -> None:
    alone, of_all = tmp_path / "alone.json", tmp_path / "of-all.json"
    kept = ("--findings", str(tmp_path / "kept"))
    with start(BUG) as url:
        contract_run(url, *TOKENS, *EFFORT, *kept, "--report-json", str(alone))
        memory = ("--example-database", shared)
        files = shards_of_a_run(url, tmp_path, 4, *EFFORT, *kept, *memory)
        without = contract_run(url, *TOKENS, *BLIND, *kept)
        told = contract_run(url, *TOKENS, *BLIND, *kept, *memory)
    assert main(["merge", *files, *kept, "--report-json", str(of_all)]) == 1
    assert ids(of_all) == ids(alone) != set()
    assert without.returncode == 0, without.stdout + without.stderr
    assert told.returncode == 1, told.stdout + told.stderr
    assert told.stdout.startswith("earlier findings: ")
    assert "include_logs=" in told.stdout


def test_a_redis_that_keeps_nothing_more_leaves_the_findings_standing(
    shared: str, tmp_path: Path
) -> None:
    with start(BUG) as url, redis.Redis.from_url(shared) as client:
        client.execute_command("ACL", "SETUSER", "default", "-sadd")
        options = ("--findings", str(tmp_path / "kept"), "--example-database", shared)
        ran = contract_run(url, *TOKENS, "-k", "test_queries and getPackageRelease", *options)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "--example-database: the one at 127.0.0.1:" in ran.stdout
    assert "include_logs=" in ran.stdout
