"""Rules about changes see long logs without most of the entries that both observations share."""

from typing import Any

from mock_server.contract.judge import judge_of
from mock_server.contract.rules.subjects import Subject, parts
from tests.mock_server.helpers.small_documents import document, operation, spec_of

STATE = {"type": "string", "enum": ["on"], "x-statuses": {"on": {"phase": "running"}}}
LOG = {"type": "array", "items": {"type": "integer"}}
BUILD = {
    "type": "object",
    "x-resource": {"key": "id"},
    "x-timeline": {
        "status": "state",
        "processes": ["one", "two"],
        "roles": {"status": "_state", "logs": "_log"},
    },
    "x-invariants": [
        {"id": "state", "rule": "self.state != 'off'", "message": "must be on"},
        {"id": "grows", "rule": "hasPrefix(self.one_log, oldSelf.one_log)", "message": "grow"},
    ],
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string"},
        "state": STATE,
        "one_state": STATE,
        "two_state": STATE,
        "one_log": {**LOG, "type": ["array", "null"]},
        "two_log": LOG,
    },
}
GET = operation(operationId="getNothing")
RULES = judge_of(spec_of(document({"/": {"get": GET}}, {"Build": BUILD}))).rules
OF_STATE, OF_LOG = RULES.of_schemas["Build"]
SHARED = list(range(1001))


def judged(value: dict[str, Any], old: dict[str, Any] | None) -> list[tuple[list[str], Subject]]:
    """Return the ids of rules, and the value that they are evaluated on."""
    subject = Subject(value, "/at", old)
    found = parts(RULES, "Build", [OF_STATE, OF_LOG], [subject])
    return [([rule.id for rule in rules], only) for rules, (only,) in found]


def test_only_rules_about_changes_get_shorter_logs() -> None:
    value = {"id": "a", "one_log": [*SHARED, -1], "two_log": [5]}
    old = {"id": "b", "one_log": [*SHARED, -2, -3], "two_log": [6]}
    shorter = {**value, "one_log": [*range(100), -1]}
    shorter_old = {**old, "one_log": [*range(100), -2, -3]}
    assert judged(value, old) == [
        (["state"], Subject(value, "/at", old)),
        (["grows"], Subject(shorter, "/at", shorter_old)),
    ]


def test_each_long_log_is_shortened_also_if_another_one_is_absent() -> None:
    for log, old_log in ((None, []), ([], None)):
        value = {"one_log": log, "two_log": SHARED}
        old = {"one_log": old_log, "two_log": [*SHARED, 7]}
        _, (_, shorter) = judged(value, old)
        assert shorter.value == {"one_log": log, "two_log": [*range(100)]}
        assert shorter.old == {"one_log": old_log, "two_log": [*range(100), 7]}


def test_logs_that_share_at_most_1000_entries_stay_as_they_are() -> None:
    log = SHARED[:1000]
    for one, two in ((log, log), ([*log, 1], [*log, 2]), (SHARED, log), (SHARED, [7, *SHARED])):
        value, old = {"one_log": one}, {"one_log": two}
        assert judged(value, old) == [(["state", "grows"], Subject(value, "/at", old))]


def test_a_value_without_an_earlier_observation_stays_as_it_is() -> None:
    value = {"one_log": SHARED}
    assert judged(value, None) == [(["state", "grows"], Subject(value, "/at", None))]
