"""The judge reports each breach of a response: status, media type, body, headers, rules."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.contract.exchange import Response
from mock_server.contract.requests import Accepted
from tests.mock_server.helpers.small_documents import OneOperation, document, operation, parameter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BUILD: dict[str, Any] = {
    "type": "object",
    "x-resource": {"key": "id"},
    "x-timeline": {"status": "state", "roles": {"logs": "log"}},
    "x-invariants": [
        {"id": "same-id", "rule": "self.id == oldSelf.id", "message": "the id must not change"},
        {"id": "log-grows", "rule": "hasPrefix(self.log, oldSelf.log)", "message": "must grow"},
        {"id": "logged", "rule": "self.state != 'done' || size(self.log) > 0", "message": "empty"},
    ],
    "required": ["id", "state", "log"],
    "properties": {
        "id": {"type": "string"},
        "state": {
            "type": "string",
            "enum": ["running", "done"],
            "x-statuses": {"running": {"phase": "running"}, "done": {"phase": "ended-well"}},
        },
        "log": {"type": "array", "items": {"type": "string"}},
    },
}
USER = {
    "type": ["object", "null"],
    "x-resource": {"key": "name"},
    "x-invariants": [{"id": "named", "rule": "self.name != ''", "message": "must have a name"}],
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"type": ["string", "null"]}},
}
BODY = {
    "type": "object",
    "properties": {
        "user": {"$ref": "#/components/schemas/User"},
        "builds": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Build"}},
        "$first": {"$ref": "#/components/schemas/Build"},
        "text": {"type": "string"},
        "groups": {
            "type": "array",
            "items": {"properties": {"leader": {"$ref": "#/components/schemas/User"}}},
        },
    },
}
PAGE = {
    "operationId": "getPage",
    "parameters": [
        parameter("logs", {"type": "boolean"}, **{"x-omits": "logs"}),
        parameter("short", {"type": "boolean"}),
        parameter("page", {"type": "integer"}, "path"),
    ],
    "x-invariants": [
        {
            "id": "text-of-page",
            "message": "the text must name the page",
            "rule": "response.body == null || !has(response.body.text) || "
            "response.body.text in [null, string(request.path.page)]",
        },
        {
            "id": "nothing-created",
            "message": "page 7 must create nothing",
            "rule": "response.status != 201 || request.path.page != 7",
        },
    ],
    "responses": {
        "200": {
            "description": "OK",
            "headers": {
                "X-Trace": {"required": True, "schema": {"type": "string", "pattern": "^t"}},
                "X-Cost": {"schema": {"type": "string", "pattern": "^[0-9]+$"}},
                "X-Any": {"schema": {"type": "string"}},
            },
            "content": {
                "application/json": {"schema": BODY},
                "text/plain": {"schema": {"type": "string", "minLength": 3}},
                "text/nothing": {"schema": {"type": ["string", "null"], "minLength": 3}},
                "text/csv": {"schema": {"type": "object", "required": ["a"]}},
                "text/xml": {"schema": {"required": ["a"]}},
                "image/png": {},
            },
        },
        "201": {"description": "Created"},
        "204": {"description": "Empty", "content": {"application/json": {"schema": BODY}}},
        "4XX": {"description": "Wrong"},
    },
}
SCHEMAS = {"Build": BUILD, "User": USER}
JUDGE = OneOperation(document({"/pages/{page}": {"get": PAGE}}, SCHEMAS))
JSON = ("Content-Type", "application/json")
TRACE = ("X-Trace", "t1")
RUNNING = {"id": "a", "state": "running", "log": ["one", "two"]}


def breaches(
    body: Any = None,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: tuple[tuple[str, str], ...] = (TRACE,),
    query: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    accepted: bool = True,
) -> list[str]:
    """Return the violations of a response to a request for page 7. body: JSON, or bytes."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = (("Content-Type", media_type),) if media_type else ()
    request = Accepted(query or {}, None, path={"page": 7}) if accepted else None
    response = Response(status, (*typed, *headers), sent)
    found = JUDGE.responses.response(JUDGE.operation, request, response, NOW, old)
    return [str(each) for each in found]


def test_a_valid_response_has_no_violation() -> None:
    page = {"builds": [RUNNING], "$first": RUNNING, "user": {"name": "a"}, "text": "7"}
    assert breaches(page) == []


def test_an_undocumented_status_is_reported_with_the_documented_ones_and_the_body() -> None:
    assert breaches(b"x" * 200, status=500) == [
        f"must be one of 200, 201, 204, 4XX; found 500 {'x' * 120} [status]"
    ]
    assert breaches(b"", status=500) == ["must be one of 200, 201, 204, 4XX; found 500 [status]"]
    assert breaches(b"", status=404) == []


