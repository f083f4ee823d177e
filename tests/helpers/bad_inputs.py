"""Bad inputs of every operation, each with the status that the contract requires."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

CONTRACT: Any = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
LARGEST = 1024 * 1024  # bytes of a request body
JSON = {"Content-Type": "application/json"}
TOKEN = "testuser-token"

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    405: "method_not_allowed",
    413: "content_too_large",
    415: "unsupported_media_type",
}


@dataclass(frozen=True)
class Input:
    """A request with the status of its response and, for an error, the error code."""

    title: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    code: str | None = None

    @property
    def error_code(self) -> str | None:
        """The error code of the response; None for a success."""
        return self.code or CODES.get(self.status)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:40]}: {self.title}"


@dataclass(frozen=True)
class Operation:
    """An operation with the parameters of a request that succeeds.

    schema: name of the schema of its body; None if it has a query instead.
    """

    method: str
    path: str
    valid: Mapping[str, Any]
    schema: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_body(self, title: str, status: int, body: bytes, **headers: str) -> Input:
        all_headers = {**JSON, **self.headers, **headers}
        return Input(title, self.method, self.path, status, all_headers, body)


OWNER = {"Authorization": f"Bearer {TOKEN}"}
REBUILD = Operation(
    "POST",
    "/package_releases/rebuild",
    {"package_release_id": "rel_pending"},
    "RebuildRequest",
    OWNER,
)
OPERATIONS = [
    Operation(
        "POST", "/package_releases/get", {"package_release_id": "rel_pending"}, "ReleaseLookup"
    ),
    Operation("POST", "/package_releases/list", {"package_id": "pkg_3"}, "ReleaseListing"),
    REBUILD,
    Operation("POST", "/packages/get", {"package_id": "pkg_3"}, "PackageLookup"),
    Operation("POST", "/accounts/get", {"account_id": "account-1234"}, "AccountLookup"),
    Operation("GET", "/packages/get", {"package_id": "pkg_3"}),
    Operation("GET", "/accounts/get", {"account_id": "account-1234"}),
]

# Title → bytes that replace the body.
BODIES: dict[str, bytes] = {
    "no body": b"",
    "only blanks": b" \n",
    "an array": b"[]",
    "an object in an array": b"[{}]",
    "a string": b'"rel_pending"',
    "a number": b"7",
    "true": b"true",
    "null": b"null",
    "an empty object": b"{}",
    "only unknown keys": b'{"packageReleaseId": "rel_pending"}',
    "cut off": b'{"package_release_id": "rel_pend',
    "not JSON": b"package_release_id=rel_pending",
    "YAML": b"package_release_id: rel_pending",
    "two values": b"{}{}",
    "NaN": b"NaN",
    "a control character": b'{"a": "\x00"}',
    "deep nesting": b"[" * 200_000,
    "deep nesting of objects": b'{"a":' * 100_000,
    "not UTF-8": b'{"package_release_id": "\xff"}',
    "UTF-16": '{"package_release_id": "rel_pending"}'.encode("utf-16"),
    "a surrogate in UTF-8": b'{"package_release_id": "\xed\xa0\x80"}',
}

# Title → bytes inserted after the opening brace of a valid body.
INSERTED: dict[str, bytes] = {
    "a key twice": b'"other": 1, "other": 1,',
    "a key twice in a nested object": b'"other": [{"a": 1, "a": 2}],',
    "a key twice, once escaped": b'"a": 1, "\\u0061": 1,',
    "NaN in a nested array": b'"other": [NaN],',
    "-Infinity in a nested object": b'"other": {"a": -Infinity},',
    "a lone surrogate": b'"other": "\\ud800",',
    "a lone surrogate in a key": b'"\\udfff": 1,',
    "a comment": b"/* comment */",
    "two commas": b'"other": 1,,',
}

# Content-Type → status.
MEDIA_TYPES: dict[str, int] = {
    "application/json": 200,
    "application/json; charset=utf-8": 200,
    "application/json;charset=UTF-8": 200,
    "Application/JSON": 200,
    "application/json ; other=parameter": 200,
    "": 415,
    "text/plain": 415,
    "text/json": 415,
    "application/jsonx": 415,
    "application/problem+json": 415,
    "application/x-www-form-urlencoded": 415,
    "multipart/form-data; boundary=a": 415,
    "text/plain, application/json": 415,
    "json": 415,
    "*/*": 415,
}

# Type of a property → values of other types, and other invalid values.
WRONG_VALUES: dict[str, list[Any]] = {
    "string": [None, "", 7, 1.5, True, [], {}, ["rel_pending"], {"$ne": ""}],
    "boolean": [None, "", "true", "false", 0, 1, [], {}],
}

# Template of a query → status.
QUERIES: dict[str, int] = {
    "{key}={value}": 200,
    "{key}={value}&other=1&other=2": 200,
    "{escaped}={value}": 200,
    "{key}=": 400,
    "{key}": 400,
    "{key}={value}&{key}={value}": 400,
    "{key}={value}&{key}=": 400,
    "{key}=%FF": 400,
    "{key}=%ED%A0%80": 400,
    "{key}={value}%20": 404,
    "{key}=%00": 404,
    "{key}=null": 404,
    "{key}[]={value}": 400,
}

# Query of a flag → status.
FLAGS: dict[str, int] = {
    "include_logs=true": 200,
    "include_logs=false": 200,
    "Include_Logs=maybe": 200,
    "include_logs=": 400,
    "include_logs": 400,
    "include_logs=0": 400,
    "include_logs=no": 400,
    "include_logs=True": 400,
    "include_logs=true%20": 400,
    "include_logs=true&include_logs=true": 400,
    "include_logs=true&include_logs=false": 400,
}

OTHER_METHODS = ("PUT", "DELETE", "PATCH", "TRACE", "post", "UNKNOWN")
OTHER_PATHS = (
    "{path}/",
    "/{path}",
    "{path}//",
    "{upper}",
    "{path}%2F",
    "{path}/more",
    "{path}.json",
)

# Authorization → status.
CREDENTIALS: dict[str, int] = {
    "": 401,
    "Bearer": 401,
    "Bearer ": 401,
    "Bearer unknown": 401,
    f"Bearer {TOKEN} more": 401,
    f"Bearer {TOKEN},": 401,
    f"Bearer x{TOKEN}": 401,
    f"Bearer {TOKEN[:-1]}": 401,
    f"Bearer{TOKEN}": 401,
    f"Basic {TOKEN}": 401,
    TOKEN: 401,
    f"bearer {TOKEN}": 200,
    f"BEARER   {TOKEN}": 200,
    "Bearer otheruser-token": 403,
}


def inputs() -> Iterator[Input]:
    """Yield every bad input of every operation, and unusual inputs that are valid."""
    for operation in OPERATIONS:
        if operation.schema is not None:
            yield from body_inputs(operation)
            yield from property_inputs(operation, operation.schema)
        else:
            yield from query_inputs(operation)
        yield from path_inputs(operation)
    get = OPERATIONS[0]
    for flag, status in FLAGS.items():
        yield replace(get.with_body(flag, status, json_bytes(get.valid)), path=f"{get.path}?{flag}")
    yield from method_inputs()
    yield from credential_inputs()


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def body_inputs(operation: Operation) -> Iterator[Input]:
    valid = json_bytes(operation.valid)
    for title, body in BODIES.items():
        yield operation.with_body(title, 400, body)
    for title, text in INSERTED.items():
        yield operation.with_body(title, 400, valid.replace(b"{", b"{" + text, 1))
    yield operation.with_body("a byte order mark", 400, b"\xef\xbb\xbf" + valid)
    yield operation.with_body("text after the body", 400, valid + b" x")
    yield operation.with_body("unknown keys", 200, valid.replace(b"{", b'{"$": [null], ', 1))
    yield operation.with_body("the largest body allowed", 200, valid.ljust(LARGEST))
    yield operation.with_body("one byte too large", 413, valid.ljust(LARGEST + 1))
    yield operation.with_body("far too large, and not JSON", 413, b"x" * 3 * LARGEST)
    for media_type, status in MEDIA_TYPES.items():
        headers = {**operation.headers, "Content-Type": media_type}
        yield Input(media_type or "no media type", "POST", operation.path, status, headers, valid)
    yield Input("no Content-Type", "POST", operation.path, 415, operation.headers, valid)
    yield Input("no Content-Type and no body", "POST", operation.path, 400, operation.headers)
    plain = {**operation.headers, "Content-Type": "text/plain"}
    large = valid.ljust(LARGEST + 1)
    yield Input("text/plain, and too large", "POST", operation.path, 415, plain, large)
    yield Input("text/plain, and not JSON", "POST", operation.path, 415, plain, b"{")


def property_inputs(operation: Operation, schema: str) -> Iterator[Input]:
    for name, property_ in SCHEMAS[schema]["properties"].items():
        for value in WRONG_VALUES[property_["type"]]:
            body = json_bytes({**operation.valid, name: value})
            yield operation.with_body(f"{name} is {value!r}", 400, body)
            if name not in operation.valid:
                yield operation.with_body(
                    f"only {name}, which is {value!r}", 400, json_bytes({name: value})
                )
    if schema == "ReleaseLookup":
        for name in ("package_name", "package_id"):
            for more in ({}, {"is_latest": False}):
                body = json_bytes({name: "pkg_3", **more})
                yield operation.with_body(f"{name} without is_latest: true", 400, body)
    if schema == "ReleaseListing":
        both = json_bytes({"package_id": "pkg_3", "package_name": "testuser/my-test-board"})
        yield operation.with_body("package_id and package_name", 400, both)


def query_inputs(operation: Operation) -> Iterator[Input]:
    ((key, value),) = operation.valid.items()
    parts = {"key": key, "value": value, "escaped": key.replace("_", "%5F")}
    code = "package_not_found" if "package" in operation.path else "account_not_found"
    for template, status in QUERIES.items():
        if template == "{key}[]={value}" and operation.path == "/accounts/get":
            status = 401  # no account is requested, and no credentials identify one
        query = template.format(**parts)
        path = f"{operation.path}?{query}"
        yield Input(query, "GET", path, status, code=code if status == 404 else None)


def path_inputs(operation: Operation) -> Iterator[Input]:
    body = json_bytes(operation.valid) if operation.schema else None
    for template in OTHER_PATHS:
        path = template.format(path=operation.path, upper=operation.path.upper())
        headers = {**JSON, **operation.headers}
        yield Input("an unknown path", operation.method, path, 404, headers, body, "not_found")


def method_inputs() -> Iterator[Input]:
    for path in sorted({operation.path for operation in OPERATIONS}):
        allowed = {operation.method for operation in OPERATIONS if operation.path == path}
        others = OTHER_METHODS if "GET" in allowed else (*OTHER_METHODS, "GET", "HEAD")
        for method in others:
            yield Input("a method that is not allowed", method, path, 405)
        yield Input("the methods of a path", "OPTIONS", path, 204)


def credential_inputs() -> Iterator[Input]:
    for text, status in CREDENTIALS.items():
        headers = {"Authorization": text}
        yield REBUILD.with_body(
            text or "an empty header", status, json_bytes(REBUILD.valid), **headers
        )
    anonymous = replace(REBUILD, headers={})
    yield anonymous.with_body("no credentials", 401, json_bytes(REBUILD.valid))
    yield anonymous.with_body("no credentials and not JSON", 401, b"{")
    yield anonymous.with_body("no credentials and too large", 401, b" " * (LARGEST + 1))
    yield Input("no credentials and no media type", "POST", REBUILD.path, 401, {}, b"{")
    for name in ("rel_nobody", "REL_PENDING", "rel_pending ", "\0", "../rel_pending", quote("電")):
        unknown = REBUILD.with_body(f"{name!r}", 404, json_bytes({"package_release_id": name}))
        yield replace(unknown, code="package_release_not_found")
