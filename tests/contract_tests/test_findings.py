"""One defect is one finding, wherever it shows; two defects are two."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests.findings.findings import Finding, cause_of
from contract_tests.findings.locate import Locator
from contract_tests.run.run import load_judge
from mock_server.contract.violations import Violation

LOCATOR = Locator(load_judge(None))
OPERATIONS = LOCATOR.spec.operations


def subject(operation: str, status: int, rule: str, at: str, found: str = "") -> tuple[str, str]:
    violation = Violation(rule, "message", at, found)
    located = LOCATOR.subject(OPERATIONS[operation], status, violation)
    return cause_of(located.about, operation, status, violation), located.contract_pointer


def test_an_enum_that_drifts_is_one_finding_on_every_operation_list_index_and_process() -> None:
    seen = {
        subject("getPackageRelease", 200, "enum", "/package_release/display_status", '"ready"'),
        subject("rebuildPackageRelease", 200, "enum", "/package_release/display_status", '"done"'),
        subject(
            "listPackageReleases",
            200,
            "enum",
            "/package_releases/17/transpilation_display_status",
            '"ready"',
        ),
    }
    assert seen == {("BuildStatus: is string", "/components/schemas/BuildStatus/enum")}


def test_another_kind_of_value_property_or_rule_is_another_finding() -> None:
    seen = [
        subject("getPackageRelease", 200, "type", "/package_release/is_locked", '"yes"'),
        subject("getPackageRelease", 200, "type", "/package_release/is_locked", "null"),
        subject("getPackageRelease", 200, "type", "/package_release/is_latest", '"yes"'),
        subject("getPackageRelease", 404, "const", "/error/error_code", '"x"'),
        subject("getPackageRelease", 400, "const", "/error/error_code", '"x"'),
    ]
    assert len({told for told, _ in seen}) == len(seen)


def test_a_rule_of_a_process_is_one_finding_for_all_processes() -> None:
    rule = "in-progress-exactly-when-building"
    for name in ("transpilation_in_progress", "circuit_json_build_in_progress"):
        told, where = subject("getPackageRelease", 200, rule, f"/package_release/{name}")
        assert told == "PackageRelease.{process}_in_progress"
        assert where.startswith("/components/schemas/PackageRelease/x-invariants/")


def test_a_wrong_status_is_a_finding_of_its_operation() -> None:
    told = {
        cause_of("", name, 200, Violation("status", "must return status 401"))
        for name in ("getAccount", "rebuildPackageRelease")
    }
    assert len(told) == 2


@pytest.mark.parametrize(
    ("rule", "found"), [("json", "x"), ("allow", "none"), ("content-type", "text/html")]
)
def test_how_answers_are_made_is_one_finding_for_all_operations(rule: str, found: str) -> None:
    violation = Violation(rule, "the answer is application/json", found=found)
    assert len({cause_of("", name, 200, violation) for name in (*OPERATIONS, None)}) == 1


def test_every_place_is_a_line_of_the_contract() -> None:
    file, line, column = LOCATOR.location("/components/schemas/BuildStatus/enum").rsplit(":", 2)
    assert "enum: [" in Path(file).read_text("utf-8").splitlines()[int(line) - 1]
    assert int(column) > 1


def finding(operation: str, curl: tuple[str, ...], at: str, **more: Any) -> Finding:
    violation = Violation("type", "is string", at, "1")
    return Finding(
        {operation: 1}, violation, "x", "/x", "f:1:1", curl, response_pointers=(at,), **more
    )  # fmt: skip


def test_findings_merge_into_the_smallest_example_with_all_operations_and_counts() -> None:
    two = finding("list", ("curl a", "curl b"), "/all/*/name")
    long = finding("look", ("curl with much more",), "/name")
    short = finding("look", ("curl",), "/name")
    whole = two.merged(long).merged(short)
    assert whole.curl == ("curl",)
    assert (whole.count, whole.operation_names) == (3, ("look", "list"))
    assert whole.response_pointers == ("/all/*/name", "/name")
    assert whole.id == short.id
