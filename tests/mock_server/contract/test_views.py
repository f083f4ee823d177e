"""The CEL engine gets only the parts of a response that the rules of its operation read."""

from typing import Any

import pytest

from mock_server.contract.rules.members import members_of
from mock_server.contract.rules.views import part, view, wanted_of, without
from tests.helpers.shipped import shipped_sources

JUDGE, _ = shipped_sources()
LIST = [{"a": 1, "b": [7]}, {"a": 2, "c": {"d": 3}}]
ALL = {"kind": "b", "list": LIST, "one": {"e": 4, "f": [5]}}

VIEWS: dict[str, Any] = {
    "response.status == 200": {},
    "response == request": ALL,
    "response.body == null": ALL,
    "response.body.list == []": {"list": LIST},
    "size(response.body.list) == 2": {"list": [{}, {}]},
    "size(response.body.list + []) == 2": {"list": LIST},
    "response.body.list.size() == 2": {"list": LIST},
    "size(response.body) == 3": {"kind": "b", "list": [{}, {}], "one": {}},
    "response.body.list.all(r, true)": {"list": [{}, {}]},
    "response.body.list.all(r, r.a == 1)": {"list": [{"a": 1}, {"a": 2}]},
    "response.body.list.all(r, r == request)": {"list": LIST},
    "response.body.list.all(r, r.b.all(q, q == r.a))": {"list": [{"a": 1, "b": [7]}, {"a": 2}]},
    "response.body.list.map(r, r.a) == [1]": {"list": [{"a": 1}, {"a": 2}]},
    "response.body.list.filter(r, r.a == 1) == []": {"list": LIST},
    "size(response.body.list.filter(r, r.a == 1)) == 1": {"list": [{"a": 1}, {"a": 2}]},
    "response.body.list.filter(r, r.a == 1)[0].c == 1": {
        "list": [{"a": 1}, {"a": 2, "c": {"d": 3}}]
    },
    "response.body.list[1].c.d == 3": {"list": [{}, {"c": {"d": 3}}]},
    "pluck(response.body.list, 'a') == [1, 2]": {"list": [{"a": 1}, {"a": 2}]},
    "pluck(response.body.list, request.body) == []": {"list": LIST},
    "response.body.one[request.body] == 4": {"one": ALL["one"]},
    "size(response.body.one[request.body]) == 1": {"one": {"e": 4, "f": [5]}},
    "has(response.body.one.e)": {"one": {"e": 4}},
    "'e' in response.body.one": {"one": ALL["one"]},
    "response.body[request.body].e == response.body.kind": {
        "kind": "b",
        "list": [{}, {}],
        "one": {"e": 4},
    },
    "[response.body.list].all(x, size(x) == 2)": {"list": LIST},
    "[1].all(x, x == 1)": {},
}


@pytest.mark.parametrize(("rule", "expected"), VIEWS.items(), ids=VIEWS)
def test_a_rule_sees_only_the_parts_that_it_reads(rule: str, expected: Any) -> None:
    paths = members_of(rule, {"request": None, "response": None}).paths
    wanted = part(wanted_of(path[1:] for path in paths if path[0] == "response"), "body")
    assert view(JUDGE.spec, {}, ALL, wanted) == expected


def test_several_rules_see_the_union_of_the_parts_that_they_read() -> None:
    wanted = wanted_of([("list", "*", "a"), ("list", "*", ""), ("one", "*"), ("one", "e", "x")])
    assert view(JUDGE.spec, {}, ALL, wanted) == {"list": [{"a": 1}, {"a": 2}], "one": ALL["one"]}


def test_an_absent_declared_property_is_null_if_a_rule_reads_it() -> None:
    of_each: Any = {"properties": {"q": {}}}
    of_y: Any = {"properties": {"z": {}}}
    schema = {"properties": {"x": {}, "y": of_y, "list": {"items": of_each}}}
    value = {"y": {}, "list": [{}, {"q": 1, "r": 2}], "more": 3}
    whole = {"x": None, "y": {"z": None}, "list": [{"q": None}, {"q": 1}]}
    assert view(JUDGE.spec, schema, value) == whole
    wanted = wanted_of([("x",), ("list", "*", "q")])
    assert view(JUDGE.spec, schema, value, wanted) == {"x": None, "list": [{"q": None}, {"q": 1}]}


def test_properties_are_removed_from_an_object_and_not_from_nested_objects() -> None:
    assert without({"a": 1, "b": {"a": 2}}, {"a"}) == {"b": {"a": 2}}


def test_an_object_whose_schema_declares_no_properties_is_complete() -> None:
    assert view(JUDGE.spec, {}, {"any": {"key": 1}}) == {"any": {"key": 1}}
