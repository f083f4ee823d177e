"""A value becomes a body that readers of its media type accept."""

import csv
import io
import json
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.generation.bodies.encoding import encoded
from mock_server.generation.bodies.sample_files import SAMPLE_FILES

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def text(value: Any, media_type: str, schema: Any = True, **components: Any) -> str:
    data = {"components": {"schemas": components}}
    return encoded(value, media_type, data, schema).content.decode()


@given(JSON_VALUES)
@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.api+json"])
def test_json_is_read_as_the_same_value(media_type: str, value: Any) -> None:
    assert json.loads(encoded(value, media_type).content) == value


@given(JSON_VALUES)
def test_xml_of_any_value_is_well_formed(value: Any) -> None:
    if not (isinstance(value, str) and value.lstrip().startswith("<")):
        xml = encoded(value, "application/xml").content
        ElementTree.fromstring(xml)  # noqa: S314 - this test made the XML


def test_xml_uses_the_names_of_the_schema() -> None:
    pet = {
        "type": "object",
        "xml": {"name": "pet", "prefix": "p", "namespace": "urn:pets"},
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "photos": {
                "type": "array",
                "xml": {"wrapped": True},
                "items": {"type": "string", "xml": {"name": "photo"}},
            },
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
    value = {"id": 1, "photos": ["a", "<b>"], "tags": ["x", "y"], "other": None}
    assert text(value, "application/xml", {"$ref": "#/components/schemas/Pet"}, Pet=pet) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<p:pet xmlns:p="urn:pets" id="1">'
        "<photos><photo>a</photo><photo>&lt;b&gt;</photo></photos>"
        "<tags>x</tags><tags>y</tags><other/></p:pet>"
    )


def test_the_root_of_xml_has_the_name_of_its_schema() -> None:
    schema = {"$ref": "#/components/schemas/Pet"}
    assert text({"id": 1}, "text/xml", schema, Pet={}).endswith("<Pet><id>1</id></Pet>")


@pytest.mark.parametrize(
    ("media_type", "example"),
    [
        ("application/xml", "<pet><id>1</id></pet>"),
        ("application/atom+xml", "<feed/>"),
        ("text/csv", "id,name\n1,Rex\n"),
        ("text/html", "<p>Hello</p>"),
        ("text/plain", "Hello"),
        ("application/octet-stream", "bytes"),
        ("application/x-ndjson", '{"id": 1}\n'),
        ("text/event-stream", "event: ping\ndata: 1\n\n"),
    ],
)
def test_an_example_that_is_text_is_served_unchanged(media_type: str, example: str) -> None:
    assert text(example, media_type) == example


@pytest.mark.parametrize(
    ("media_type", "value", "body"),
    [
        ("application/x-www-form-urlencoded", {"a": "x y", "b": [1, True]}, "a=x+y&b=1&b=true"),
        ("application/jsonl", [{"id": 1}, {"id": 2}], '{"id": 1}\n{"id": 2}\n'),
        ("application/json-seq", {"id": 1}, '\x1e{"id": 1}\n'),
        ("text/event-stream", {"id": 1}, 'data: {"id": 1}\n\n'),
        ("text/event-stream", {"event": "log", "data": "a\nb"}, "event: log\ndata: a\ndata: b\n\n"),
        ("text/csv", [{"a": 1, "b": "x,y"}, {"a": None}], 'a,b\r\n1,"x,y"\r\n,\r\n'),
        ("text/plain", 5, "5"),
        ("application/yaml", {"a": [1]}, '{"a": [1]}'),
    ],
)
def test_a_value_has_the_form_of_its_media_type(media_type: str, value: Any, body: str) -> None:
    assert text(value, media_type) == body


@given(st.lists(st.fixed_dictionaries({"a": st.text("x,\"' \n"), "b": st.text()})))
def test_csv_is_read_as_the_same_rows(rows: list[dict[str, str]]) -> None:
    assert list(csv.DictReader(io.StringIO(text(rows, "text/csv"), newline=""))) == rows


@given(st.dictionaries(st.text(), st.text()))
def test_a_form_is_read_as_the_same_fields(fields: dict[str, str]) -> None:
    body = text(fields, "application/x-www-form-urlencoded")
    assert dict(parse_qsl(body, keep_blank_values=True)) == fields


def test_a_multipart_body_has_a_part_for_each_property() -> None:
    body = encoded({"name": "Rex", "tags": ["a", "b"], "meta": {"x": 1}}, "multipart/form-data")
    header = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    parts = list(BytesParser().parsebytes(header + body.content).walk())[1:]
    fields = [(part.get_param("name", header="content-disposition"), part) for part in parts]
    assert [(name, part.get_payload()) for name, part in fields] == [
        ("name", "Rex"),
        ("tags", "a"),
        ("tags", "b"),
        ("meta", '{"x": 1}'),
    ]


@pytest.mark.parametrize(
    ("media_type", "start"),
    [
        ("image/png", b"\x89PNG"),
        ("image/jpeg", b"\xff\xd8"),
        ("image/*", b"\x89PNG"),
        ("application/pdf", b"%PDF"),
        ("application/zip", b"PK"),
    ],
)
def test_a_binary_media_type_has_a_file_of_its_format(media_type: str, start: bytes) -> None:
    body = encoded("text from the schema", media_type)
    assert body.content.startswith(start)
    assert body.content_type in SAMPLE_FILES


@pytest.mark.parametrize(
    ("media_type", "value", "content_type"),
    [
        ("*/*", {"a": 1}, "application/json"),
        ("*/*", "a", "text/plain; charset=utf-8"),
        ("text/*", "a", "text/plain; charset=utf-8"),
        ("application/*", {}, "application/json"),
        ("text/html; charset=utf-8", "a", "text/html; charset=utf-8"),
        ("application/json; version=2", 1, "application/json; version=2"),
    ],
)
def test_the_content_type_is_concrete(media_type: str, value: Any, content_type: str) -> None:
    assert encoded(value, media_type).content_type == content_type
