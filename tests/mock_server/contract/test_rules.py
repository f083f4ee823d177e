"""Rules are compiled from the spec, and a rule that names an unknown member is rejected."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document.loading import load
from mock_server.contract.judge import Judge, judge_of
from mock_server.contract.source.yaml_documents import read
from mock_server.contract.violations import Violation
from tests.mock_server.helpers.copies import SPEC, location_of, spec_with, violations_of

IN_ORDER = "self[process.in_progress] == (self[process.status] == 'building')"
FIRST_LATEST = (
    "            response.status != 200 || size(response.body.package_releases.filter("
    "r, r.is_latest)) <= 1\n"
)

ONE_PACKAGE = 'size(distinct(pluck(response.body.package_releases, "package_id"))) <= 1'

BY_ID = (
    "response.body.package_release.package_release_id == request.body.package_release_id\n"
    "        - id: get-returns-the-requested-version"
)


def load_judge(path: Path) -> Judge:
    return judge_of(load(path))


def test_every_rule_of_the_spec_compiles_and_has_a_unique_id(judge: Judge) -> None:
    listed = [rule["id"] for holder in holders(read(SPEC).data) for rule in holder["x-invariants"]]
    assert [rule.id for rule in judge.rules.all()] == listed
    assert len(set(listed)) == len(listed) > 30


def holders(value: Any) -> list[dict[str, Any]]:
    """Return every object of a spec that has rules, in order."""
    if isinstance(value, list):
        return [holder for item in value for holder in holders(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if isinstance(value.get("x-invariants"), list) else []
    return own + [holder for member in value.values() for holder in holders(member)]


TYPOS: dict[str, tuple[str, str, str, str]] = {
    # name: a text of the spec, its replacement, the member that is found, the suggested name
    "a property": (
        IN_ORDER,
        f"{IN_ORDER} && self.display_statuss == ''",
        "self.display_statuss",
        "display_status",
    ),
    "a property in has()": (
        IN_ORDER, f"{IN_ORDER} || has(self.licence)", "self.licence", "license"
    ),
    "a property of oldSelf": (
        "self.package_id == oldSelf.package_id",
        "self.package_id == oldSelf.pakage_id",
        "oldSelf.pakage_id",
        "package_id",
    ),
    "a role": (
        IN_ORDER, IN_ORDER.replace("process.status", "process.staus"), "process.staus", "status"
    ),
    "a role of a process in a macro": (
        "processes.all(p, response.body.package_release[p.status] == 'pending')",
        "processes.all(p, response.body.package_release[p.stat] == 'pending')",
        "p.stat",
        "status",
    ),
    "a role of an earlier process": (
        "process.earlier.all(e, self[e.status]",
        "process.earlier.all(e, self[e.stauts]",
        "e.stauts",
        "status",
    ),
    "a role in an index of a macro in a macro": (
        "processes.all(o, self[o.started_at] == null ||\n            timestamp(self[s",
        "processes.all(o, self[o.start_at] == null ||\n            timestamp(self[s",
        "o.start_at",
        "started_at",
    ),
    "a key of the request's body": (
        BY_ID,
        BY_ID.replace("release_id\n", "release\n"),
        "request.body.package_release",
        "package_release_id",
    ),
    "a parameter of the request": (
        "request.query.include_logs != false",
        "request.query.include_log != false",
        "request.query.include_log",
        "include_logs",
    ),
    "a part of the request": (
        "request.query.include_logs != false",
        "request.params.include_logs != false",
        "request.params",
        "query",
    ),
    "a key of the response": (
        "            response.body.package_release.is_latest\n",
        "            response.body.package_relaese.is_latest\n",
        "response.body.package_relaese",
        "package_release",
    ),
    "a property of a resource in the response": (
        "            response.body.package_release.is_latest\n",
        "            response.body.package_release.is_last\n",
        "response.body.package_release.is_last",
        "is_latest",
    ),
    "a property of a resource in a list": (
        FIRST_LATEST,
        FIRST_LATEST.replace("r.is_latest", "r.is_lates"),
        "r.is_lates",
        "is_latest",
    ),
    "a property of an item of a list": (
        ONE_PACKAGE,
        "response.body.package_releases[0].pakage_id != ''",
        "package_releases.*.pakage_id",
        "package_id",
    ),
    "a property that is plucked from the items of a list": (
        ONE_PACKAGE,
        ONE_PACKAGE.replace("package_id", "pakage_id"),
        "package_releases.*.pakage_id",
        "package_id",
    ),
    "a property of a list that is filtered first": (
        FIRST_LATEST,
        FIRST_LATEST.replace(")) <=", ").filter(q, q.versoin == '')) <="),
        "q.versoin",
        "version",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "member", "suggestion"), TYPOS.values(), ids=TYPOS)
def test_a_misspelled_member_is_rejected_with_its_location_and_a_suggestion(
    tmp_path: Path, old: str, new: str, member: str, suggestion: str
) -> None:
    spec = spec_with(tmp_path, (old, new))
    (violation,) = violations_of(load_judge, spec)
    assert member in violation.found
    assert suggestion in violation.fix
    assert rule_at(spec, violation)["rule"] in " ".join(spec.read_text("utf-8").split())
    assert member.rpartition(".")[2] in rule_at(spec, violation)["rule"]


def rule_at(spec: Path, violation: Violation) -> dict[str, str]:
    """Return the rule that the pointer and the location of a violation refer to."""
    document = read(spec)
    assert violation.location == document.location(violation.pointer)
    value: Any = document.data
    for part in violation.pointer.split("/")[1:-1]:
        part = part.replace("~1", "/").replace("~0", "~")
        value = value[int(part)] if isinstance(value, list) else value[part]
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    "wrong",
    [
        "self[",
        "self[process.status] ==",
        "1 +",
        "(",
        "self.display_status = 'a'",
        "a b",
        "self.display_status == 'open",
        "[1,2",
        "!!",
        "?:",
        "\u00a7",
        "{",
    ],
)
def test_a_rule_that_is_not_cel_is_rejected_with_its_location(tmp_path: Path, wrong: str) -> None:
    quoted = json.dumps(wrong)
    spec = spec_with(tmp_path, (f"rule: {IN_ORDER}", f"rule: {quoted}"))
    violations = violations_of(load_judge, spec)
    assert len(violations) == 1
    assert violations[0].location == location_of(spec, quoted)
    assert "in-progress-exactly-when-building" in violations[0].message


@pytest.mark.parametrize("unknown", ["selff.version == ''", "proces.status == ''", "old == null"])
def test_an_unknown_variable_is_rejected_with_its_location(tmp_path: Path, unknown: str) -> None:
    quoted = json.dumps(unknown)
    spec = spec_with(tmp_path, (f"rule: {IN_ORDER}", f"rule: {quoted}"))
    (violation,) = violations_of(load_judge, spec)
    assert violation.location == location_of(spec, quoted)


def test_an_unknown_function_is_rejected_with_its_location(tmp_path: Path) -> None:
    quoted = json.dumps("hasPrefx(self.transpilation_logs, [])")
    spec = spec_with(tmp_path, (f"rule: {IN_ORDER}", f"rule: {quoted}"))
    (violation,) = violations_of(load_judge, spec)
    assert violation.location == location_of(spec, quoted)


def test_two_rules_with_the_same_id_are_rejected_with_both_locations(tmp_path: Path) -> None:
    spec = spec_with(
        tmp_path, ("- id: list-contains-one-latest", "- id: list-contains-one-package")
    )
    (violation,) = violations_of(load_judge, spec)
    first, second = (
        number
        for number, line in enumerate(spec.read_text("utf-8").splitlines(), 1)
        if line.endswith("- id: list-contains-one-package")
    )
    assert violation.location == f"{spec}:{second}:11"
    assert violation.found == "list-contains-one-package"
    assert f":{first}:" in str(violation) or "/x-invariants/1" in violation.fix


@pytest.mark.parametrize("key", ["id", "message", "rule"])
def test_a_rule_without_id_message_or_rule_is_rejected_with_its_location(
    tmp_path: Path, key: str
) -> None:
    old = (
        "        - id: in-progress-exactly-when-building\n"
        "          message: a process must be in progress if it is building, and only then\n"
        f"          rule: {IN_ORDER}\n"
    )
    spec = spec_with(tmp_path, (old, old.replace(f"{key}:", f"x-{key}:")))
    (violation,) = violations_of(load_judge, spec)
    assert violation.found == f"no {key}"
    assert violation.location == location_of(spec, f"{'x-' * (key == 'id')}id: in-progress")


def test_all_invalid_rules_are_reported_in_one_run(tmp_path: Path) -> None:
    spec = spec_with(
        tmp_path,
        (IN_ORDER, "self["),
        (FIRST_LATEST, FIRST_LATEST.replace("r.is_latest", "r.is_lates")),
        ("- id: list-filters-by-commit", "- id: list-filters-by-version"),
    )
    assert len(violations_of(load_judge, spec)) == 3


def test_a_string_literal_in_a_rule_is_not_a_member(tmp_path: Path) -> None:
    text = "self.version != 'self.nope' && self.version != \"it\\\\'s self.nope\""
    spec = spec_with(tmp_path, (f"rule: {IN_ORDER}", f"rule: {text}"))
    assert list(load_judge(spec).rules.all())


def test_a_compiled_rule_lists_the_members_that_it_reads(judge: Judge) -> None:
    rules = {rule.id: rule for rule in judge.rules.all()}
    assert {name for name, rule in rules.items() if rule.of_change} == {
        "identity-never-changes",
        "logs-only-grow",
        "ended-process-stays-ended",
        "ended-process-writes-no-logs",
    }
    assert {name for name, rule in rules.items() if rule.reads_logs} == {
        "logs-only-grow",
        "ended-process-writes-no-logs",
        "rebuild-clears-logs",
        "get-omits-logs",
    }
    assert not rules["display-status-is-derived"].per_process
    assert rules["in-progress-exactly-when-building"].per_process
    plucked = ("response", "body", "package_releases", "*", "package_id")
    assert plucked in rules["list-contains-one-package"].chains
