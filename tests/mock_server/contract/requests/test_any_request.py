"""Any request has a verdict: no text and no bytes make the judge fail, or take long."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.exchange import Request
from mock_server.contract.judge import judge_of
from mock_server.contract.requests import Accepted, Rejected, RequestJudge
from tests.mock_server.helpers.small_documents import document, operation, parameter, spec_of

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TREE = {"$ref": "#/components/schemas/Tree"}
SCHEMAS: dict[str, Any] = {
    "Tree": {
        "type": ["object", "null"],
        "properties": {
            "value": {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]},
            "next": TREE,
            "all": {"type": "array", "items": TREE},
            "file": {"type": "string", "format": "binary"},
        },
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": {"type": ["boolean", "array"]},
    }
}
KINDS: list[Any] = [
    {},
    {"type": ["integer", "boolean", "null"]},
    {"type": "string", "pattern": "^.$", "maxLength": 3},
    {"type": "array", "uniqueItems": True, "items": {"type": ["number", "string"]}},
    {"oneOf": [{"type": "array"}, {"type": "object"}, {"type": "number"}]},
    TREE,
]
STYLES = {
    "query": [("form", True), ("form", False), ("pipeDelimited", False), ("deepObject", True)],
    "path": [("simple", False), ("label", True), ("matrix", True), ("matrix", False)],
    "header": [("simple", True), ("simple", False)],
    "cookie": [("form", True), ("form", False)],
}
PARAMETERS = [
    parameter(f"{kind}{style}{explode}", schema, location, style=style, explode=explode)
    for location, styles in STYLES.items()
    for style, explode in styles
    for kind, schema in enumerate(KINDS)
]
CONTENT = {"application/json": {"schema": TREE}}
PARAMETERS += [{"name": f"c{each}", "in": each, "content": CONTENT} for each in ("query", "cookie")]
NAMES = [each["name"] for each in PARAMETERS]
IN_PATH = [each["name"] for each in PARAMETERS if each["in"] == "path"]
ENCODING = {
    "next": {"style": "form"},
    "all": {"style": "pipeDelimited"},
    "value": {"contentType": "a/b"},
}
BODIES = {
    "application/json": {"schema": TREE},
    FORM: {"schema": TREE, "encoding": ENCODING},
    MULTIPART: {"schema": TREE, "encoding": {"next": {"contentType": "application/json"}}},
    "text/*": {"schema": {"type": ["integer", "string"]}},
    "*/*": {},
}


def judge() -> tuple[RequestJudge, Any]:
    path = "/any" + "".join(f"/{{{name}}}" for name in IN_PATH)
    posted = operation(*PARAMETERS, requestBody={"required": True, "content": BODIES})
    spec = spec_of(document({path: {"post": posted}}, schemas=SCHEMAS))
    (tested,) = spec.operations.values()
    return RequestJudge(spec, judge_of(spec).schemas), tested


JUDGE, OPERATION = judge()
# Texts as the server decodes them: those of a query with lone surrogates, of headers as Latin-1
FRAGMENTS = st.sampled_from(
    ["", "1", "true", "null", ",", "|", " ", ".", ";", "=", "[", "]", "[]", "[0]", "[next]", "%",
     "{}", '{"next": {}}', "[1]", "1e999", "9" * 500, "-", "x-", "value", "\udcff", "\ud800",
     "é", "\x00", "[" * 300, *NAMES[:30]]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(FRAGMENTS, max_size=8).map("".join), st.text(max_size=20), st.sampled_from(NAMES)
)
LATIN = TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass").decode("latin-1"))
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=8).map(tuple)
MEDIA_TYPES = st.sampled_from(
    ["", "application/json", FORM, f"{MULTIPART}; boundary=b", MULTIPART, "text/plain", "a/b",
     "text/plain; charset=latin1", "text/plain; charset=punycode", "text/plain; charset=\xff",
     f"{MULTIPART}; boundary=\xff", f'{MULTIPART}; boundary="', ";", "a+json"]
)  # fmt: skip
PARTS = st.lists(
    st.sampled_from(
        [b"--b", b"--b--", b"\r\n", b"\r\n\r\n", b"Content-Disposition: form-data; name=", b'"all"',
         b"; filename=x", b"next", b"file", b"\xff", b"\x00", b"Content-Type: application/json",
         b"{}", b"Content-Type: text/plain; charset=\xff", b"all[0][next]=", b"&", b"=", b"%ff",
         b"%", b"--", b"\r\n--b\r\nContent-Disposition: form-data; name=next\r\n\r\n"]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip
BYTES = st.one_of(
    PARTS, st.binary(max_size=50), st.lists(TEXTS).map(lambda t: json.dumps(t).encode())
)


@given(PAIRS, st.dictionaries(st.sampled_from([*NAMES, "cookie"]), LATIN), st.data())
def test_any_parameters_have_a_verdict(query: Any, headers: Any, data: st.DataObject) -> None:
    sent = {name.lower(): text for name, text in headers.items()}
    path = {name: data.draw(TEXTS) for name in data.draw(st.lists(st.sampled_from(IN_PATH)))}
    verdict = JUDGE.judge(OPERATION, Request("POST", "/any", query, sent), path)
    assert isinstance(verdict, Accepted | Rejected)
    if isinstance(verdict, Rejected):  # each violation is text that a response can contain
        "".join(map(str, verdict.violations)).encode()


@given(MEDIA_TYPES, BYTES)
def test_any_body_has_a_verdict(media_type: str, body: bytes) -> None:
    request = Request("POST", "/any", (), {"content-type": media_type}, body)
    verdict = JUDGE.judge(OPERATION, request)
    if isinstance(verdict, Rejected):
        "".join(map(str, verdict.violations)).encode()


MEGABYTE = 1024 * 1024
LONG_BODIES = {
    "one field": (FORM, b"value=" + b"1" * (MEGABYTE - 6)),
    "fields": (FORM, b"&".join([b"x=1"] * 999)),
    "unknown names": (FORM, b"&".join(b"n%d[a][b][c]=1" % n for n in range(999))),
    "brackets": (FORM, b"next" + b"[next]" * 100_000 + b"=1"),
    "separators": (FORM, b"&" * MEGABYTE),
    "percent": (FORM, b"value=" + b"%41" * 300_000),
    "items": (FORM, b"all=" + b"|" * (MEGABYTE - 4)),
    "json": (FORM, b"all=" + b"[" * (MEGABYTE - 4)),
    "boundaries": (f"{MULTIPART}; boundary=b", b"--b\r\n" * 170_000),
    "almost boundaries": (f"{MULTIPART}; boundary=b", b"--b\r\n\r\n" + b"\r\n--b " * 140_000),
    "spaces": (f"{MULTIPART}; boundary=b", b"--b" + b" " * (MEGABYTE - 3)),
    "lines": (f"{MULTIPART}; boundary=b", b"--b\r\n" + b"a:b\r\n" * 200_000),
    "wrong items": ("application/json", b'{"all": [' + b"1," * 500_000 + b"1]}"),
    "text": ("text/plain", b"1" * MEGABYTE),
}


@pytest.mark.parametrize("name", LONG_BODIES)
def test_a_long_body_has_a_verdict_within_a_second(name: str) -> None:
    media_type, body = LONG_BODIES[name]
    request = Request("POST", "/any", (), {"content-type": media_type}, body)
    JUDGE.judge(OPERATION, Request("POST", "/any"))  # compiles the operation
    started_at = time.process_time()
    JUDGE.judge(OPERATION, request)
    assert time.process_time() - started_at < 1


def test_a_long_query_has_a_verdict_within_a_second() -> None:
    for pairs in (
        [("1deepObjectTrue[a][0]", "1")] * 10_000,
        [(f"5deepObjectTrue[{n}][next][value]", "1") for n in range(3_000)],
        [(f"name{n}", "1") for n in range(10_000)],
    ):
        started_at = time.process_time()
        JUDGE.judge(OPERATION, Request("POST", "/any", tuple(pairs)))
        assert time.process_time() - started_at < 1
