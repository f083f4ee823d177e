"""A request need not have readOnly properties, and a response need not have writeOnly ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.contract.document.directions import (
    ONLY_IN_REQUESTS,
    ONLY_IN_RESPONSES,
    without_required,
)
from mock_server.contract.exchange import Response
from mock_server.contract.requests import Accepted
from tests.mock_server.helpers.small_documents import OneOperation, document, operation

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = {"type": "integer", "readOnly": True}
PASSWORD = {"type": "string", "writeOnly": True}
NAME = {"type": "string"}
ACCOUNT = {
    "type": "object",
    "required": ["id", "name", "password"],
    "properties": {"id": ID, "name": NAME, "password": PASSWORD},
}
# Schemas of an account that declare and require its properties in different ways
ACCOUNTS: dict[str, dict[str, Any]] = {
    "in one schema": {"Account": ACCOUNT},
    "by reference": {
        "Id": ID,
        "Password": PASSWORD,
        "Account": {
            **ACCOUNT,
            "properties": {
                "id": {"$ref": "#/components/schemas/Id"},
                "name": NAME,
                "password": {"$ref": "#/components/schemas/Password"},
            },
        },
    },
    "required beside a base": {
        "Base": {"type": "object", "properties": ACCOUNT["properties"]},
        "Account": {
            "allOf": [{"$ref": "#/components/schemas/Base"}],
            "required": ["id", "name", "password"],
        },
    },
    "required in a part": {
        "Base": {"type": "object", "properties": ACCOUNT["properties"]},
        "Account": {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"required": ["id", "name", "password"]},
            ]
        },
    },
    "required in an alternative": {
        "Account": {
            "type": "object",
            "properties": ACCOUNT["properties"],
            "anyOf": [{"required": ["id", "name", "password"]}, {"required": ["name", "more"]}],
        }
    },
}


def judge_of_accounts(kind: str) -> OneOperation:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}
    responses = {"200": {"description": "OK", "content": content}}
    posted = operation(requestBody={"content": content}, responses=responses)
    return OneOperation(document({"/accounts": {"post": posted}}, schemas=ACCOUNTS[kind]))


def is_valid_request(judge: OneOperation, body: Any) -> bool:
    headers = {"content-type": "application/json"}
    verdict = judge.verdict(body=json.dumps(body).encode(), headers=headers)
    return isinstance(verdict, Accepted)


def is_valid_response(judge: OneOperation, body: Any) -> bool:
    headers = (("Content-Type", "application/json"),)
    response = Response(200, headers, json.dumps(body).encode())
    return not judge.responses.response(judge.operation, None, response, NOW)


WHOLE = {"id": 1, "name": "a", "password": "p"}


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_a_direction_does_not_require_the_properties_of_the_other(kind: str) -> None:
    judge = judge_of_accounts(kind)
    for absent, in_requests, in_responses in (
        ("", True, True),
        ("id", True, False),
        ("password", False, True),
        ("name", False, False),
    ):
        body = {name: value for name, value in WHOLE.items() if name != absent}
        assert is_valid_request(judge, body) == in_requests, absent
        assert is_valid_response(judge, body) == in_responses, absent


def test_a_readonly_property_of_a_request_is_validated() -> None:
    judge = judge_of_accounts("in one schema")
    assert not is_valid_request(judge, {**WHOLE, "id": "text"})


def test_a_view_shares_what_it_does_not_change() -> None:
    data = document({}, schemas={"Account": ACCOUNT, "Other": {"required": ["id"]}})
    view = without_required(data, ONLY_IN_RESPONSES)
    assert view["components"]["schemas"]["Account"]["required"] == ["name", "password"]
    assert view["components"]["schemas"]["Other"] is data["components"]["schemas"]["Other"]
    assert view["paths"] is data["paths"]
    assert data["components"]["schemas"]["Account"]["required"] == ["id", "name", "password"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"readOnly": {"type": "string"}}, "required": ["a"]},
        {"properties": {"a": {"readOnly": False}}, "required": ["a"]},
        {"properties": {"a": {"readOnly": True}}},
        {"enum": [ACCOUNT]},
        {"properties": {"required": {"type": "array"}, "enum": {"readOnly": True}}},
    ],
)
def test_a_document_that_requires_no_such_property_is_its_own_view(schema: Any) -> None:
    data = document({}, schemas={"Any": schema})
    assert without_required(data, ONLY_IN_RESPONSES) is data
    assert without_required(data, ONLY_IN_REQUESTS) is data


def test_a_property_named_like_a_keyword_is_a_schema() -> None:
    data = document({}, schemas={"Any": {"properties": {"example": ACCOUNT, "enum": ACCOUNT}}})
    properties = without_required(data, ONLY_IN_RESPONSES)["components"]["schemas"]["Any"][
        "properties"
    ]
    assert properties["example"]["required"] == properties["enum"]["required"]
    assert properties["enum"]["required"] == ["name", "password"]


def test_schemas_that_refer_to_each_other_have_a_view() -> None:
    schemas = {
        "A": {"allOf": [{"$ref": "#/components/schemas/B"}], "required": ["id"]},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}], "properties": {"id": ID}},
    }
    view = without_required(document({}, schemas=schemas), ONLY_IN_RESPONSES)
    assert view["components"]["schemas"]["A"]["required"] == []
