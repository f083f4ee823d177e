"""A rule holds, is broken with its message, or is reported with why it cannot be evaluated."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.contract.judge import Judge
from mock_server.contract.rules import evaluation
from mock_server.contract.rules.subjects import Subject
from tests.mock_server.helpers.small_documents import OneOperation, document, operation, parameter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATE = {
    "type": "string",
    "enum": ["waits", "runs"],
    "x-statuses": {"waits": {"phase": "waiting"}, "runs": {"phase": "running"}},
}
LOG = {"type": "array", "items": {"type": "string"}}
BUILD = {
    "type": "object",
    "x-resource": {"key": "id"},
    "x-timeline": {
        "status": "state",
        "processes": ["one", "two"],
        "roles": {"status": "_state", "logs": "_log"},
    },
    "required": ["id", "state", "one_state"],
    "properties": {
        "id": {"type": "string"},
        "number": {},
        "items": {"type": "array", "items": {}},
        "state": STATE,
        "one_state": STATE,
        "two_state": STATE,
        "one_log": LOG,
        "two_log": LOG,
    },
}
NESTED = "self.items.all(a, self.items.all(b, a <= 1 && b <= 1))"
PROBLEM = "the rule could not be evaluated:"
LATE = f"{PROBLEM} it takes more than 1 s; nest fewer comprehensions, or bound the lists"
VALUE = {"id": "a", "state": "runs", "one_state": "runs", "number": 1, "items": [1] * 200}


def judge_with(**rules: str) -> Judge:
    """Return the judge of a document whose builds have these rules."""
    invariants = [{"id": name, "rule": rule, "message": "broken"} for name, rule in rules.items()]
    schema = {**BUILD, "x-invariants": invariants}
    get = operation(operationId="getNothing")
    return OneOperation(document({"/": {"get": get}}, {"Build": schema})).responses


def results(judge: Judge, *subjects: Subject, with_logs: bool = True) -> list[tuple[str, str]]:
    """Return the pointer and the rule of each violation."""
    found = evaluation.schema_violations(judge.rules, "Build", subjects, NOW, with_logs)
    return [(each.pointer, each.rule) for each in found]


@pytest.mark.parametrize("items", [[1] * 3, [1] * 200], ids=["few", "many"])
@pytest.mark.parametrize(
    ("rule", "fix"),
    [
        ("self.number == 1", None),
        ("self.number == 2", ""),
        ("self.number", "the rule must return true or false, but returns 1"),
        ("startsWith(self.number, 'a')", f"{PROBLEM} startsWith does not accept these values"),
        ("self.items[500] == 1", f"{PROBLEM} index out of bounds: 500"),
        (NESTED, None),
        (f"{NESTED} && self.number == 2", ""),
        (f"{NESTED} && self.items[500] == 1", f"{PROBLEM} index out of bounds: 500"),
        ("self.number == 1 // a comment (", None),
    ],
)
def test_a_rule_has_one_of_three_results(rule: str, fix: str | None, items: list[int]) -> None:
    judge = judge_with(one=rule, two="true")
    found = judge.resource("Build", {**VALUE, "items": items}, NOW)
    if fix is None:
        assert found == []
    else:
        (violation,) = found
        assert (violation.rule, violation.message) == ("one", "broken")
        assert violation.fix == fix


def test_broken_rules_are_reported_for_each_value_in_their_order() -> None:
    judge = judge_with(
        first="self.number != 2", logged="size(self.one_log) < 2", last="self.number != 2"
    )
    good = {**VALUE, "one_log": []}
    bad = {**good, "number": 2, "one_log": ["a", "b"]}
    subjects = [Subject(good, "/0"), Subject(bad, "/1"), Subject(good, "/2"), Subject(bad, "/3")]
    expected = [
        ("/1/number", "first"),
        ("/1/one_log", "logged"),
        ("/1/number", "last"),
        ("/3/number", "first"),
        ("/3/one_log", "logged"),
        ("/3/number", "last"),
    ]
    assert results(judge, *subjects) == expected
    assert results(judge, Subject({**good, "number": 2}, "/0")) == [
        ("/0/number", "first"),
        ("/0/number", "last"),
    ]
    assert results(judge, Subject({**good, "one_log": ["a", "b"]})) == [("/one_log", "logged")]


def test_rules_about_changes_apply_to_values_with_an_old_one() -> None:
    judge = judge_with(
        same="self.number == oldSelf.number",
        grows="hasPrefix(self.one_log, oldSelf.one_log)",
        small="self.number < 3",
    )
    old = {**VALUE, "one_log": ["a"]}
    new = {**VALUE, "number": 3, "one_log": []}
    changed = Subject(new, "/new", old)
    assert results(judge, changed) == [
        ("/new/number", "same"),
        ("/new/one_log", "grows"),
        ("/new/number", "small"),
    ]
    by_default = evaluation.schema_violations(judge.rules, "Build", [changed], NOW)
    assert [each.rule for each in by_default] == ["same", "grows", "small"]
    assert results(judge, changed, with_logs=False) == [
        ("/new/number", "same"),
        ("/new/number", "small"),
    ]
    assert results(judge, Subject(new)) == [("/number", "small")]
    kept = Subject(old, "/old", old)
    assert results(judge, kept, changed, kept, changed) == 2 * results(judge, changed)


def test_a_rule_about_processes_applies_to_each_that_the_value_has() -> None:
    judge = judge_with(
        waits="self[process.status] == 'waits'",
        known="processes.all(p, p.status == 'one_state')",
        number="self.number < 3",
    )
    waiting = {**VALUE, "one_state": "waits"}
    assert results(judge, Subject(waiting)) == []
    assert results(judge, Subject(VALUE)) == [("/one_state", "waits")]
    both = {**VALUE, "two_state": "runs"}
    found = results(judge, Subject(waiting, "/0"), Subject(both, "/1"), Subject(VALUE, "/2"))
    assert [each for each in found if each[1] == "waits"] == [
        ("/1/one_state", "waits"),
        ("/1/two_state", "waits"),
        ("/2/one_state", "waits"),
    ]
    assert [rule for _, rule in found].count("known") == 1


@pytest.mark.parametrize("variable", ["p", "process", "oldSelf"])
def test_a_rule_may_give_its_variable_any_name(variable: str) -> None:
    judge = judge_with(runs=f"processes.all({variable}, {variable}.status == 'two_state')")
    value = {**VALUE, "two_state": "runs"}
    assert [rule for _, rule in results(judge, Subject(value))] == ["runs"]
    assert len(results(judge, Subject(value, "", value))) == 1


def test_many_values_are_judged_together_in_parts() -> None:
    judge = judge_with(nested=NESTED)
    subjects = [Subject({**VALUE, "items": [1] * 100}, f"/{index}") for index in range(5)]
    assert results(judge, *subjects) == []
    subjects[3] = Subject({**VALUE, "items": [2] * 100}, "/3")
    assert results(judge, *subjects) == [("/3/items", "nested")]


def test_a_rule_over_a_long_list_has_a_deadline_also_beside_others() -> None:
    nested = "self.items.all(a, self.items.all(b, self.items.all(c, a == b && b == c)))"
    value = {**VALUE, "items": [1] * 250}
    judge = judge_with(nested=nested, small="self.number < 3")
    assert [(each.rule, each.fix) for each in judge.resource("Build", value, NOW)] == [
        ("nested", LATE)
    ]


def test_a_rule_that_reads_a_whole_value_gets_it_beside_rules_that_read_a_part() -> None:
    judge = judge_with(whole="'id' in self", part="self.number < 3")
    assert results(judge, Subject(VALUE)) == []


def test_a_type_without_rules_or_a_list_without_values_has_no_violations() -> None:
    judge = judge_with(small="self.number < 3")
    assert evaluation.schema_violations(judge.rules, "None", [Subject({})], NOW) == []
    assert results(judge) == []


def operation_with(*rules: str) -> OneOperation:
    """Return an operation with a path parameter, a query parameter, a body and these rules."""
    schema = {"type": "object", "properties": {"a": {}, "items": {"type": "array", "items": {}}}}
    content = {"application/json": {"schema": schema}}
    invariants = [
        {"id": f"rule-{index}", "rule": rule, "message": "broken"}
        for index, rule in enumerate(rules)
    ]
    post = operation(
        parameter("word", {"type": "string"}),
        parameter("id", {"type": "string"}, "path"),
        operationId="post",
        requestBody={"content": content},
        responses={
            "200": {"description": "OK", "content": content},
            "204": {"description": "Empty"},
        },
        **{"x-invariants": invariants},
    )
    return OneOperation(document({"/{id}": {"post": post}}))


def judged(
    judge: OneOperation, request: dict[str, Any], status: int = 200, body: Any = None
) -> list[tuple[str, str]]:
    """Return the rule and the fix of each violation by an exchange."""
    found = evaluation.operation_violations(
        judge.responses.rules, "post", request, {"status": status, "body": body}, NOW
    )
    assert all((each.message, each.pointer) == ("broken", "") for each in found)
    return [(each.rule, each.fix) for each in found]


def test_the_rules_of_an_operation_see_the_request_and_the_response() -> None:
    judge = operation_with(
        "request.query.word == null && request.path.id == null",
        "request.body.a == null && response.body.a == null",
        "response.status == 204 && now > timestamp('2025-12-31T00:00:00Z')",
        "request.query.word != 'w' || request.path.id == '7'",
        "request.body.a != 1 && response.body.a != 1",
    )
    empty: dict[str, Any] = {"query": {}, "body": {}}
    assert judged(judge, empty, 200, {}) == [("rule-2", "")]
    query = {"query": {"word": "w"}, "path": {"id": "7"}, "body": {"a": 1}}
    assert [rule for rule, _ in judged(judge, query, 200, {"a": 2})] == [
        "rule-0",
        "rule-1",
        "rule-2",
        "rule-4",
    ]
    (_, other, _, _) = judged(judge, {**query, "body": {}}, 200, {"a": 1})
    assert other == ("rule-1", "")


def test_an_operation_rule_over_long_lists_has_the_same_result_and_a_deadline() -> None:
    nested = "response.body.items.all(a, response.body.items.all(b, a == b))"
    judge = operation_with(nested)
    request: dict[str, Any] = {"query": {}, "body": None}
    assert judged(judge, request, body={"items": [1] * 200}) == []
    assert judged(judge, request, body={"items": [*([1] * 200), 2]}) == [("rule-0", "")]
    deeper = nested.replace("a == b", "response.body.items.all(c, a == b && b == c)")
    ((_, fix),) = judged(operation_with(deeper), request, body={"items": [1] * 250})
    assert fix == LATE
