"""The API reference: types in words, contents, samples and rules; for documents of any size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.gallery.reference.types import schema_of, type_text, with_limits
from mock_server.live import live, load_sources
from mock_server.server.in_process import running
from tests.helpers.programs import ROOT
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import get_page
from tests.mock_server.helpers.foreign import large_document, library
from tests.mock_server.helpers.markup import Element, active_content
from tests.mock_server.helpers.small_documents import OK

STARTS_AT = 1_700_000_000_000  # ms since 1970
EXAMPLES = ("deployments", "orders", "plain")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, "any"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": ["string", "null"], "format": "date-time"}, "string (date-time) or null"),
        ({"type": "integer", "minimum": 1, "maximum": 100}, "integer, 1 to 100"),
        ({"type": "integer", "format": "int64", "minimum": 0}, "integer (int64), at least 0"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "number, at most 1, more than 0"),
        ({"type": "number", "multipleOf": 0.01}, "number, a multiple of 0.01"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "string, 1 to 64 characters"),
        ({"type": "string", "minLength": 1}, "string, at least 1 character"),
        ({"type": "string", "minLength": 2, "maxLength": 2}, "string, 2 characters"),
        ({"type": "string", "minLength": 0}, "string"),
        ({"type": "string", "pattern": "^a+$"}, "string, matching ^a+$"),
        ({"type": "string", "enum": ["a", "b"]}, 'one of "a", "b"'),
        ({"enum": ["a", "b", None]}, 'one of "a", "b" or null'),
        ({"enum": ["a"]}, '"a"'),
        ({"const": 7}, "7"),
        ({"$ref": "#/components/schemas/Pet%20Shop"}, "Pet Shop"),
        ({"type": "array", "items": {}, "maxItems": 9}, "array of any, at most 9 items"),
        ({"oneOf": [{"type": "null"}, {"$ref": "#/x/Pet"}]}, "Pet or null"),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}, {"description": "d"}]}, "Pet"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map of integer"),
        ({"type": "object"}, "object"),
        ({"type": "boolean", "default": True}, "boolean, default true"),
    ],
)  # fmt: skip
def test_a_type_is_in_words_with_its_limits(schema: Any, text: str) -> None:
    assert with_limits({"components": {"schemas": {"Pet": {"type": "object"}}}}, schema) == text


def test_a_type_that_contains_itself_ends() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    assert type_text({}, schema).startswith("array of array of ")


def test_the_schema_of_a_list_is_that_of_its_items() -> None:
    assert schema_of({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}) == "Pet"
    assert schema_of({"type": "string"}) == ""


def operation_of(page: Element, name: str) -> Element:
    return page.one("article", id=f"operation-{name}")


def test_it_has_every_operation_status_property_and_rule(address: str, judge: Judge) -> None:
    page, spec = get_page(address, "contract"), judge.spec
    words = page.words
    for operation in spec.operations.values():
        part = operation_of(page, operation.id)
        assert operation.path in part.words
        assert operation.summary in part.words
        badges = {badge.words for badge in part.all("span", class_="code-badge")}
        assert {str(status) for status in operation.responses} == badges
    for rule in judge.rules.all():
        element = page.one("div", id=rule.id)
        assert rule.message.replace("`", "") in element.words
        assert rule.source in element.one("dd").text
    assert all(name in words for name in spec.types["PackageRelease"].properties)
    assert all(
        f"{word} {phase.replace('-', ' ')}" in words
        for word, phase in spec.timeline("PackageRelease").phases.items()
    )


def contents(page: Element) -> dict[str, list[str]]:
    """Return the headings of the contents with the texts of their links."""
    entries = page.one("nav", aria_label="Contents").all("details", class_="entry")
    return {
        entry.one("summary").words: [item.words for item in entry.all("li")] for entry in entries
    }


def test_the_contents_list_operations_by_tag_resources_schemas_and_rules(address: str) -> None:
    listed = contents(get_page(address, "contract"))
    assert list(listed)[:4] == ["releases 4", "packages 2", "accounts 2", "Resources 3"]
    assert listed["releases 4"][0] == "POST Get a release"
    assert listed["Resources 3"] == ["PackageRelease", "Package", "Account"]
    assert "Timestamp" in next(v for k, v in listed.items() if k.startswith("Schemas"))
    assert "rebuildPackageRelease (4)" in listed["Rules 8"]


@pytest.mark.parametrize("document", ["shipped", *EXAMPLES])
def test_each_link_of_the_page_leads_to_a_part_of_it(document: str) -> None:
    path = None if document == "shipped" else ROOT / "examples" / document / "openapi.yaml"
    with live(*load_sources(path)) as mock:
        page = get_page(mock.address, "contract")
        assert active_content(page) == []
        ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        hrefs = [a.attributes["href"] for a in page.all("a")]
        assert {href[1:] for href in hrefs if href.startswith("#")} <= set(ids)


def test_a_type_links_to_its_schema(address: str) -> None:
    part = operation_of(get_page(address, "contract"), "getPackageRelease")
    assert "#schema-ReleaseResponse" in [a.attributes["href"] for a in part.all("a")]


@pytest.mark.parametrize("document", ["shipped", *EXAMPLES])
def test_send_gets_the_response_that_the_page_shows(document: str) -> None:
    """It has the resources of the fixtures that the request finds, or else a generated body."""
    path = None if document == "shipped" else ROOT / "examples" / document / "openapi.yaml"
    sources = load_sources(path)
    compared = []
    with running(mock_of(*sources, starts_at=STARTS_AT, clock=lambda: STARTS_AT)) as address:
        page = get_page(address, "contract")
        for name, operation in sources[0].spec.operations.items():
            part = operation_of(page, name)
            forms = part.all("form", class_="try")
            if operation.success.events or operation.action or not forms:
                continue
            request = json.loads(forms[0].attributes["data-request"])
            body = None if request["body"] is None else request["body"].encode()
            reply = call(address, request["method"], request["path"], body, request["headers"])
            shown = part.one("div", class_="responses").all("pre")[0].text.strip()
            if reply.status == operation.success.status and not shown.endswith("…"):
                assert json.loads(shown) == json.loads(reply.content), name
                compared.append(name)
    assert compared


def test_a_document_of_any_author_has_its_tags_types_and_samples(tmp_path: Path) -> None:
    with live(*load_sources(library(tmp_path))) as mock:
        page = get_page(mock.address, "contract")
    assert list(contents(page)) == ["books 4", "loans 1", "Other 1", "Schemas 3"]
    part = operation_of(page, "getBook")
    assert "isbn string, matching ^978-\\d+$ in path required" in part.words
    assert "curl" in part.text
    assert json.loads(part.one("div", class_="responses").all("pre")[0].text)["title"]


def test_the_properties_of_an_object_in_an_object_have_both_names(tmp_path: Path) -> None:
    city = {"type": "object", "properties": {"city": {"type": "string"}}}
    properties = {"address": city, "homes": {"type": "array", "items": city}}
    schema = {"type": "object", "properties": properties}
    content = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "add",
        "requestBody": {"content": content},
        "responses": OK,
    }
    with live(*load_sources(library(tmp_path, paths={"/a": {"post": operation}}))) as mock:
        part = operation_of(get_page(mock.address, "contract"), "add")
    names = [code.words for code in part.all("code", class_="property")]
    assert names == ["address", "address.city", "homes", "homes[].city"]


def test_a_large_document_has_a_page_for_each_tag(tmp_path: Path) -> None:
    with live(*load_sources(large_document(tmp_path, 400))) as mock:
        page = get_page(mock.address, "contract")
        listed = contents(page)
        assert len(page.all("article", class_="operation")) == 10
        assert len(listed) == 41
        assert sum(map(len, listed.values())) == 401
        for link in page.one("nav", aria_label="Contents").all("li")[::67]:
            href = link.one("a").attributes["href"]
            path, _, fragment = href.partition("#")
            other = get_page(mock.address, "contract" + path.removeprefix("/_mock/contract"))
            assert other.all(id=fragment)
        next_page = page.one("nav", aria_label="Parts").one("a").attributes["href"]
        assert get_page(mock.address, f"contract{next_page}").all("a", rel="prev")
        words = get_page(mock.address, "contract?part=area", 404).one("main").words
        assert "Unknown part area" in words


def test_a_page_with_a_large_tag_is_divided(tmp_path: Path) -> None:
    paths = {
        f"/x{number}": {"get": {"operationId": f"x{number}", "responses": OK}}
        for number in range(70)
    }
    with live(*load_sources(library(tmp_path, paths=paths))) as mock:
        page = get_page(mock.address, "contract")
        assert list(contents(page))[:3] == ["Other 1 30", "Other 2 30", "Other 3 10"]
        assert len(page.all("article", class_="operation")) == 30
        second = get_page(mock.address, "contract?part=other-2")
        assert second.all("article", id="operation-x30")