MEDIA_TYPES = "application/json or text/plain or text/nothing or text/csv or text/xml or image/png"


def test_another_media_type_is_reported_and_so_is_its_absence() -> None:
    expected = f"the body must be {MEDIA_TYPES}; found"
    assert breaches(b"{}", media_type="text/html") == [f"{expected} text/html [content-type]"]
    assert breaches(b"{}", media_type="") == [f"{expected} none [content-type]"]


def test_a_response_without_documented_body_may_have_any() -> None:
    assert breaches(b"{", status=201, accepted=False) == []
    assert breaches(b"", status=204, media_type="") == []


def test_a_body_that_is_not_json_is_reported_with_its_first_bytes() -> None:
    (message,) = breaches(b'{"a": ' + b"1" * 100)
    shown = json.dumps('{"a": ' + "1" * 74)
    assert message.startswith("the body must be JSON: ")
    assert message.endswith(f"; found {shown} [json]")
    (message,) = breaches(b"\xff")
    assert "\ufffd" in message


@pytest.mark.parametrize("media_type", ["text/plain", "text/nothing"])
def test_a_text_is_judged_by_a_schema_of_text(media_type: str) -> None:
    assert breaches(b"abc", media_type=media_type) == []
    (message,) = breaches(b"ab", media_type=media_type)
    assert "[minLength]" in message
    (message,) = breaches(b"\xff", media_type=media_type)
    assert "\ufffd" in message


@pytest.mark.parametrize("media_type", ["text/csv", "text/xml", "image/png"])
def test_a_text_is_not_judged_by_another_schema(media_type: str) -> None:
    assert breaches(b"any", media_type=media_type) == []


def test_a_body_of_json_is_judged_by_its_schema() -> None:
    assert breaches([]) == ["must be an object; found [] [type]"]


def test_a_response_has_no_advice_for_authors_of_yaml() -> None:
    user = {"name": 5}
    resource = JUDGE.responses.resource("User", user, NOW)
    assert [(each.rule, bool(each.fix)) for each in resource] == [("type", True)]
    response = Response(200, (JSON, TRACE), b'{"user":{"name":5}}')
    judged = JUDGE.responses.response(JUDGE.operation, None, response, NOW)
    assert [(each.rule, each.fix) for each in judged] == [("type", "")]


def test_a_required_header_that_is_absent_is_reported() -> None:
    assert breaches({}, headers=()) == [
        "a response with 200 must have the header X-Trace; found none [header]"
    ]


def test_a_header_is_judged_by_its_pattern() -> None:
    assert breaches({}, headers=(("x-trace", "t2"), ("X-Cost", "12"), ("X-Any", "?"))) == []
    assert breaches({}, headers=(("x-trace", "s2"), ("X-Cost", "1.5"))) == [
        'X-Trace must match ^t; found "s2" [header]',
        'X-Cost must match ^[0-9]+$; found "1.5" [header]',
    ]


def test_all_breaches_of_body_and_headers_are_reported_at_once() -> None:
    assert len(breaches([], headers=())) == 2


def test_the_rules_are_evaluated_only_on_a_valid_response() -> None:
    unnamed = {"user": {"name": ""}}
    assert breaches(unnamed) == ['/user/name: must have a name; found name: "" [named]']
    (message,) = breaches(unnamed, headers=())
    assert "[header]" in message


def test_each_resource_of_a_list_is_judged_where_it_is() -> None:
    done = {"id": "b", "state": "done", "log": []}
    messages = breaches({"builds": [RUNNING, done], "$first": done, "user": {"name": ""}})
    assert [message.partition(":")[0] for message in messages] == [
        "/user/name",
        "/builds/1/state",
        "/$first/state",
    ]


def test_resources_are_judged_also_if_the_operation_has_no_rules() -> None:
    page = {name: value for name, value in PAGE.items() if name != "x-invariants"}
    judge = OneOperation(document({"/pages/{page}": {"get": page}}, SCHEMAS))
    response = Response(200, (JSON, TRACE), b'{"user":{"name":""}}')
    (violation,) = judge.responses.response(judge.operation, None, response, NOW)
    assert violation.rule == "named"


def test_a_resource_within_the_items_of_a_list_is_judged() -> None:
    (message,) = breaches({"groups": [{"leader": {"name": "a"}}, {}, {"leader": {"name": ""}}]})
    assert message.startswith("/groups/2/leader/name: must have a name")


def test_the_rules_of_an_operation_are_evaluated_also_without_resources() -> None:
    (message,) = breaches(b"", status=201)
    assert "[nothing-created]" in message


def test_what_is_no_resource_is_passed_over() -> None:
    done = {"id": "b", "state": "done", "log": []}
    (message,) = breaches({"user": None, "builds": None, "$first": done})
    assert message.startswith("/$first/state:")


