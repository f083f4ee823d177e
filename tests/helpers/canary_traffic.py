"""Requests with a canary in each place where a client can send a credential."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.helpers.canaries import core
from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.small_documents import document, parameter

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Station"},
    "query": {"type": "apiKey", "in": "query", "name": "k"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
}
SHORT = {"type": "string", "maxLength": 3}  # so that each canary is in an error message
BODY = {
    "type": "object",
    "properties": {
        "name": SHORT,
        "password": SHORT,
        "pin": {"format": "password", **SHORT},
        "tokens": {"type": "array", "items": {"type": "integer"}},
        "count": {"type": "integer"},
    },
}
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
CONTENT = {**{each: {"schema": BODY} for each in TYPES}, "text/plain": {"schema": SHORT}}
RESPONSES = {
    "200": {
        "description": "The caller",
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"name": {"type": "string"}}}
            }
        },
    }
}
JSON, FORM = {"Content-Type": TYPES[0]}, {"Content-Type": TYPES[1]}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
KNOWN = {"Authorization": f"Bearer {core('known')}"}


def canary_document() -> dict[str, Any]:
    """Return a document with every kind of security scheme."""
    parameters = [
        parameter("n", {"type": "integer"}),
        parameter("api_key", {"type": "integer"}),
        parameter("x-token", {"type": "integer"}, "header"),
    ]
    notes = {
        "requestBody": {"content": CONTENT},
        "parameters": parameters,
        "responses": RESPONSES,
        "security": [{name: []} for name in SCHEMES],
    }
    reset = {"parameters": [parameter("token", SHORT, "path")], "responses": RESPONSES}
    paths = {"/notes": {"post": notes}, "/reset/{token}": {"get": reset}}
    return document(paths, securitySchemes=SCHEMES)


def write_document(folder: Path) -> Path:
    """Write the document to a folder, and return its file."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(canary_document()), "utf-8")
    return file


class Message(NamedTuple):
    """A request with one canary, which has the name of the message."""

    name: str
    target: str
    body: object
    headers: Mapping[str, str]
    method: str = "POST"


def hostile(name: str) -> str:
    """Return a canary with characters that JSON, HTML, URLs and base64 change."""
    return f"a/+=\"<&é\\{core(name)}'%~"


def in_hex(text: str, form: str) -> str:
    return "".join(form % ord(character) for character in text)


def messages() -> list[Message]:
    """Return the requests. Most also have the canary in a value that a message shows."""
    return [*_credentials(), *_parameters(), *_bodies()]


def _credentials() -> list[Message]:
    basic = base64.b64encode(f'user:{core("basic")}"'.encode()).decode()
    key = f'"\\{core("header")}é'
    return [
        Message("bearer", "/notes", {"name": f"Bearer {core('bearer')}"}, _bearer("bearer")),
        Message(
            "basic", "/notes", {"name": f'x{core("basic")}"'}, {"Authorization": f"Basic {basic}"}
        ),
        Message("header", "/notes", {"name": key}, {"X-Station": key.encode().decode("latin-1")}),
        Message("cookie", "/notes", {"name": core("cookie")}, {"Cookie": f"sid={core('cookie')}"}),
        Message("headerToken", "/notes", {}, {**KNOWN, "x-token": f'"{core("headerToken")}'}),
        Message("invalid", "/notes", {}, {"Authorization": f"Bearer <{core('invalid')}>"}),
        Message("digest", "/notes", {}, {"Authorization": f'Digest response="{core("digest")}"'}),
        Message("long", "/notes", {"name": "x" * 40 + _long()}, {"X-Station": _long()}),
        Message("unknownPath", "/nope", {}, _bearer("unknownPath")),
        Message("referer", "/notes", {}, {**KNOWN, "Referer": f"/?access_token={core('referer')}"}),
    ]


def _bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {core(name)}"}


def _long() -> str:
    return core("long") + "x" * 400


def _parameters() -> list[Message]:
    hexed = in_hex(core("queryHex"), "%%%02x")
    return [
        Message("query", f"/notes?k={quote(hostile('query'))}", {"name": hostile("query")}, {}),
        Message("queryHex", f"/notes?k={hexed}", {"name": core("queryHex")}, {}),
        Message("queryName", f"/notes?%6B={core('queryName')}", {}, {}),
        Message("apiKey", f"/notes?api_key={quote(hostile('apiKey'))}", {}, KNOWN),
        Message("path", f"/reset/{core('path')}", None, KNOWN, "GET"),
    ]


def _bodies() -> list[Message]:
    escaped = in_hex(core("jsonHex"), "\\u%04x")
    field = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    multipart = field % (b"password", core("multipart").encode()) + b"--b--\r\n"
    form = urlencode({"password": hostile("form"), "name": hostile("form")})
    bodies: list[tuple[str, object, Mapping[str, str]]] = [
        ("json", {"password": hostile("json"), "name": hostile("json")}, JSON),
        ("jsonHex", f'{{"password":"{escaped}"}}'.encode(), JSON),
        ("jsonName", f'{{"pass\\u0077ord":"{core("jsonName")}"}}'.encode(), JSON),
        ("jsonList", {"tokens": ["a", hostile("jsonList")]}, JSON),
        ("jsonFormat", {"pin": hostile("jsonFormat")}, JSON),
        ("jsonCut", f'{{"password": "{core("jsonCut")}'.encode(), JSON),
        ("form", form.encode(), FORM),
        ("formSecond", f"name=a&password={core('formSecond')}".encode(), FORM),
        ("multipart", multipart, MULTIPART),
        ("text", f"password={core('text')}".encode(), {"Content-Type": "text/plain"}),
        ("url", {"name": f"https://a/?access_token={core('url')}"}, JSON),
        ("user", {"name": f"https://joe:{core('user')}@a/"}, JSON),
        ("wrongType", {"count": {"password": core("wrongType")}}, JSON),
    ]
    return [Message(name, "/notes", body, {**KNOWN, **more}) for name, body, more in bodies]


NAMES = ["known", *(each.name for each in messages())]


def send(base: str) -> dict[str, Reply]:
    """Send all requests; return the response to each."""
    return {
        each.name: call(base, each.method, each.target, each.body, each.headers)
        for each in messages()
    }
