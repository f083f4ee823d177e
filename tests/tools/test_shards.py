"""Shards of a contract run that share failing examples in Redis."""

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
NO_RELEASES = ("-k", "case_insensitive", "--seed", "9")  # tests that request no release


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[str]:
    """Return the URL of a Redis without persistence."""
    with redis_server(tmp_path) as server:
        yield server.url()


def finding_ids(file: Path) -> set[str]:
    """Return the ids of the findings in a JSON report."""
    return {each["id"] for each in json.loads(file.read_text("utf-8"))["findings"]}


def test_four_shards_find_the_same_as_one_process_and_the_next_run_tries_it_first(
    shared: str, tmp_path: Path
) -> None:
    single, merged = tmp_path / "single.json", tmp_path / "merged.json"
    findings = ("--findings", str(tmp_path / "findings"))
    with start(BUG) as url:
        contract_run(url, *TOKENS, *EFFORT, *findings, "--report-json", str(single))
        database = ("--example-database", shared)
        files = shards_of_a_run(url, tmp_path, 4, *EFFORT, *findings, *database)
        without = contract_run(url, *TOKENS, *NO_RELEASES, *findings)
        result = contract_run(url, *TOKENS, *NO_RELEASES, *findings, *database)
    assert main(["merge", *files, *findings, "--report-json", str(merged)]) == 1
    assert finding_ids(merged) == finding_ids(single) != set()
    assert without.returncode == 0, without.stdout + without.stderr
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout.startswith("earlier findings: ")
    assert "include_logs=" in result.stdout


def test_a_read_only_redis_does_not_affect_the_findings(shared: str, tmp_path: Path) -> None:
    with start(BUG) as url, redis.Redis.from_url(shared) as client:
        client.execute_command("ACL", "SETUSER", "default", "-sadd")
        options = ("--findings", str(tmp_path / "findings"), "--example-database", shared)
        result = contract_run(url, *TOKENS, "-k", "test_queries and getPackageRelease", *options)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "--example-database: cannot use the database at 127.0.0.1:" in result.stdout
    assert "include_logs=" in result.stdout
