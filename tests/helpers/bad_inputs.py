"""Bad inputs of every operation, and what a server that keeps the contract answers to each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

CONTRACT: Any = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
LARGEST = 1024 * 1024  # bytes
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
    """A request and the status that answers it; for an error also its code."""

    what: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    code: str | None = None

    @property
    def error_code(self) -> str | None:
        """The code that the answer has, or None for a success."""
        return self.code or CODES.get(self.status)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:40]}: {self.what}"


@dataclass(frozen=True)
class Operation:
    """An operation with a request that it answers well."""

    method: str
    path: str
    good: Mapping[str, Any]
    schema: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_body(self, what: str, status: int, body: bytes, **headers: str) -> Input:
        sent = {**JSON, **self.headers, **headers}
        return Input(what, self.method, self.path, status, sent, body)


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

# What stands in the place of a whole body.
BODIES: dict[str, bytes] = {
    "no body": b"",
    "blanks alone": b" \n",
    "an array": b"[]",
    "an object in an array": b"[{}]",
    "a text": b'"rel_pending"',
    "a number": b"7",
    "true": b"true",
    "null": b"null",
    "an empty object": b"{}",
    "unknown keys alone": b'{"packageReleaseId": "rel_pending"}',
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

# What comes into a good body besides: text that follows its opening brace.
BESIDES: dict[str, bytes] = {
    "a key twice": b'"other": 1, "other": 1,',
    "a key twice below": b'"other": [{"a": 1, "a": 2}],',
    "a key twice, once escaped": b'"a": 1, "\\u0061": 1,',
    "NaN below": b'"other": [NaN],',
    "-Infinity below": b'"other": {"a": -Infinity},',
    "a lone surrogate": b'"other": "\\ud800",',
    "a lone surrogate in a key": b'"\\udfff": 1,',
    "a comment": b"/* so */",
    "two commas": b'"other": 1,,',
}

MEDIA_TYPES: dict[str, int] = {
    "application/json": 200,
    "application/json; charset=utf-8": 200,
    "application/json;charset=UTF-8": 200,
    "Application/JSON": 200,
    "application/json ; odd=parameter": 200,
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

OF_OTHER_TYPES: dict[str, list[Any]] = {
    "string": [None, "", 7, 1.5, True, [], {}, ["rel_pending"], {"$ne": ""}],
    "boolean": [None, "", "true", "false", 0, 1, [], {}],
}

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

OTHER_METHODS = ("PUT", "DELETE", "PATCH", "TRACE", "post", "WHATEVER")
OTHER_PATHS = (
    "{path}/",
    "/{path}",
    "{path}//",
    "{upper}",
    "{path}%2F",
    "{path}/more",
    "{path}.json",
)

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
    """Every bad input of every operation, and good ones that are easily taken for bad."""
    for operation in OPERATIONS:
        if operation.schema is not None:
            yield from of_bodies(operation)
            yield from of_properties(operation, operation.schema)
        else:
            yield from of_queries(operation)
        yield from of_paths(operation)
    get = OPERATIONS[0]
    for flag, status in FLAGS.items():
        yield replace(get.with_body(flag, status, written(get.good)), path=f"{get.path}?{flag}")
    yield from of_methods()
    yield from of_credentials()


def written(value: object) -> bytes:
    return json.dumps(value).encode()


def of_bodies(operation: Operation) -> Iterator[Input]:
    good = written(operation.good)
    for what, body in BODIES.items():
        yield operation.with_body(what, 400, body)
    for what, text in BESIDES.items():
        yield operation.with_body(what, 400, good.replace(b"{", b"{" + text, 1))
    yield operation.with_body("a byte order mark", 400, b"\xef\xbb\xbf" + good)
    yield operation.with_body("more after it", 400, good + b" x")
    yield operation.with_body("unknown keys besides", 200, good.replace(b"{", b'{"$": [null], ', 1))
    yield operation.with_body("as large as may be", 200, good.ljust(LARGEST))
    yield operation.with_body("a byte too large", 413, good.ljust(LARGEST + 1))
    yield operation.with_body("far too large, and no JSON", 413, b"x" * 3 * LARGEST)
    for media_type, status in MEDIA_TYPES.items():
        sent = {**operation.headers, "Content-Type": media_type}
        yield Input(media_type or "no media type", "POST", operation.path, status, sent, good)
    yield Input("no Content-Type", "POST", operation.path, 415, operation.headers, good)
    yield Input("nothing at all", "POST", operation.path, 400, operation.headers)
    plain = {**operation.headers, "Content-Type": "text/plain"}
    large = good.ljust(LARGEST + 1)
    yield Input("text, and too large", "POST", operation.path, 415, plain, large)
    yield Input("text, and no JSON", "POST", operation.path, 415, plain, b"{")


def of_properties(operation: Operation, schema: str) -> Iterator[Input]:
    for name, says in SCHEMAS[schema]["properties"].items():
        for value in OF_OTHER_TYPES[says["type"]]:
            body = written({**operation.good, name: value})
            yield operation.with_body(f"{name} is {value!r}", 400, body)
            if name not in operation.good:
                yield operation.with_body(f"{name} alone is {value!r}", 400, written({name: value}))
    if schema == "ReleaseLookup":
        for name in ("package_name", "package_id"):
            for more in ({}, {"is_latest": False}):
                body = written({name: "pkg_3", **more})
                yield operation.with_body(f"{name} without is_latest: true", 400, body)
    if schema == "ReleaseListing":
        both = written({"package_id": "pkg_3", "package_name": "testuser/my-test-board"})
        yield operation.with_body("package_id and package_name", 400, both)


def of_queries(operation: Operation) -> Iterator[Input]:
    ((key, value),) = operation.good.items()
    words = {"key": key, "value": value, "escaped": key.replace("_", "%5F")}
    code = "package_not_found" if "package" in operation.path else "account_not_found"
    for form, status in QUERIES.items():
        if form == "{key}[]={value}" and operation.path == "/accounts/get":
            status = 401  # nothing is asked for, and nobody asks
        what, path = form.format(**words), f"{operation.path}?{form.format(**words)}"
        yield Input(what, "GET", path, status, code=code if status == 404 else None)


def of_paths(operation: Operation) -> Iterator[Input]:
    body = written(operation.good) if operation.schema else None
    for form in OTHER_PATHS:
        path = form.format(path=operation.path, upper=operation.path.upper())
        headers = {**JSON, **operation.headers}
        yield Input("no such path", operation.method, path, 404, headers, body, "not_found")


def of_methods() -> Iterator[Input]:
    for path in sorted({operation.path for operation in OPERATIONS}):
        takes = {operation.method for operation in OPERATIONS if operation.path == path}
        others = OTHER_METHODS if "GET" in takes else (*OTHER_METHODS, "GET", "HEAD")
        for method in others:
            yield Input("another method", method, path, 405)
        yield Input("which methods?", "OPTIONS", path, 204)


def of_credentials() -> Iterator[Input]:
    for text, status in CREDENTIALS.items():
        headers = {"Authorization": text}
        yield REBUILD.with_body(text or "an empty header", status, written(REBUILD.good), **headers)
    nobody = replace(REBUILD, headers={})
    yield nobody.with_body("no credentials", 401, written(REBUILD.good))
    yield nobody.with_body("no credentials and no JSON", 401, b"{")
    yield nobody.with_body("no credentials and too large", 401, b" " * (LARGEST + 1))
    yield Input("no credentials and no media type", "POST", REBUILD.path, 401, {}, b"{")
    for name in ("rel_nobody", "REL_PENDING", "rel_pending ", "\0", "../rel_pending", quote("電")):
        missing = REBUILD.with_body(f"{name!r}", 404, written({"package_release_id": name}))
        yield replace(missing, code="package_release_not_found")
