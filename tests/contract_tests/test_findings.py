"""One defect is one finding in all responses that show it; two defects are two findings."""

from pathlib import Path
from typing import Any

from contract_tests.findings.causes import cause_of, consequence, status_cause
from contract_tests.findings.findings import Finding, in_order
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
    return cause_of(located.about, status, violation), located.contract_pointer


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


REJECTED = frozenset({400})


def test_each_reason_for_a_rejection_is_a_cause() -> None:
    reasons = ["type: must be a string", 'enum: must be one of "a", "b"', "required: is required"]
    causes = {status_cause("invalid-request", each, REJECTED, 200, True) for each in reasons}
    causes |= {
        status_cause(each, "the body must be JSON", REJECTED, 200, True) for each in JSON_IDS
    }
    assert len(causes) == len(reasons) + len(JSON_IDS)


JSON_IDS = ["json", "json-utf-8", "json-unique-keys", "json-constants"]


def test_names_and_values_do_not_change_a_cause() -> None:
    reasons = ["`a` must occur at most once", "`b` must occur at most once"]
    assert len({status_cause("", each, REJECTED, 200, True) for each in reasons}) == 1


def test_a_request_that_is_not_rejected_is_one_cause_with_and_without_a_result() -> None:
    reason = "type: must be a string"
    causes = {
        status_cause("invalid-request", reason, REJECTED, status, True) for status in (200, 404)
    }
    assert causes == {f"invalid-request: {reason}: accepted"}


def test_a_broken_requirement_is_one_cause_for_all_wrong_statuses() -> None:
    causes = {
        status_cause("trailing-slash", "no operation has this path", frozenset({404}), status, True)
        for status in (200, 307, 400, 415)
    }
    assert causes == {"trailing-slash"}


def test_an_undocumented_rejection_is_one_cause_for_all_reasons() -> None:
    causes = {
        status_cause("invalid-request", reason, REJECTED, 422, False)
        for reason in ("type: must be a string", "required: is missing")
    }
    assert causes == {"422 instead of 400"}


def test_an_error_without_its_envelope_is_one_cause_for_all_statuses_and_operations() -> None:
    causes = {
        identity(name, status, "required", "")[0]
        for name, status in (("getPackageRelease", 404), ("listPackageReleases", 400))
    }
    assert causes == {"error: message"}


def test_findings_are_in_the_order_of_their_level_and_consequence() -> None:
    shape, access = consequence("type", "", False), consequence("status", "credentials", False)
    crash, state = consequence("status 500", "", False), consequence("lookup", "", True)
    findings = [
        finding("a", ("curl",), "/a", level="strict", consequence=access),
        finding("b", ("curl",), "/b", consequence=shape),
        finding("c", ("curl",), "/c", consequence=crash),
        finding("d", ("curl",), "/d", consequence=state),
        finding("e", ("curl",), "/e", consequence=access),
    ]
    assert [each.operation_names for each in in_order(findings)] == [
        ("e",), ("d",), ("c",), ("b",), ("a",)
    ]  # fmt: skip


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