def test_a_change_is_judged_against_the_earlier_observation_of_the_same_resource() -> None:
    shorter = {**RUNNING, "log": ["one"]}
    old = {"Build/a": RUNNING, "User/x": {"name": "y"}}
    (message,) = breaches({"builds": [shorter]}, old=old)
    assert "[log-grows]" in message
    assert breaches({"builds": [{**shorter, "id": "b"}]}, old=old) == []
    assert breaches({"builds": [shorter]}) == []
    assert breaches({"builds": [RUNNING]}, old=old) == []


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, True),
        ({"logs": True}, True),
        ({"logs": None}, True),
        ({"short": False}, True),
        ({"logs": False}, False),
        ({"logs": False, "short": True}, False),
    ],
)
def test_logs_are_compared_unless_the_request_omits_them(
    query: dict[str, Any], shown: bool
) -> None:
    assert JUDGE.responses.shows_logs(JUDGE.operation, Accepted(query, None)) is shown
    shorter = {**RUNNING, "log": []}
    assert bool(breaches({"builds": [shorter]}, query=query, old={"Build/a": RUNNING})) is shown


def test_a_resource_is_compared_with_its_logs_unless_the_caller_says_otherwise() -> None:
    shorter = {**RUNNING, "log": []}
    judge = JUDGE.responses
    (violation,) = judge.resource("Build", shorter, NOW, RUNNING, "/at")
    assert (violation.rule, violation.pointer) == ("log-grows", "/at/log")
    assert judge.resource("Build", shorter, NOW, RUNNING, with_logs=False) == []
    (violation,) = judge.resource("Build", {**shorter, "state": "none"}, NOW, RUNNING, "/at")
    assert (violation.rule, violation.pointer) == ("enum", "/at/state")


def test_the_rules_of_an_operation_apply_only_to_a_valid_request() -> None:
    (message,) = breaches({"text": "8"})
    assert "[text-of-page]" in message
    assert breaches({"text": "8"}, accepted=False) == []


def test_a_response_to_an_invalid_request_is_compared_with_its_logs() -> None:
    shorter = {"builds": [{**RUNNING, "log": []}]}
    (message,) = breaches(shorter, old={"Build/a": RUNNING}, accepted=False)
    assert "[log-grows]" in message


def test_a_response_outside_of_all_operations_has_one_status_body_and_headers() -> None:
    outside = {
        "404": {
            "description": "Unknown path",
            "headers": {"Allow": {"required": True, "schema": {"type": "string"}}},
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }
    judge = OneOperation(
        document({"/pages/{page}": {"get": PAGE}}, SCHEMAS) | {"x-outside": outside}
    )
    for status, headers, body, expected in (
        (404, (JSON, ("Allow", "GET")), b"{}", []),
        (404, (JSON,), b"[]", ["type", "header"]),
        (403, (), b"", ["status"]),
        (405, (), b"", ["status"]),
    ):
        found = judge.responses.outside(404, Response(status, headers, body))
        assert [each.rule for each in found] == expected
    (violation,) = judge.responses.outside(404, Response(int("500")))
    assert str(violation) == "must be 404; found 500 [status]"
    allowed = Response(int("404"), (JSON, ("Allow", "GET")), b"{}")
    assert judge.responses.outside(404, allowed) == []


@pytest.mark.parametrize(
    ("packed", "expected"), [({}, []), ({"pack_state": "running"}, ["none-packs"])]
)
def test_the_rules_of_an_operation_see_the_processes_that_its_resources_have(
    packed: dict[str, str], expected: list[str]
) -> None:
    statuses = BUILD["properties"]["state"]
    parcel = {
        "type": "object",
        "x-resource": {"key": "id"},
        "x-timeline": {
            "status": "state",
            "processes": ["pack", "send"],
            "roles": {"status": "_state"},
        },
        "required": ["id", "state", "send_state"],
        "properties": {
            "id": {"type": "string"},
            "state": statuses,
            "send_state": statuses,
            "pack_state": statuses,
        },
    }
    rule = {
        "id": "none-packs",
        "message": "no parcel may have a process for packing",
        "rule": "processes.all(process, process.status != 'pack_state')",
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Parcel"}}}
    responses = {"200": {"description": "OK", "content": content}}
    get = operation(operationId="getParcel", responses=responses, **{"x-invariants": [rule]})
    judge = OneOperation(document({"/parcel": {"get": get}}, {"Parcel": parcel}))
    body = {"id": "a", "state": "running", "send_state": "running", **packed}
    response = Response(200, (JSON,), json.dumps(body).encode())
    found = judge.responses.response(judge.operation, Accepted({}, None), response, NOW)
    assert [each.rule for each in found] == expected
