"""The verdict of a run: its baseline entries are outdated only if all its checks ran."""

from dataclasses import replace
from datetime import date

import pytest

from contract_tests.conclusion.outcome import verdict_of
from contract_tests.config.options import BaselineEntry, Settings
from contract_tests.config.sharding import Shard
from contract_tests.findings.verdict import Verdict
from contract_tests.run.discovery import new_recorder, target_of
from contract_tests.run.run import Run
from contract_tests.target.knowledge import KnownResources, TargetClient
from contract_tests.target.target import TargetSession
from tests.helpers.shipped import shipped_sources

DAY = date(2030, 6, 1)
ENTRY = BaselineEntry("enum", "fixed by now", "f.toml:4")
SETTINGS = Settings(target="http://127.0.0.1:9/api", accept=(ENTRY,))


def verdict(settings: Settings, *, all_checks_ran: bool = True) -> Verdict:
    """Return the verdict of a run without findings."""
    judge, target = shipped_sources()[0], target_of(settings)
    recorder = new_recorder(judge, target)
    client = TargetClient(judge.spec, TargetSession(target, recorder.record))
    run = Run(settings, judge, target, recorder, client, KnownResources(()), {})
    return verdict_of(run, settings, DAY, all_checks_ran)


def test_a_complete_run_does_not_hold_if_a_baseline_entry_matches_no_finding() -> None:
    complete = verdict(SETTINGS)
    assert complete.outdated == (
        "f.toml:4: the entry for enum matches no finding; remove the entry",
    )
    assert complete.exit_code == 1
    assert complete.headline.startswith("does not hold: 1 outdated baseline entry; ")


@pytest.mark.parametrize(
    ("settings", "all_checks_ran"),
    [
        (SETTINGS, False),
        (replace(SETTINGS, disabled_checks=("fuzzing",)), True),
        (replace(SETTINGS, shard=Shard(1, 2)), True),
    ],
)
def test_a_run_of_only_some_checks_accepts_a_baseline_entry_without_a_finding(
    settings: Settings, all_checks_ran: bool
) -> None:
    assert verdict(settings, all_checks_ran=all_checks_ran).outdated == ()
