"""The shards of a run: what each runs_in, that none is done twice, and that none is left out."""

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
    SPLIT_CHECK,
    WHOLE,
    Check,
    Shard,
    runs_in,
)
from mock_server.contract.violations import ContractError
from tests.helpers import forked_programs
from tests.helpers.contract_runs import ROOT, TOKENS, contract_run
from tests.helpers.example_server import start

ROOM = ROOT / "contract_tests"
DEFINED = {
    (file.stem.removeprefix("test_"), name)
    for file in ROOM.glob("checks/test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
}
CHECKS = st.builds(
    lambda named, of, rebuilds: Check(named[0], named[1] + of, rebuilds),
    st.sampled_from(sorted(DEFINED)),
    st.sampled_from(["", "[getPackage]", "[/packages/get]"]),
    st.booleans(),
)
EFFORT = st.integers(1, 200)


def shards(of: int) -> list[Shard]:
    return [Shard(number, of) for number in range(1, of + 1)]


@given(CHECKS, st.integers(2, 12), EFFORT)
def test_each_check_is_done_by_one_shard_and_random_requests_by_as_many_as_have_some(
    check: Check, of: int, effort: int
) -> None:
    sliced = check.function == SPLIT_CHECK and not check.rebuilds
    often = sum(runs_in(shard, check, effort) for shard in shards(of))
    assert often == (min(of - 1, effort) if sliced else 1)


@given(CHECKS, EFFORT, st.integers())
def test_one_shard_is_the_whole_run_as_it_is_without_shards(
    check: Check, effort: int, seed: int
) -> None:
    assert runs_in(WHOLE, check, effort)
    assert (WHOLE.examples(effort), WHOLE.seed(seed)) == (effort, seed)


@given(CHECKS, st.integers(2, 12), EFFORT)
def test_only_the_first_shard_rebuilds(check: Check, of: int, effort: int) -> None:
    first, *others = (runs_in(shard, check, effort) for shard in shards(of))
    assert not (check.rebuilds and any(others))
    assert first or not check.rebuilds


@given(st.integers(2, 60), EFFORT, st.integers(0, 2**32))
def test_the_random_requests_of_the_others_are_as_many_as_one_process_sends_and_never_the_same(
    of: int, effort: int, seed: int
) -> None:
    others = shards(of)[1:]
    assert sum(shard.examples(effort) for shard in others) == effort
    assert len({shard.seed(seed) for shard in shards(of)}) == of


def test_the_checks_that_any_shard_may_do_are_checks() -> None:
    named = {(room, name) for room, names in INDEPENDENT_CHECKS.items() for name in names}
    assert named <= DEFINED


def collected(*options: str) -> list[str]:
    """The checks of a run, by their names in pytest."""
    plugin = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
    arguments = ["-c", str(ROOM / "run.ini"), "--rootdir", str(ROOT), *plugin]
    arguments += ["-p", "no:cacheprovider", str(ROOM), "--collect-only", "-q", *options]
    ran = forked_programs.start("pytest", arguments, ROOT, {"PATH": ""}).result()
    return [line for line in ran.stdout.splitlines() if "::" in line]


def test_the_shards_of_the_shipped_checks_are_all_of_them_and_no_two_overlap() -> None:
    whole = collected()
    parts = Counter(name for k in (1, 2, 3) for name in collected(f"--shard={k}/3"))
    assert set(parts) == set(whole)
    twice = {name for name, times in parts.items() if times > 1}
    assert twice == {n for n in whole if SPLIT_CHECK in n and "rebuild" not in n}
    one = next(name for name in collected("--shard=3/3") if SPLIT_CHECK not in name)
    assert collected("--shard=3/3", "-k", one.rpartition("::")[2]) == [one]


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "1/9999"])
def test_what_is_no_shard_is_refused_in_clear_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        Shard.parse(text)
    with pytest.raises(ContractError, match="must be K/N with K from 1 to N, such as 3/8"):
        resolve({"shard": text}, {}, tmp_path, statuses_of)


def test_a_shard_is_told_by_a_variable_too_and_not_by_the_file(tmp_path: Path) -> None:
    assert resolve({}, {"CONTRACT_SHARD": "3/8"}, tmp_path, statuses_of).shard == Shard(3, 8)
    (tmp_path / "contract-tests.toml").write_text('shard = "3/8"\n')
    with pytest.raises(ContractError, match="unknown key `shard`"):
        resolve({}, {}, tmp_path, statuses_of)


def test_a_shard_begins_no_list_of_accepted_findings(tmp_path: Path) -> None:
    told = {"shard": "1/2", "write_baseline": "true"}
    with pytest.raises(ContractError, match="use contract-tests merge --write-baseline"):
        resolve(told, {}, tmp_path, statuses_of)


@contextmanager
def rebuilding(base: str) -> Iterator[Counter[int]]:
    """Rebuilds each release of the target again and again; yields how often, by status."""
    owner = {"Authorization": f"Bearer {TOKENS[1]}"}
    listed = requests.post(f"{base}/package_releases/list", json={"package_id": "pkg_1"}, timeout=9)
    ids = [each["package_release_id"] for each in listed.json()["package_releases"]]
    over, answered = threading.Event(), Counter[int]()

    def rebuild() -> None:
        while not over.wait(0.02):
            for release in ids:
                body, url = {"package_release_id": release}, f"{base}/package_releases/rebuild"
                told = requests.post(url, json=body, headers=owner, timeout=9)
                answered[told.status_code] += 1

    thread = threading.Thread(target=rebuild)
    thread.start()
    try:
        yield answered
    finally:
        over.set()
        thread.join()


@pytest.mark.slow
def test_the_others_find_nothing_wrong_while_releases_are_rebuilt_all_the_time(
    tmp_path: Path,
) -> None:
    with start(build_seconds=0.1) as url, rebuilding(url) as answered:
        options = ("--max-examples", "10", "--findings", str(tmp_path))
        ran = contract_run(url, *TOKENS, *options, "--shard", "2/2")
    assert answered[200] > 20
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds so far: " in ran.stdout
    assert "not verified" not in ran.stdout
    assert "will rebuild" not in ran.stdout
