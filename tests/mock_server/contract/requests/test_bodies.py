"""A body is read in its media type, and validated by the schema of the documented one."""

from typing import Any
from urllib.parse import urlencode

import pytest

from mock_server.contract.requests import LARGEST_BODY, Rejected
from tests.mock_server.helpers.small_documents import (
    OK,
    OneOperation,
    document,
    operation,
    with_body,
)

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
ADDRESS = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
PERSON = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": ["integer", "null"]},
        "member": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "scores": {"type": "array", "items": {"type": "number"}},
        "address": ADDRESS,
        "addresses": {"type": "array", "items": ADDRESS},
    },
}
UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "others": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "count": {"type": "integer"},
        "address": ADDRESS,
        "note": {"type": "string"},
    },
}


def schema(described: Any) -> dict[str, Any]:
    return {"schema": described}


def multipart(*parts: tuple[str, bytes], boundary: str = "b") -> dict[str, Any]:
    """Return the body and the headers of a form; each part is its headers and its content."""
    lines = [
        b"--" + boundary.encode() + b"\r\nContent-Disposition: form-data; " + head.encode()
        + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    ]  # fmt: skip
    body = b"".join(lines) + b"--" + boundary.encode() + b"--\r\n"
    return {"body": body, "headers": {"content-type": f"{MULTIPART}; boundary={boundary}"}}


def sent(media_type: str, body: bytes | str) -> dict[str, Any]:
    """Return the parts of a request with a body."""
    content = body.encode() if isinstance(body, str) else body
    return {"body": content, "headers": {"content-type": media_type}}


@pytest.mark.parametrize(
    ("documented", "media_type", "status"),
    [
        ("application/json", "application/json", None),
        ("application/json", "application/json; charset=utf-8", None),
        ("Application/JSON", "APPLICATION/json", None),
        ("application/json; version=2", "application/json", None),
        ("application/json", "application/merge-patch+json", 415),
        ("application/merge-patch+json", "application/merge-patch+json", None),
        ("application/*", "application/vnd.api+json", None),
        ("application/*", "text/plain", 415),
        ("*/*", "text/plain", None),
        ("text/*", "text/csv", None),
        ("*/*", "", None),
        ("application/octet-stream", "", None),
        ("application/json", "", 415),
        ("application/json", "json", 415),
    ],
)
def test_the_media_type_of_a_body_must_be_documented(
    documented: str, media_type: str, status: int | None
) -> None:
    judge = with_body({documented: {}})
    headers = {"content-type": media_type} if media_type else {}
    verdict = judge.verdict(body=b"{}", headers=headers)
    assert (verdict.status if isinstance(verdict, Rejected) else None) == status


def test_the_narrowest_range_describes_a_body() -> None:
    judge = with_body(
        {
            "*/*": schema({"type": "string"}),
            "application/*": schema({"type": "array"}),
            "application/json": schema({"type": "object"}),
        }
    )
    assert judge.accepted(**sent("application/json", "{}")).body == {}
    assert judge.accepted(**sent("application/vnd.api+json", "[]")).body == []
    assert judge.accepted(**sent("text/plain", "{}")).body == "{}"
    assert judge.messages(**sent("application/json", "[]")) == [
        "must be an object; found [] [type]"
    ]


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([("name", "Ann"), ("age", "5"), ("member", "true")],
         {"name": "Ann", "age": 5, "member": True}),
        ([("name", "5"), ("age", "")], {"name": "5", "age": None}),
        ([("name", "ü €")], {"name": "ü €"}),
        ([("name", "a"), ("tags", "x"), ("tags", "y")], {"name": "a", "tags": ["x", "y"]}),
        ([("name", "a"), ("tags", "x")], {"name": "a", "tags": ["x"]}),
        ([("name", "a"), ("tags[]", "x"), ("tags[]", "y")], {"name": "a", "tags": ["x", "y"]}),
        ([("name", "a"), ("tags", '["x"]')], {"name": "a", "tags": ['["x"]']}),
        ([("name", "a"), ("scores", "1"), ("scores", "2.5")], {"name": "a", "scores": [1, 2.5]}),
        ([("name", "a"), ("scores", "[1, 2.5]")], {"name": "a", "scores": [1, 2.5]}),
        ([("name", "a"), ("address", '{"city": "X"}')], {"name": "a", "address": {"city": "X"}}),
        ([("name", "a"), ("address[city]", "X")], {"name": "a", "address": {"city": "X"}}),
        ([("name", "a"), ("addresses", '{"city": "X"}'), ("addresses", '{"city": "Y"}')],
         {"name": "a", "addresses": [{"city": "X"}, {"city": "Y"}]}),
        ([("name", "a"), ("addresses[0][city]", "X"), ("addresses[1][city]", "Y")],
         {"name": "a", "addresses": [{"city": "X"}, {"city": "Y"}]}),
    ],
)  # fmt: skip
def test_a_form_is_an_object_with_the_types_of_its_schema(
    fields: list[tuple[str, str]], value: Any
) -> None:
    judge = with_body({FORM: schema(PERSON)})
    assert judge.accepted(**sent(FORM, urlencode(fields))).body == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "name is required"),
        (b"name=", "/name: must not be empty"),
        (b"name=a&name=b", "/name: `name` must occur at most once"),
        (b"name=a&age=x", '/age: must be a whole number or null; found "x"'),
        (b"name=%ff", "/name: `name` must be UTF-8 text"),
        (b"name=\xff", "/name: `name` must be UTF-8 text"),
        (b"name=a&address[city][x]=1", "/address/city: must be text"),
        (b"name=a&address=x", "/address: must be an object"),
        (b"name=a&address[city=1", "/address: `address` must be written as address[key]=value"),
        (b"name=a&colour=red", "/colour: must be one of"),
        (b"&".join([b"a=1"] * 2000), "a form must have at most 1000 fields"),
    ],
)
def test_a_form_that_breaks_its_schema_is_rejected(body: bytes, message: str) -> None:
    judge = with_body({FORM: schema(PERSON)})
    assert judge.messages(**sent(FORM, body))[0].startswith(message)


