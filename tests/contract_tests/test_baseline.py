"""Violations that are known: shown, not failed for, and only for as long as they are there."""

from datetime import date
from pathlib import Path

from contract_tests.config.configuration import resolve, statuses_of
from contract_tests.config.options import BaselineEntry
from contract_tests.findings.baseline import outdated, split_accepted, write_baseline
from contract_tests.findings.findings import Finding
from mock_server.contract.violations import Violation

TODAY = date(2030, 6, 1)
FOUND = Finding(
    {"getPackage": 1, "findPackage": 5},
    Violation("enum", "is one of a, b", found='"c"'),
    'Status "odd": is string',
    "/components",
    "openapi.yaml:1:1",
    ("curl",),
)


def entry(**changed: object) -> BaselineEntry:
    told: dict[str, object] = {
        "rule": "enum", "operation": "getPackage", "reason": "known", "location": "f.toml:1"
    }  # fmt: skip
    return BaselineEntry(**{**told, **changed})  # type: ignore[arg-type]  # as a table gives them


def test_an_entry_accepts_the_whole_defect_that_concerns_its_operation() -> None:
    assert split_accepted([FOUND], [entry()], TODAY) == ((), ((FOUND, entry()),))
    assert split_accepted([FOUND], [entry(operation="getAccount")], TODAY) == ((FOUND,), ())
    assert split_accepted([FOUND], [entry(rule="type")], TODAY) == ((FOUND,), ())
    assert split_accepted([FOUND], [entry(about="Status: is null")], TODAY) == ((FOUND,), ())


def test_an_entry_accepts_until_its_day_and_not_after() -> None:
    last, past = entry(expires=TODAY), entry(expires=date(2030, 5, 31))
    assert split_accepted([FOUND], [last], TODAY)[0] == ()
    assert split_accepted([FOUND], [past], TODAY)[0] == (FOUND,)
    assert list(outdated([FOUND], [last], TODAY, True)) == []
    (told,) = outdated([FOUND], [past], TODAY, False)
    assert told == (
        "f.toml:1: the entry for enum of getPackage expired on 2030-05-31;"
        " fix the violation, or set a later date"
    )


def test_an_entry_that_accepts_nothing_is_out_of_date_when_all_was_checked() -> None:
    (told,) = outdated([], [entry()], TODAY, True)
    assert told == "f.toml:1: the entry for enum of getPackage matches no finding; remove the entry"
    assert list(outdated([], [entry()], TODAY, False)) == []


def test_a_baseline_is_read_back_and_accepts_what_it_was_written_for(tmp_path: Path) -> None:
    file = tmp_path / "contract-tests.toml"
    file.write_text("seed = 3\n")
    assert write_baseline(file, [FOUND], TODAY) == 1
    settings = resolve({}, {}, tmp_path, statuses_of)
    assert settings.seed == 3
    assert [each.operation for each in settings.accept] == ["findPackage"]
    assert split_accepted([FOUND], settings.accept, TODAY)[0] == ()
