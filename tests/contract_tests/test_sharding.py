"""The shards of a run together run every check, and each check once."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.config.configuration import resolve, statuses_of
from contract_tests.config.sharding import (
    INDEPENDENT_CHECKS,
    SINGLE_SHARD,
    SPLIT_CHECK,
    Check,
    Shard,
    runs_in,
)
from mock_server.contract.violations import ContractError
from tests.helpers import forked_programs
from tests.helpers.contract_runs import ROOT, TOKENS, contract_run
from tests.helpers.example_server import start

PACKAGE = ROOT / "contract_tests"
DEFINED = {
    (file.stem.removeprefix("test_"), name)
    for file in PACKAGE.glob("checks/test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
}
CHECKS = st.builds(
    lambda defined, parameter, restarts: Check(defined[0], defined[1] + parameter, restarts),
    st.sampled_from(sorted(DEFINED)),
    st.sampled_from(["", "[getPackage]", "[/packages/get]"]),
    st.booleans(),
)
MAX_EXAMPLES = st.integers(1, 200)


def shards(of: int) -> list[Shard]:
    return [Shard(number, of) for number in range(1, of + 1)]


@given(CHECKS, st.integers(2, 12), MAX_EXAMPLES)
def test_each_check_runs_in_one_shard_and_random_requests_in_several(
    check: Check, of: int, max_examples: int
) -> None:
    split = check.function == SPLIT_CHECK and not check.restarts
    shards_with_it = sum(runs_in(shard, check, max_examples) for shard in shards(of))
    assert shards_with_it == (min(of - 1, max_examples) if split else 1)


@given(CHECKS, MAX_EXAMPLES, st.integers())
def test_a_single_shard_is_a_complete_run(check: Check, max_examples: int, seed: int) -> None:
    assert runs_in(SINGLE_SHARD, check, max_examples)
    assert (SINGLE_SHARD.examples(max_examples), SINGLE_SHARD.seed(seed)) == (max_examples, seed)


@given(CHECKS, st.integers(2, 12), MAX_EXAMPLES)
def test_only_the_first_shard_restarts(check: Check, of: int, max_examples: int) -> None:
    first, *others = (runs_in(shard, check, max_examples) for shard in shards(of))
    assert not (check.restarts and any(others))
    assert first or not check.restarts


@given(st.integers(2, 60), MAX_EXAMPLES, st.integers(0, 2**32))
def test_the_other_shards_send_as_many_random_requests_as_a_complete_run_with_other_seeds(
    of: int, max_examples: int, seed: int
) -> None:
    others = shards(of)[1:]
    assert sum(shard.examples(max_examples) for shard in others) == max_examples
    assert len({shard.seed(seed) for shard in shards(of)}) == of


def test_every_independent_check_exists() -> None:
    independent = {(module, name) for module, names in INDEPENDENT_CHECKS.items() for name in names}
    assert independent <= DEFINED


def collected(*options: str) -> list[str]:
    """Return the pytest names of the checks of a run."""
    plugin = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
    arguments = ["-c", str(PACKAGE / "run.ini"), "--rootdir", str(ROOT), *plugin]
    arguments += ["-p", "no:cacheprovider", str(PACKAGE), "--collect-only", "-q", *options]
    ran = forked_programs.start("pytest", arguments, ROOT, {"PATH": ""}).result()
    return [line for line in ran.stdout.splitlines() if "::" in line]


def test_the_shards_together_run_all_checks() -> None:
    complete = collected()
    parts = Counter(name for k in (1, 2, 3) for name in collected(f"--shard={k}/3"))
    assert set(parts) == set(complete)
    repeated = {name for name, times in parts.items() if times > 1}
    assert repeated == {n for n in complete if SPLIT_CHECK in n and "rebuild" not in n}
    single = next(name for name in collected("--shard=3/3") if SPLIT_CHECK not in name)
    assert collected("--shard=3/3", "-k", single.rpartition("::")[2]) == [single]


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "1/9999"])
def test_an_invalid_shard_is_rejected_with_an_example(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        Shard.parse(text)
    with pytest.raises(ContractError, match="must be K/N with K from 1 to N, such as 3/8"):
        resolve({"shard": text}, {}, tmp_path, statuses_of)


def test_a_variable_can_set_the_shard_but_the_settings_file_cannot(tmp_path: Path) -> None:
    assert resolve({}, {"CONTRACT_SHARD": "3/8"}, tmp_path, statuses_of).shard == Shard(3, 8)
    (tmp_path / "contract-tests.toml").write_text('shard = "3/8"\n')
    with pytest.raises(ContractError, match="unknown key `shard`"):
        resolve({}, {}, tmp_path, statuses_of)


def test_a_shard_cannot_write_the_baseline(tmp_path: Path) -> None:
    flags = {"shard": "1/2", "write_baseline": "true"}
    with pytest.raises(ContractError, match="use contract-tests merge --write-baseline"):
        resolve(flags, {}, tmp_path, statuses_of)


@contextmanager
def rebuilding(base: str) -> Iterator[Counter[int]]:
    """Rebuild each release of the target repeatedly; yield the number of responses by status."""
    owner = {"Authorization": f"Bearer {TOKENS[1]}"}
    listed = requests.post(f"{base}/package_releases/list", json={"package_id": "pkg_1"}, timeout=9)
    ids = [each["package_release_id"] for each in listed.json()["package_releases"]]
    stop, responses = threading.Event(), Counter[int]()

    def rebuild() -> None:
        while not stop.wait(0.02):
            for release in ids:
                body, url = {"package_release_id": release}, f"{base}/package_releases/rebuild"
                response = requests.post(url, json=body, headers=owner, timeout=9)
                responses[response.status_code] += 1

    thread = threading.Thread(target=rebuild)
    thread.start()
    try:
        yield responses
    finally:
        stop.set()
        thread.join()


@pytest.mark.slow
def test_the_other_shards_find_nothing_while_releases_are_rebuilt(
    tmp_path: Path,
) -> None:
    with start(build_seconds=0.1) as url, rebuilding(url) as responses:
        options = ("--max-examples", "10", "--findings", str(tmp_path))
        ran = contract_run(url, *TOKENS, *options, "--shard", "2/2")
    assert responses[200] > 20
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds so far: " in ran.stdout
    assert "not verified" not in ran.stdout
    assert "will restart" not in ran.stdout
