"""The location of each issue in an error must exist in the request."""

import json

import pytest

from contract_tests.judging.issues import issue_violations
from mock_server.contract.exchange import Request, Response
from tests.helpers.shipped import shipped_sources

JUDGE = shipped_sources()[0]
SPEC = JUDGE.spec
LOOKUP = next(each for each in SPEC.operations.values() if each.body and each.parameters)
QUERY = next(each for each in SPEC.operations.values() if not each.body and each.parameters)
DECLARED = next(iter(LOOKUP.lookup.ways[0].by)) if LOOKUP.lookup else ""
(PARAMETER, *_) = LOOKUP.parameters
BODY = b'{"other": {"a/b": [1, 2]}, "x": 1, "x": 2}'


def locations(*texts: str) -> Response:
    issues = [{"pointer": text, "message": "is wrong"} for text in texts]
    body = {"error": {"error_code": "invalid_request", "message": "is wrong", "issues": issues}}
    return Response(400, (("content-type", "application/json"),), json.dumps(body).encode())


@pytest.mark.parametrize(
    "location",
    ["", "/other", "/other/a~1b", "/other/a~1b/1", "/x", f"/{DECLARED}", PARAMETER.name, "sent"],
)
def test_a_location_of_the_request_is_accepted(location: str) -> None:
    request = Request("POST", LOOKUP.path, (("sent", "1"),), {}, BODY)
    assert issue_violations(JUDGE, LOOKUP, request, locations(location)) == []


@pytest.mark.parametrize(
    "location", [DECLARED, "/body/x", "/nothing", "/other/a/b", "/other/a~1b/2", "#/x", "$.x", "/"]
)
def test_a_location_that_the_request_does_not_have_is_reported(location: str) -> None:
    request = Request("POST", LOOKUP.path, (), {}, BODY)
    (violation,) = issue_violations(JUDGE, LOOKUP, request, locations("", location))
    assert violation.pointer == "/error/issues/1/pointer"
    assert location in violation.found


def test_any_pointer_is_accepted_for_a_body_that_is_not_json() -> None:
    request = Request("POST", LOOKUP.path, (), {}, b"{")
    assert issue_violations(JUDGE, LOOKUP, request, locations("/x")) == []


def test_a_request_without_a_body_has_no_pointers() -> None:
    request = Request("GET", QUERY.path)
    name = QUERY.parameters[0].name
    assert issue_violations(JUDGE, QUERY, request, locations(name, "")) == []
    (violation,) = issue_violations(JUDGE, QUERY, request, locations(f"/{name}"))
    assert violation.rule == "issue-locations"


def test_each_property_that_breaks_its_schema_has_an_issue() -> None:
    names = list(SPEC.schema("PackageLookup")["properties"])
    operation = next(each for each in SPEC.operations.values() if each.id == "findPackage")
    body = json.dumps(dict.fromkeys(names, 1)).encode()
    request, pointers = Request("POST", operation.path, (), {}, body), [f"/{n}" for n in names]
    assert issue_violations(JUDGE, operation, request, locations(*pointers)) == []
    assert issue_violations(JUDGE, operation, request, locations()) == []
    (violation,) = issue_violations(JUDGE, operation, request, locations(*pointers[1:]))
    assert pointers[0] in violation.found
