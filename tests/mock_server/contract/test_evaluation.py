"""Every rule can be evaluated for every value that matches its schema."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mock_server.contract.judge import Judge
from mock_server.contract.rules.evaluation import operation_violations, schema_violations
from mock_server.contract.rules.subjects import Subject
from mock_server.contract.violations import Violation
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.strategies import EDGE_NUMBERS, EDGE_TIMESTAMPS, of_schema

NOW = datetime(2025, 6, 4, 12, tzinfo=UTC)
JUDGE, SHIPPED = shipped_sources()
RELEASES = of_schema(JUDGE.spec, {"$ref": "#/components/schemas/PackageRelease"})
generous = settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def failed_evaluations(violations: list[Violation]) -> list[Violation]:
    return [violation for violation in violations if "could not be evaluated" in violation.fix]


def matches_schema(name: str, value: object) -> bool:
    return not JUDGE.schemas.violations(f"/components/schemas/{name}", value)


@generous
@given(RELEASES)
def test_every_rule_can_be_evaluated_for_any_release_with_a_valid_schema(
    release: dict[str, Any],
) -> None:
    assume(matches_schema("PackageRelease", release))
    assert (
        failed_evaluations(
            schema_violations(JUDGE.rules, "PackageRelease", [Subject(release)], NOW)
        )
        == []
    )


@generous
@given(RELEASES, RELEASES)
def test_every_rule_about_changes_can_be_evaluated_for_any_two_releases(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assume(matches_schema("PackageRelease", old) and matches_schema("PackageRelease", new))
    subjects = [Subject(new, old=old)]
    violations = schema_violations(JUDGE.rules, "PackageRelease", subjects, NOW)
    assert failed_evaluations(violations) == []


NAMES = [o.id for o in JUDGE.spec.operations.values() if o.responses[200].resources]
Exchange = tuple[dict[str, Any], dict[str, Any]]


def exchanges(name: str) -> st.SearchStrategy[Exchange]:
    """Requests and successful responses with valid schemas. They need not fit together."""
    operation = JUDGE.spec.operations[name]
    success = operation.responses[200].schema
    query = st.fixed_dictionaries(
        {}, optional={p.name: of_schema(JUDGE.spec, p.schema) for p in operation.parameters}
    )
    bodies = of_schema(JUDGE.spec, {"$ref": f"#{operation.body}"}) if operation.body else st.none()
    results = of_schema(JUDGE.spec, {"$ref": f"#{success}"})

    def is_valid(exchange: Exchange) -> bool:
        request, response = exchange
        violations = JUDGE.schemas.violations
        invalid = operation.body and violations(operation.body, request["body"])
        return not invalid and not violations(str(success), response["body"])

    return st.tuples(
        st.fixed_dictionaries({"query": query, "body": bodies}),
        st.fixed_dictionaries({"status": st.just(200), "body": results}),
    ).filter(is_valid)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_an_operation_can_be_evaluated_for_any_exchange(name: str) -> None:
    @settings(generous, max_examples=20)
    @given(exchanges(name))
    def check(exchange: Exchange) -> None:
        assert failed_evaluations(operation_violations(JUDGE.rules, name, *exchange, NOW)) == []

    check()


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_the_same_result_for_the_parts_that_it_reads_as_for_the_whole_response(
    name: str,
) -> None:
    unfiltered = replace(JUDGE.rules, wanted=dict.fromkeys(JUDGE.rules.wanted))

    @settings(generous, max_examples=20)
    @given(exchanges(name))
    def check(exchange: Exchange) -> None:
        violations = operation_violations(JUDGE.rules, name, *exchange, NOW)
        whole = operation_violations(unfiltered, name, *exchange, NOW)
        assert [(each.rule, each.fix) for each in violations] == [
            (each.rule, each.fix) for each in whole
        ]

    check()


@generous
@given(st.lists(RELEASES, min_size=1, max_size=4))
def test_the_values_of_a_list_are_judged_together_as_each_by_itself(
    releases: list[dict[str, Any]],
) -> None:
    assume(all(matches_schema("PackageRelease", release) for release in releases))
    subjects = [Subject(release, f"/{index}") for index, release in enumerate(releases)]
    together = schema_violations(JUDGE.rules, "PackageRelease", subjects, NOW)
    assert together == [
        violation
        for subject in subjects
        for violation in schema_violations(JUDGE.rules, "PackageRelease", [subject], NOW)
    ]


@generous
@given(RELEASES, RELEASES)
def test_a_rule_has_the_same_result_for_the_properties_that_it_reads_as_for_the_whole_resource(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assume(matches_schema("PackageRelease", old) and matches_schema("PackageRelease", new))
    of_schemas = {
        name: tuple(replace(rule, properties=None) for rule in rules)
        for name, rules in JUDGE.rules.of_schemas.items()
    }
    unfiltered = replace(JUDGE.rules, of_schemas=of_schemas)
    subjects = [Subject(new), Subject(new, old=old)]
    assert schema_violations(JUDGE.rules, "PackageRelease", subjects, NOW) == schema_violations(
        unfiltered, "PackageRelease", subjects, NOW
    )


SUCCESSFUL = SHIPPED.fixtures["successful"].value
TIMESTAMPS = sorted(JUDGE.spec.types["PackageRelease"].timestamps)


@pytest.mark.parametrize("text", EDGE_TIMESTAMPS)
def test_an_unusual_timestamp_is_judged_by_the_schema_or_by_every_rule(text: str) -> None:
    for name in TIMESTAMPS:
        release = {**SUCCESSFUL, name: text}
        violations = JUDGE.resource("PackageRelease", release, NOW, dict(SUCCESSFUL))
        assert failed_evaluations(violations) == [], name


@pytest.mark.parametrize("number", [*EDGE_NUMBERS, 10**308, float(2**1000)], ids="{:.3g}".format)
def test_an_unusual_duration_is_judged(number: float) -> None:
    release = {**SUCCESSFUL, "total_build_duration_ms": number}
    violations = JUDGE.resource("PackageRelease", release, NOW)
    assert {violation.rule for violation in violations} == {"duration-spans-the-build"}
    assert failed_evaluations(violations) == []


def broken_rules(duration: float, started: str, completed: str) -> list[str]:
    release = {
        **SUCCESSFUL,
        "total_build_duration_ms": duration,
        "created_at": "2025-06-04T11:00:00Z",
        "transpilation_started_at": started,
        "transpilation_completed_at": started,
        "circuit_json_build_started_at": started,
        "circuit_json_build_completed_at": completed,
    }
    return [violation.rule for violation in JUDGE.resource("PackageRelease", release, NOW)]


@pytest.mark.parametrize(
    ("completed", "exact", "off"),
    [
        ("2025-06-04T11:30:10Z", (9000, 10000, 11000), (8999, 11001)),
        ("2025-06-04T11:30:10.5Z", (9500, 10500.5, 11500), (9499, 11501)),
        ("2025-06-04T11:30:10.500000Z", (9500, 10500, 11500), (9499, 11501)),
    ],
)
def test_a_duration_is_as_exact_as_the_less_precise_timestamp(
    completed: str, exact: tuple[float, ...], off: tuple[float, ...]
) -> None:
    for duration in exact:
        assert broken_rules(duration, "2025-06-04T11:30:00Z", completed) == []
    for duration in off:
        assert broken_rules(duration, "2025-06-04T11:30:00Z", completed) == [
            "duration-spans-the-build"
        ]


def test_a_duration_between_timestamps_with_milliseconds_is_exact_to_one() -> None:
    times = "2025-06-04T11:30:00.000Z", "2025-06-04T12:30:10.250+01:00"
    assert [ms for ms in range(10245, 10256) if not broken_rules(ms, *times)] == [
        10249,
        10250,
        10251,
    ]


def test_a_violation_contains_the_values_that_its_rule_reads(judge: Judge) -> None:
    release = {**SUCCESSFUL, "circuit_json_build_in_progress": True}
    (violation,) = judge.resource("PackageRelease", release, NOW, base="/release")
    assert violation.rule == "in-progress-exactly-when-building"
    assert violation.pointer == "/release/circuit_json_build_in_progress"
    assert violation.found == (
        'circuit_json_build_in_progress: true, circuit_json_build_display_status: "successful"'
    )


def test_a_violation_of_a_rule_about_a_change_contains_the_old_and_the_new_value(
    judge: Judge,
) -> None:
    release = {**SUCCESSFUL, "version": "9.9.9"}
    (violation,) = judge.resource("PackageRelease", release, NOW, SUCCESSFUL)
    assert (violation.rule, violation.found) == (
        "identity-never-changes",
        'version: "1.0.0" → "9.9.9"',
    )
