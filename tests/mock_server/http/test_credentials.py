"""The caller belongs to the credentials, which any security scheme can describe."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Request, Response
from mock_server.http.credentials import NOBODY, Credentials, with_challenge
from mock_server.state.catalog import Caller, Resource
from tests.mock_server.helpers.small_documents import OneOperation, document, operation

USER = ResourceType("User", ("id",), None, (), "", None, (), "users", {}, frozenset(), {}, {})
FIRST, SECOND = (
    Caller(f"token-{key}", Resource(USER, {"id": key}, None, key=key)) for key in ("1", "2")
)
CALLERS = (FIRST, SECOND)


def caller(text: str | None, any_token: bool = False) -> Caller | None:
    headers = {} if text is None else {"authorization": text}
    return Credentials(CALLERS, any_token).identified(
        secured(["bearer"]), Request("GET", "/resources", headers=headers)
    )


@pytest.mark.parametrize("text", ["Bearer token-2", "bearer token-2", "BEARER   token-2"])
def test_the_case_of_the_scheme_and_the_spaces_after_it_do_not_matter(text: str) -> None:
    assert caller(text) == SECOND
    assert caller(text, any_token=True) == SECOND


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "token-2",
        "Bearer",
        "Bearer ",
        "Bearer\ttoken-2",
        "Bearer token-2 ",
        "Basic token-2",
        "Bearer token-2, Basic a",
        "Bearer tokén",
        "Bearertoken-2",
        "Bearer token-2\n",
        "Bearer None",
    ],
)
def test_an_invalid_header_or_an_unknown_token_has_no_caller(text: str | None) -> None:
    assert caller(text) is None


def test_with_any_token_an_unknown_token_belongs_to_the_first_caller() -> None:
    assert caller("Bearer unknown", any_token=True) == FIRST
    for text in (None, "", "Bearer", "Basic unknown", "Bearer two words"):
        assert caller(text, any_token=True) is None


SCHEMES = {
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "oauth": {"type": "oauth2", "flows": {}},
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    "header_key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "authorization_key": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "query_key": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie_key": {"type": "apiKey", "in": "cookie", "name": "key"},
    "certificate": {"type": "mutualTLS"},
}
BASIC = f"Basic {b64encode(b'ann:secret').decode()}"
# Scheme → a request with credentials that have the right form
WELL_FORMED: dict[str, dict[str, Any]] = {
    "bearer": {"headers": {"authorization": "Bearer a.b-c"}},
    "basic": {"headers": {"authorization": BASIC}},
    "digest": {"headers": {"authorization": 'Digest username="ann"'}},
    "oauth": {"headers": {"authorization": "bearer a"}},
    "openid": {"headers": {"authorization": "Bearer a"}},
    "header_key": {"headers": {"x-key": "k"}},
    "authorization_key": {"headers": {"authorization": "k e y"}},
    "query_key": {"query": (("a", "b"), ("key", "k"))},
    "cookie_key": {"headers": {"cookie": "a=b; key=k"}},
    "certificate": {},
}


def secured(*alternatives: Sequence[str]) -> Operation:
    """Return an operation with alternatives of security schemes."""
    security: list[Any] = [{name: [] for name in alternative} for alternative in alternatives]
    data = document({"/resources": {"get": operation(security=security)}}, securitySchemes=SCHEMES)
    return OneOperation(data).operation


def identified(
    operation: Operation, parts: Mapping[str, Any], callers: tuple[Caller, ...] = ()
) -> Caller | None:
    request = Request("GET", "/resources", **parts)
    return Credentials(callers).identified(operation, request)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_tokens_all_credentials_of_the_right_form_are_valid(scheme: str) -> None:
    operation = secured([scheme])
    valid = {name for name, parts in WELL_FORMED.items() if identified(operation, parts)}
    same = {
        "bearer": {"bearer", "oauth", "openid"},
        "authorization_key": {"bearer", "oauth", "openid", "basic", "digest", "authorization_key"},
        "certificate": set(WELL_FORMED),
    }
    same |= {"oauth": same["bearer"], "openid": same["bearer"]}
    assert valid == same.get(scheme, {scheme})


@pytest.mark.parametrize(
    ("scheme", "parts"),
    [
        ("basic", {"headers": {"authorization": "Basic"}}),
        ("basic", {"headers": {"authorization": "Basic !!"}}),
        ("basic", {"headers": {"authorization": "Basic abc"}}),
        ("basic", {"headers": {"authorization": f"Basic {b64encode(b'no colon').decode()}"}}),
        ("digest", {"headers": {"authorization": "Digest "}}),
        ("header_key", {"headers": {"x-key": ""}}),
        ("query_key", {"query": (("key", ""),)}),
        ("query_key", {"query": (("Key", "k"),)}),
        ("cookie_key", {"headers": {"cookie": "key"}}),
    ],
)
def test_credentials_of_another_form_are_not_valid(scheme: str, parts: dict[str, Any]) -> None:
    assert identified(secured([scheme]), parts) is None


def test_one_alternative_with_all_its_schemes_is_enough() -> None:
    operation = secured(["basic"], ["header_key", "query_key"])
    header, query = WELL_FORMED["header_key"], WELL_FORMED["query_key"]
    assert identified(operation, WELL_FORMED["basic"])
    assert identified(operation, header) is None
    assert identified(operation, query) is None
    assert identified(operation, {**header, **query})


def test_an_alternative_without_schemes_is_anonymous() -> None:
    operation = secured(["bearer"], [])
    token = {"headers": {"authorization": "Bearer token-2"}}
    unknown = {"headers": {"authorization": "Bearer unknown"}}
    assert identified(operation, {}, CALLERS) == NOBODY
    assert identified(operation, token, CALLERS) == SECOND
    assert identified(operation, unknown, CALLERS) == NOBODY
    assert identified(secured(), token, CALLERS) == NOBODY


@pytest.mark.parametrize(
    ("scheme", "parts"),
    [
        ("bearer", {"headers": {"authorization": "Bearer token-2"}}),
        ("oauth", {"headers": {"authorization": "Bearer token-2"}}),
        ("header_key", {"headers": {"x-key": "token-2"}}),
        ("authorization_key", {"headers": {"authorization": "Bearer token-2"}}),
        ("query_key", {"query": (("key", "token-2"),)}),
        ("cookie_key", {"headers": {"cookie": "key=token-2"}}),
        ("basic", {"headers": {"authorization": f"Basic {b64encode(b'a:token-2').decode()}"}}),
        ("basic", {"headers": {"authorization": f"Basic {b64encode(b'token-2:').decode()}"}}),
    ],
)
def test_a_known_token_belongs_to_its_caller(scheme: str, parts: dict[str, Any]) -> None:
    operation = secured([scheme])
    assert identified(operation, parts, CALLERS) == SECOND
    unknown = identified(operation, WELL_FORMED[scheme], CALLERS)
    assert unknown == (NOBODY if scheme == "basic" else None)


def test_one_known_token_is_enough_for_an_alternative_with_several_schemes() -> None:
    operation = secured(["header_key", "bearer"])
    headers = {"x-key": "the key of an application", "authorization": "Bearer token-2"}
    assert identified(operation, {"headers": headers}, CALLERS) == SECOND
    headers["authorization"] = "Bearer unknown"
    assert identified(operation, {"headers": headers}, CALLERS) is None


@pytest.mark.parametrize(
    ("alternatives", "challenge"),
    [
        ([["bearer"]], "Bearer"),
        ([["oauth"], ["openid"], ["header_key"]], "Bearer"),
        ([["basic"], ["bearer"]], 'Basic realm="mock", Bearer'),
        ([["digest"]], "Digest"),
        ([["header_key"], ["query_key"], ["certificate"]], None),
    ],
)
def test_a_401_names_the_schemes_of_its_operation(
    alternatives: list[list[str]], challenge: str | None
) -> None:
    response = with_challenge(secured(*alternatives), Response(401, (("Content-Type", "a/b"),)))
    assert response.header("www-authenticate") == challenge
    again = with_challenge(secured(*alternatives), response)
    assert again.headers == response.headers