def test_an_empty_form_is_valid_if_it_requires_no_field() -> None:
    judge = with_body({FORM: schema({"type": "object", "properties": {"a": {}}})})
    assert judge.accepted(**sent(FORM, "")).body == {}


@pytest.mark.parametrize(
    ("encoding", "body", "value"),
    [
        ({"style": "form", "explode": False}, "tags=x,y", ["x", "y"]),
        ({"style": "pipeDelimited"}, "tags=x|y", ["x", "y"]),
        ({"style": "spaceDelimited"}, "tags=x+y", ["x", "y"]),
        ({"style": "deepObject"}, "tags[0]=x&tags[1]=y", ["x", "y"]),
        ({"contentType": "application/json"}, 'tags=["x","y"]', ["x", "y"]),
        ({"contentType": "application/json"}, 'tags="x"&tags="y"', ["x", "y"]),
    ],
)
def test_encoding_decides_how_a_field_is_written(
    encoding: dict[str, Any], body: str, value: Any
) -> None:
    described = {"type": "object", "properties": {"tags": {"type": "array"}}}
    judge = with_body({FORM: {**schema(described), "encoding": {"tags": encoding}}})
    assert judge.accepted(**sent(FORM, body)).body == {"tags": value}


def test_the_members_of_an_exploded_object_are_fields() -> None:
    described = {"type": "object", "properties": {"address": ADDRESS, "x": {"type": "integer"}}}
    judge = with_body({FORM: {**schema(described), "encoding": {"address": {"style": "form"}}}})
    accepted = judge.accepted(**sent(FORM, "city=X&x=1"))
    assert accepted.body == {"address": {"city": "X"}, "x": 1}


def test_a_multipart_form_has_files_texts_and_json() -> None:
    judge = with_body({MULTIPART: schema(UPLOAD)})
    accepted = judge.accepted(
        **multipart(
            ('name="file"; filename="a.bin"\r\nContent-Type: image/png', b"\x00\xff\r\n"),
            ('name="others"; filename="b.json"\r\nContent-Type: application/json', b"{}"),
            ('name="others"; filename="c.txt"', b"c"),
            ('name="count"', b"7"),
            ('name="address"\r\nContent-Type: application/json', b'{"city": "X"}'),
            ('name="note"\r\nContent-Type: text/plain; charset=iso-8859-1', b"\xfc"),
            ('name="unknown"', b"x"),
        )
    )
    assert accepted.body == {
        "file": "\x00\xff\r\n",
        "others": ["{}", "c"],
        "count": 7,
        "address": {"city": "X"},
        "note": "ü",
        "unknown": "x",
    }
    assert accepted.ignored_keys == ("unknown",)


FILE = ('name="file"; filename="a"', b"a")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "file is required"),
        ([FILE, ('name="count"', b"x")], "/count: must be a whole number"),
        ([FILE, ('name="note"', b"\xff")], "/note: `note` must be UTF-8 text"),
        ([FILE, FILE], "/file: `file` must occur at most once"),
        ([FILE, ('name="address"\r\nContent-Type: application/json', b"{")],
         "/address: `address` must be JSON"),
        ([FILE, ("x=1", b"x")], "the body must be a multipart form: each part must have a name"),
        ([FILE] * 1001, "the body must be a multipart form: a form must have at most 1000 parts"),
    ],
)  # fmt: skip
def test_a_multipart_form_that_breaks_its_schema_is_rejected(
    parts: list[tuple[str, bytes]], message: str
) -> None:
    judge = with_body({MULTIPART: schema(UPLOAD)})
    assert judge.messages(**multipart(*parts))[0].startswith(message)


