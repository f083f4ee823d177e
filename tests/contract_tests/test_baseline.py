"""A baseline entry accepts a finding until its expiry date, and only while the finding exists."""

from datetime import date
from pathlib import Path

from contract_tests.config.configuration import resolve
from contract_tests.config.options import BaselineEntry
from contract_tests.findings.baseline import outdated, split_accepted, write_baseline
from contract_tests.findings.findings import Finding
from contract_tests.target.roles import statuses_of
from mock_server.contract.violations import Violation

TODAY = date(2030, 6, 1)
FINDING = Finding(
    {"getPackage": 1, "findPackage": 5},
    Violation("enum", "must be one of a, b", found='"c"'),
    'Status "quoted": is string',
    "/components",
    "openapi.yaml:1:1",
    ("curl",),
)


def entry(**changed: object) -> BaselineEntry:
    values: dict[str, object] = {
        "rule": "enum", "operation": "getPackage", "reason": "known", "location": "f.toml:1"
    }  # fmt: skip
    return BaselineEntry(**{**values, **changed})  # type: ignore[arg-type]  # as in a TOML table


def test_an_entry_accepts_a_finding_with_its_rule_operation_and_subject() -> None:
    assert split_accepted([FINDING], [entry()], TODAY) == ((), ((FINDING, entry()),))
    for other in (
        entry(operation="getAccount"),
        entry(rule="type"),
        entry(about="Status: is null"),
    ):
        assert split_accepted([FINDING], [other], TODAY) == ((FINDING,), ())


def test_an_entry_without_an_operation_accepts_the_finding_in_all() -> None:
    assert split_accepted([FINDING], [entry(operation=None)], TODAY)[0] == ()


def test_an_entry_accepts_a_finding_until_its_expiry_date() -> None:
    last_day, expired = entry(expires=TODAY), entry(expires=date(2030, 5, 31))
    assert split_accepted([FINDING], [last_day], TODAY)[0] == ()
    assert split_accepted([FINDING], [expired], TODAY)[0] == (FINDING,)
    assert list(outdated([FINDING], [last_day], TODAY, True)) == []
    (message,) = outdated([FINDING], [expired], TODAY, False)
    assert message == (
        "f.toml:1: the entry for enum of getPackage expired on 2030-05-31;"
        " fix the violation, or set a later date"
    )


def test_an_entry_without_a_finding_is_outdated_if_all_checks_ran() -> None:
    assert list(outdated([], [entry()], TODAY, True)) == [
        "f.toml:1: the entry for enum of getPackage matches no finding; remove the entry"
    ]
    assert list(outdated([], [entry()], TODAY, False)) == []


def test_a_written_baseline_accepts_its_findings(tmp_path: Path) -> None:
    file = tmp_path / "contract-tests.toml"
    file.write_text("seed = 3\n")
    assert write_baseline(file, [FINDING], TODAY) == 1
    settings = resolve({}, {}, tmp_path, statuses_of)
    assert settings.seed == 3
    assert [each.operation for each in settings.accept] == [None]
    assert split_accepted([FINDING], settings.accept, TODAY)[0] == ()
