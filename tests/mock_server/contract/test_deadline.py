"""A rule that would take very long ends with a message, and other threads run meanwhile."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document.loading import load
from mock_server.contract.judge import Judge, judge_of
from mock_server.contract.rules import engine as cel
from mock_server.contract.rules.deadline import (
    GUARD,
    UNGUARDED,
    Deadline,
    batches,
    guarded,
    levels,
    longest_list,
)
from mock_server.contract.rules.functions import distinct
from mock_server.foundation import timestamps

NESTED = "self.items.all(a, self.items.all(b, self.items.all(c, a + b + c >= 0)))"
RULES = [
    NESTED,
    "self.items.map(a, [a]).filter(b, b[0] >= 0).size() == size(self.items) // a comment (",
    "self.items.exists_one(a, a == 'all(x, ') || true",
    "self.items.map(a, a > 1, {'k': a}).all(b, b.k in self.items)",
    "distinct(self.items).exists(a, a < 0) ? false : true",
]


def judge_with(folder: Path, rule: str) -> Judge:
    schema = {
        "type": "object",
        "x-resource": {"key": "id"},
        "required": ["id", "items"],
        "properties": {"id": {"type": "string"}, "items": {"type": "array", "items": {}}},
        "x-invariants": [{"id": "costly", "rule": rule, "message": "must hold"}],
    }
    path = folder / "api.json"
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Costly", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "a"}}}}},
        "components": {"schemas": {"List": schema}},
    }
    path.write_text(json.dumps(document), "utf-8")
    return judge_of(load(path))


def violations(judge: Judge, items: list[Any]) -> list[str]:
    value, now = {"id": "1", "items": items}, timestamps.to_datetime(0)
    return [str(each) for each in judge.resource("List", value, now)]


def test_a_rule_without_an_end_is_a_violation_that_says_why(tmp_path: Path) -> None:
    (found,) = violations(judge_with(tmp_path, NESTED), [1] * 20_000)
    assert "could not be evaluated: it takes more than 1 s" in found
    assert "nest fewer comprehensions" in found


def test_other_threads_run_while_a_rule_takes_long(tmp_path: Path) -> None:
    judge, steps = judge_with(tmp_path, NESTED), 0
    thread = threading.Thread(target=violations, args=(judge, [1] * 20_000))
    thread.start()
    while thread.is_alive():
        time.sleep(0.001)
        steps += 1
    assert steps > 20, "an evaluation without a deadline keeps the interpreter's lock"


@pytest.mark.parametrize("rule", RULES)
@given(items=st.lists(st.integers(-3, 3), max_size=5))
def test_a_guarded_rule_has_the_same_result(rule: str, items: list[int]) -> None:
    calls = [0]

    def guard() -> bool:
        calls[0] += 1
        return True

    variables = {"self": {"items": items}}
    context = cel.Context(variables, {"distinct": distinct, GUARD: guard})
    source = guarded(rule)
    assert cel.executed(cel.compiled(source), context) == cel.executed(cel.compiled(rule), context)
    assert source.count(GUARD) >= 1
    assert calls[0] > 0 or not items


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("self.a == 1", 0),
        ("size(self.items) > all", 0),
        ("self.items.all(a, a > 0)", 1),
        ("self.items.all(a, a > 0) && self.items.exists(a, a > 1)", 1),
        (NESTED, 3),
        ("self.items.map(a, a)", 2),
        ("self.items.all(a, a in self.items)", 2),
        ("'.all(' == self.text", 0),
    ],
)
def test_the_levels_of_a_rule_say_how_its_steps_grow(rule: str, expected: int) -> None:
    assert levels(rule) == expected


def test_values_are_divided_into_batches_with_few_steps() -> None:
    small, large = {"items": [1] * 100}, {"items": [1] * 1_000}
    divided = list(batches(["self.items.map(a, a)"], [small, small, large, small, small, small]))
    assert [len(batch) for batch in divided] == [2, 1, 2, 1]
    assert all(len(b) == 1 or sum(len(v["items"]) ** 2 for v in b) <= UNGUARDED for b in divided)
    assert list(batches(["self.a == 1"], [small] * 5)) == [[small] * 5]


def test_the_longest_list_of_a_value_may_be_anywhere() -> None:
    assert longest_list({"a": [{"b": [1, 2, 3]}], "c": {"d": 1, "e": 2}}) == 3
    assert longest_list(1) == 1


def test_a_deadline_counts_only_the_computing_of_its_thread() -> None:
    deadline = Deadline(0.05)
    time.sleep(0.1)
    assert deadline()


@given(st.lists(st.one_of(st.integers(0, 2), st.lists(st.integers(0, 1), max_size=2))))
def test_distinct_keeps_the_first_of_equal_items(items: list[Any]) -> None:
    expected = [item for index, item in enumerate(items) if item not in items[:index]]
    assert distinct(items) == expected
