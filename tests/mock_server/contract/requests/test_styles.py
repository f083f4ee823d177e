"""A parameter has the value that the client wrote, in every style and with the declared types."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mock_server.helpers.small_documents import OneOperation, parameter, with_parameters
from tests.mock_server.helpers.written_styles import in_query, in_text

QUERY_STYLES = [
    ("form", True),
    ("form", False),
    ("spaceDelimited", False),
    ("pipeDelimited", False),
]
TEXT_STYLES = [
    (style, explode) for style in ("simple", "label", "matrix") for explode in (True, False)
]
OBJECT = {
    "type": "object",
    "properties": {"size": {"type": "integer"}, "is_new": {"type": "boolean"}},
    "additionalProperties": {"type": "string"},
}
SCHEMAS = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "integers": {"type": "array", "items": {"type": "integer"}},
    "strings": {"type": "array", "items": {"type": "string"}},
    "object": OBJECT,
}
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1)
NUMBERS = st.integers(-(2**60), 2**60)
COMPONENTS = {
    "Number": {"type": "integer"},
    "Numbers": {"type": "array", "items": {"$ref": "#/components/schemas/Number"}},
    "OneOrMany": {
        "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
    "Tree": {
        "type": "object",
        "properties": {
            "value": {"type": "integer"},
            "next": {"$ref": "#/components/schemas/Tree"},
        },
    },
    "Range": {
        "anyOf": [
            {"type": "object", "properties": {"from": {"type": "integer"}}},
            {"type": "integer"},
        ]
    },
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": NUMBERS,
    "number": st.floats(0.5, 1e6).filter(lambda number: "e" not in str(number)),
    "boolean": st.booleans(),
    "string": WORDS,
    "integers": st.lists(NUMBERS, min_size=1),
    "strings": st.lists(WORDS, min_size=1),
    "object": st.fixed_dictionaries(
        {"size": NUMBERS}, optional={"is_new": st.booleans(), "color": WORDS, "kind": WORDS}
    ),
}
Style = tuple[str, bool, str]  # with `explode`, and the kind of the value


def judges(location: str, styles: list[tuple[str, bool]]) -> dict[Style, OneOperation]:
    """Return the judge of one parameter for each style and type."""
    return {
        (style, explode, kind): with_parameters(
            parameter("p", schema, location, style=style, explode=explode)
        )
        for style, explode in styles
        for kind, schema in SCHEMAS.items()
    }


IN_QUERY = judges("query", QUERY_STYLES)
IN_QUERY[("deepObject", True, "object")] = with_parameters(
    parameter("p", OBJECT, style="deepObject", explode=True)
)
IN_PATH = judges("path", TEXT_STYLES)
IN_HEADER = judges("header", [("simple", True), ("simple", False)])
IN_COOKIE = judges("cookie", [("form", True)])


@given(st.data())
def test_a_query_parameter_has_the_value_that_was_written(data: st.DataObject) -> None:
    style, explode, kind = data.draw(st.sampled_from(list(IN_QUERY)))
    value = data.draw(VALUES[kind])
    query = in_query(style, explode, "p", value)
    assert IN_QUERY[style, explode, kind].accepted(query=query).query == {"p": value}


@given(st.data())
def test_a_path_parameter_has_the_value_that_was_written(data: st.DataObject) -> None:
    kinds = [key for key in IN_PATH if key[2] != "number"]  # a point separates values of a label
    style, explode, kind = data.draw(st.sampled_from(kinds))
    value = data.draw(VALUES[kind])
    path = {"p": in_text(style, explode, "p", value)}
    assert IN_PATH[style, explode, kind].accepted(path=path).path == {"p": value}


@given(st.data())
def test_a_header_has_the_value_that_was_written(data: st.DataObject) -> None:
    style, explode, kind = data.draw(st.sampled_from(list(IN_HEADER)))
    value = data.draw(VALUES[kind])
    sent = in_text(style, explode, "p", value).encode().decode("latin-1")
    accepted = IN_HEADER[style, explode, kind].accepted(headers={"p": sent})
    assert accepted.headers == {"p": value}


@given(st.data())
def test_a_cookie_has_the_value_that_was_written(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["integer", "number", "boolean", "string"]))
    value = data.draw(VALUES[kind])
    ((_, sent),) = in_query("form", True, "p", value)
    cookies = f"a=b; p={quote(sent)}; c=d"
    judge = IN_COOKIE["form", True, kind]
    assert judge.accepted(headers={"cookie": cookies}).cookies == {"p": value}


@pytest.mark.parametrize(
    ("schema", "members", "query", "value"),
    [
        ({"type": "string"}, {}, [("p", "5")], "5"),
        ({"type": ["integer", "null"]}, {}, [("p", "")], None),
        ({"type": ["integer", "null"]}, {}, [("p", "null")], None),
        ({"type": ["string", "null"]}, {}, [("p", "null")], "null"),
        ({"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, {}, [("p", "all")], "all"),
        ({"anyOf": [{"type": "integer"}, {"enum": ["all"]}]}, {}, [("p", "7")], 7),
        ({"oneOf": [{"type": "string", "pattern": "^[0-9]{3}$"}, {"type": "integer"}]}, {},
         [("p", "1234")], 1234),
        ({"allOf": [{"$ref": "#/components/schemas/Number"}, {"minimum": 3}]}, {}, [("p", "4")], 4),
        ({"enum": [1, 2]}, {}, [("p", "2")], 2),
        ({"enum": ["1", "2"]}, {}, [("p", "2")], "2"),
        ({}, {}, [("p", "2")], "2"),
        ({"$ref": "#/components/schemas/OneOrMany"}, {}, [("p", "a")], "a"),
        ({"$ref": "#/components/schemas/OneOrMany"}, {}, [("p", "a"), ("p", "b")], ["a", "b"]),
        ({"$ref": "#/components/schemas/Numbers"}, {"explode": False}, [("p", "1,2")], [1, 2]),
        ({"$ref": "#/components/schemas/Numbers"}, {"explode": False}, [("p", "")], []),
        ({"$ref": "#/components/schemas/Numbers"}, {"explode": False},
         [("p", "1,2"), ("p", "3")], [1, 2, 3]),
        ({"$ref": "#/components/schemas/Tree"}, {"style": "deepObject"},
         [("p[value]", "1"), ("p[next][value]", "2"), ("p[next][next][value]", "3")],
         {"value": 1, "next": {"value": 2, "next": {"value": 3}}}),
        ({"$ref": "#/components/schemas/Range"}, {"style": "deepObject"}, [("p", "5")], 5),
        ({"$ref": "#/components/schemas/Range"}, {"style": "deepObject"},
         [("p[from]", "5")], {"from": 5}),
        ({"$ref": "#/components/schemas/Numbers"}, {"style": "deepObject"},
         [("p[]", "1"), ("p[]", "2")], [1, 2]),
        ({"$ref": "#/components/schemas/Numbers"}, {"style": "deepObject"},
         [("p[1]", "1"), ("p[0]", "2")], [2, 1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, {},
         [("p", "1"), ("p", "2")], [1, "2"]),
        ({"type": "integer"}, {"allowEmptyValue": True}, [("p", "")], ""),
        ({"type": "integer", "default": 7}, {}, [], 7),
    ],
)  # fmt: skip
def test_the_schema_decides_the_type_of_a_text(
    schema: Any, members: dict[str, Any], query: list[tuple[str, str]], value: Any
) -> None:
    judge = with_parameters(parameter("p", schema, **members), schemas=COMPONENTS)
    assert judge.accepted(query=tuple(query)).query == {"p": value}


@pytest.mark.parametrize(
    ("schema", "members", "query", "message"),
    [
        ({"type": "integer"}, {}, [("p", "1.5")], "p: `p` must be a whole number"),
        ({"type": "integer"}, {}, [("p", "")], "p: `p` must be a whole number"),
        ({"type": "integer"}, {}, [("p", "\udcff")], "p: `p` must be UTF-8 text"),
        ({"type": "integer"}, {}, [("p", "1"), ("p", "1")], "p: `p` must occur at most once"),
        ({"type": ["boolean", "null"]}, {}, [("p", "yes")], "p: `p` must be true or false or null"),
        ({"type": "integer"}, {"required": True}, [("q", "1")], "p: `p` is required"),
        (OBJECT, {}, [("size", "1"), ("size", "2")], "p: `size` must occur at most once"),
        (OBJECT, {"required": True}, [], "p: `p` is required"),
        (OBJECT, {"explode": False}, [("p", "size")], "p: `p` must be written as key,value,key,"),
        (OBJECT, {"style": "deepObject"}, [("p[size", "1")], "p: `p` must be written as p[key]="),
        (OBJECT, {"style": "deepObject"}, [("p[a][b]", "1"), ("p[a]", "2")], "p: [a] must be a v"),
        (OBJECT, {"style": "deepObject"}, [("p[size]", "x")], "p/size: `p` must be a whole number"),
        ({"$ref": "#/components/schemas/Numbers"}, {}, [("p", "1,2")], "p/0: `p` must be a whole"),
    ],
)
def test_a_text_that_breaks_its_schema_or_style_is_rejected(
    schema: Any, members: dict[str, Any], query: list[tuple[str, str]], message: str
) -> None:
    judge = with_parameters(parameter("p", schema, **members), schemas=COMPONENTS)
    (violation,) = judge.messages(query=tuple(query))
    assert violation.startswith(message)


@pytest.mark.parametrize(
    ("style", "explode", "text", "message"),
    [
        ("label", False, "5", "`p` must be written as .value"),
        ("matrix", False, "5", "`p` must be written as ;value"),
        ("matrix", True, ";q=5", "`p` must be written as ;p=value"),
    ],
)
def test_a_part_of_a_path_without_the_prefix_of_its_style_is_rejected(
    style: str, explode: bool, text: str, message: str
) -> None:
    judge = IN_PATH[style, explode, "integers"]
    (violation,) = judge.messages(path={"p": text})
    assert message in violation


def test_an_exploded_object_contains_no_other_parameter_of_its_operation() -> None:
    filters = parameter("filters", {"type": "object", "additionalProperties": {"type": "string"}})
    judge = with_parameters(filters, parameter("page", {"type": "integer"}))
    accepted = judge.accepted(query=(("page", "2"), ("color", "red")))
    assert accepted.query == {"page": 2, "filters": {"color": "red"}}
    assert judge.accepted(query=(("page", "2"),)).query == {"page": 2}


def test_a_parameter_with_content_is_json() -> None:
    content = {"application/json": {"schema": {"type": "object", "required": ["a"]}}}
    judge = with_parameters({"name": "p", "in": "query", "content": content})
    assert judge.accepted(query=(("p", '{"a": 1}'),)).query == {"p": {"a": 1}}
    assert "`p` must be JSON" in judge.messages(query=(("p", "{"),))[0]
    assert "`p` a is required" in judge.messages(query=(("p", "{}"),))[0]


def test_headers_that_other_parts_of_a_document_describe_are_not_parameters() -> None:
    names = ("Accept", "Content-Type", "Authorization")
    listed = [parameter(name, {"type": "integer"}, "header", required=True) for name in names]
    assert with_parameters(*listed).accepted(headers={"accept": "text/html"}).headers == {}


def test_the_name_of_a_header_has_no_case() -> None:
    judge = with_parameters(parameter("X-Page", {"type": "integer"}, "header", required=True))
    assert judge.accepted(headers={"x-page": "3"}).headers == {"X-Page": 3}
    assert judge.messages() == ["X-Page: `X-Page` is required; found none [header]"]


def test_unknown_query_parameters_and_absent_optional_ones_are_accepted() -> None:
    judge = with_parameters(parameter("p", {"type": "integer"}))
    assert judge.accepted(query=(("q", "x"), ("q", "\udcff"))).query == {}
