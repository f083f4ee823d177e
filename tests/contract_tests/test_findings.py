"""One defect is one finding in all responses that show it; two defects are two findings."""

from pathlib import Path
from typing import Any

import pytest

from contract_tests.findings.findings import Finding, cause_of
from contract_tests.findings.locate import Locator
from mock_server.contract.violations import Violation
from tests.helpers.shipped import shipped_sources

LOCATOR = Locator(shipped_sources()[0])
OPERATIONS = LOCATOR.spec.operations


def identity(
    operation: str, status: int, rule: str, pointer: str, value: str = ""
) -> tuple[str, str]:
    """Return the cause and the contract pointer of a violation."""
    violation = Violation(rule, "message", pointer, value)
    located = LOCATOR.subject(OPERATIONS[operation], status, violation)
    return cause_of(located.about, operation, status, violation), located.contract_pointer


def test_a_value_outside_an_enum_is_one_finding_for_all_operations_indexes_and_processes() -> None:
    identities = {
        identity("getPackageRelease", 200, "enum", "/package_release/display_status", '"ready"'),
        identity("rebuildPackageRelease", 200, "enum", "/package_release/display_status", '"done"'),
        identity(
            "listPackageReleases",
            200,
            "enum",
            "/package_releases/17/transpilation_display_status",
            '"ready"',
        ),
    }
    assert identities == {("BuildStatus: is string", "/components/schemas/BuildStatus/enum")}


def test_another_type_of_value_or_property_or_status_is_another_finding() -> None:
    identities = [
        identity("getPackageRelease", 200, "type", "/package_release/is_locked", '"yes"'),
        identity("getPackageRelease", 200, "type", "/package_release/is_locked", "null"),
        identity("getPackageRelease", 200, "type", "/package_release/is_latest", '"yes"'),
        identity("getPackageRelease", 404, "const", "/error/error_code", '"x"'),
        identity("getPackageRelease", 400, "const", "/error/error_code", '"x"'),
    ]
    assert len({cause for cause, _ in identities}) == len(identities)


def test_a_rule_of_a_process_is_one_finding_for_all_processes() -> None:
    rule = "in-progress-exactly-when-building"
    for name in ("transpilation_in_progress", "circuit_json_build_in_progress"):
        cause, pointer = identity("getPackageRelease", 200, rule, f"/package_release/{name}")
        assert cause == "PackageRelease.{process}_in_progress"
        assert pointer.startswith("/components/schemas/PackageRelease/x-invariants/")


def test_a_wrong_status_is_a_separate_finding_for_each_operation() -> None:
    causes = {
        cause_of("", name, 200, Violation("status", "status must be 401"))
        for name in ("getAccount", "rebuildPackageRelease")
    }
    assert len(causes) == 2


@pytest.mark.parametrize(
    ("rule", "value"), [("json", "x"), ("allow", "none"), ("content-type", "text/html")]
)
def test_a_wrong_form_of_responses_is_one_finding_for_all_operations(rule: str, value: str) -> None:
    violation = Violation(rule, "the response is application/json", found=value)
    assert len({cause_of("", name, 200, violation) for name in (*OPERATIONS, None)}) == 1


def test_the_location_of_a_pointer_is_its_line_in_the_contract() -> None:
    file, line, column = LOCATOR.location("/components/schemas/BuildStatus/enum").rsplit(":", 2)
    assert "enum: [" in Path(file).read_text("utf-8").splitlines()[int(line) - 1]
    assert int(column) > 1


def finding(operation: str, curl: tuple[str, ...], pointer: str, **more: Any) -> Finding:
    violation = Violation("type", "is string", pointer, "1")
    return Finding(
        {operation: 1}, violation, "x", "/x", "f:1:1", curl, response_pointers=(pointer,), **more
    )  # fmt: skip


def test_merged_findings_have_all_operations_and_the_smallest_example() -> None:
    two_requests = finding("list", ("curl a", "curl b"), "/all/*/name")
    long = finding("look", ("curl with much more",), "/name")
    short = finding("look", ("curl",), "/name")
    merged = two_requests.merged(long).merged(short)
    assert merged.curl == ("curl",)
    assert (merged.count, merged.operation_names) == (3, ("look", "list"))
    assert merged.response_pointers == ("/all/*/name", "/name")
    assert merged.id == short.id