@pytest.mark.parametrize("content_type", [MULTIPART, f"{MULTIPART}; boundary=", f"{MULTIPART};b=c"])
def test_a_multipart_form_without_boundary_is_rejected(content_type: str) -> None:
    judge = with_body({MULTIPART: schema(UPLOAD)})
    (message,) = judge.messages(**sent(content_type, "x"))
    assert "Content-Type must have a boundary" in message


def test_a_multipart_form_without_end_is_rejected() -> None:
    judge = with_body({MULTIPART: schema(UPLOAD)})
    parts = multipart(FILE)
    (message,) = judge.messages(body=parts["body"][:-6], headers=parts["headers"])
    assert message.startswith("the body must be a multipart form: ")


@pytest.mark.parametrize(
    ("media_type", "valid"),
    [("image/png", True), ("image/gif", False), ("application/octet-stream", True), ("", True)],
)
def test_encoding_lists_the_media_types_of_a_part(media_type: str, valid: bool) -> None:
    encoding = {"file": {"contentType": "image/png, video/*"}}
    judge = with_body({MULTIPART: {**schema(UPLOAD), "encoding": encoding}})
    head = 'name="file"; filename="a"' + (f"\r\nContent-Type: {media_type}" if media_type else "")
    parts = multipart((head, b"a"))
    if valid:
        judge.accepted(**parts)
    else:
        (message,) = judge.messages(**parts)
        assert message.startswith("/file: must be image/png or video/*; found image/gif")


@pytest.mark.parametrize(
    ("described", "body", "value"),
    [
        ({"type": "string"}, b"caf\xc3\xa9", "café"),
        ({"type": "integer"}, b"5", 5),
        ({"type": "object"}, b"a,b", None),
        ({"type": "string", "format": "binary"}, b"\xff", None),
    ],
)
def test_a_text_is_validated_if_its_schema_describes_one(
    described: Any, body: bytes, value: Any
) -> None:
    judge = with_body({"text/plain": schema(described)})
    assert judge.accepted(**sent("text/plain", body)).body == value


def test_a_text_that_breaks_its_schema_is_rejected() -> None:
    judge = with_body({"text/plain": schema({"type": "string", "maxLength": 2})})
    (too_long,) = judge.messages(**sent("text/plain", "abc"))
    assert too_long.startswith('must have at most 2 characters; found "abc"')
    (not_utf_8,) = judge.messages(**sent("text/plain", b"\xff"))
    assert not_utf_8.startswith("the body must be text in UTF-8")


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml", "application/pdf"])
def test_only_the_presence_of_other_bodies_is_required(media_type: str) -> None:
    judge = with_body({media_type: schema(PERSON)})
    assert judge.accepted(**sent(media_type, "<a/>")).body is None
    assert judge.messages(**sent(media_type, "")) == ["a body is required [body]"]


def test_a_body_is_ignored_where_the_operation_documents_none() -> None:
    judge = OneOperation(document({"/resources": {"get": operation()}}))
    assert judge.accepted(**sent("text/plain", "x" * (LARGEST_BODY + 1))).body is None


def test_an_optional_body_may_be_absent() -> None:
    judge = with_body({"application/json": schema(PERSON)}, required=False)
    assert judge.accepted().body is None
    (message,) = judge.messages(**sent("application/json", "{}"))
    assert message.startswith("name is required")


@pytest.mark.parametrize(
    ("documented", "status"),
    [
        (["200"], 400),
        (["200", "400"], 400),
        (["200", "422"], 422),
        (["200", "400", "422"], 400),
        (["200", "4XX"], 400),
        (["200", "default"], 400),
    ],
)
def test_an_invalid_request_has_the_status_that_its_operation_documents(
    documented: list[str], status: int
) -> None:
    body = {"content": {"application/json": schema(PERSON)}}
    responses = dict.fromkeys(documented, OK["200"])
    posted = operation(requestBody=body, responses=responses)
    judge = OneOperation(document({"/resources": {"post": posted}}))
    for content in ("{}", "{"):
        verdict = judge.verdict(**sent("application/json", content))
        assert isinstance(verdict, Rejected)
        assert verdict.status == status


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "gzip, gzip", "deflate"])
def test_a_compressed_body_is_refused_with_415(coding: str) -> None:
    """RFC 9110, section 15.5.16."""
    judged = with_body({"application/json": schema(PERSON)})
    json_type = {"content-type": "application/json"}
    verdict = judged.verdict(body=b"\x1f\x8b", headers={**json_type, "content-encoding": coding})
    assert isinstance(verdict, Rejected)
    assert verdict.status == 415
    assert "send it without Content-Encoding" in str(verdict.violations[0])
    identity = {**json_type, "content-encoding": "identity"}
    assert judged.accepted(body=b'{"name": "a"}', headers=identity).body == {"name": "a"}
