"""``contract-tests diff`` says whom each change of a document breaks, and where the change is."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.cli import main
from contract_tests.diff.changes import Change
from contract_tests.diff.documents import document_changes
from mock_server.contract.document.loading import load

BREAKS, MAY_BREAK, SAFE = "breaks", "may break", ""
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "state": {"type": "string", "enum": ["placed", "paid", "shipped"]},
        "note": {"type": "string", "maxLength": 100},
        "items": {"type": "array", "items": {"type": "string"}},
    },
}
DRAFT: dict[str, Any] = {
    "type": "object",
    "required": ["state"],
    "properties": {
        "state": {"type": "string", "enum": ["placed", "paid"]},
        "note": {"type": "string"},
    },
}


def schema(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "parameters": [{"name": "state", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "All",
                        "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}},
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Order"},
                                }
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "createOrder",
                "requestBody": {"required": True, "content": schema("Draft")},
                "responses": {
                    "201": {"description": "Created", "content": schema("Order")},
                    "409": {"description": "Conflict"},
                },
            },
        },
        "/orders/{id}": {
            "get": {
                "operationId": "getOrder",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "responses": {
                    "200": {"description": "One", "content": schema("Order")},
                    "404": {"description": "None"},
                },
            }
        },
    },
    "components": {
        "schemas": {"Order": ORDER, "Draft": DRAFT},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}

Edit = Callable[[Any], object]


def changes(folder: Path, edit: Edit, document: Any = DOCUMENT) -> list[Change]:
    """Return the changes from a document to its edited copy."""
    edited = copy.deepcopy(document)
    edit(edited)
    for name, data in (("old", document), ("new", edited)):
        (folder / f"{name}.json").write_text(json.dumps(data), "utf-8")
    return document_changes(load(folder / "old.json"), load(folder / "new.json"))


def order(data: Any) -> Any:
    return data["components"]["schemas"]["Order"]


def draft(data: Any) -> Any:
    return data["components"]["schemas"]["Draft"]


def operation(data: Any, method: str = "get", path: str = "/orders") -> Any:
    return data["paths"][path][method]


CASES: list[tuple[str, Edit, str, str]] = [
    # In responses: what is wider breaks clients, what is narrower breaks servers
    (
        "enum-value-added",
        lambda d: order(d)["properties"]["state"]["enum"].append("lost"),
        BREAKS,
        SAFE,
    ),
    (
        "enum-value-removed",
        lambda d: order(d)["properties"]["state"]["enum"].remove("paid"),
        SAFE,
        BREAKS,
    ),
    (
        "type-added",
        lambda d: order(d)["properties"]["note"].update(type=["string", "null"]),
        BREAKS,
        SAFE,
    ),
    ("type-removed", lambda d: order(d)["properties"]["items"].update(type="null"), SAFE, BREAKS),
    ("property-removed", lambda d: order(d)["properties"].pop("items"), BREAKS, SAFE),
    (
        "property-added",
        lambda d: order(d)["properties"].update(weight={"type": "number"}),
        SAFE,
        SAFE,
    ),
    (
        "required-property-added",
        lambda d: (
            order(d)["properties"].update(weight={"type": "number"}),
            order(d)["required"].append("weight"),
        ),
        SAFE,
        BREAKS,
    ),
    ("property-optional", lambda d: order(d)["required"].remove("state"), BREAKS, SAFE),
    ("property-required", lambda d: order(d)["required"].append("note"), SAFE, BREAKS),
    (
        "property-renamed",
        lambda d: order(d)["properties"].update(item_list=order(d)["properties"].pop("items")),
        BREAKS,
        BREAKS,
    ),
    (
        "maxLength-changed",
        lambda d: order(d)["properties"]["note"].update(maxLength=200),
        BREAKS,
        SAFE,
    ),
    ("minimum-changed", lambda d: order(d)["properties"]["id"].update(minimum=10), SAFE, BREAKS),
    (
        "type-added",
        lambda d: order(d)["properties"]["items"]["items"].update(type=["string", "object"]),
        BREAKS,
        SAFE,
    ),
    (
        "pattern-changed",
        lambda d: order(d)["properties"]["note"].update(pattern="^a"),
        SAFE,
        BREAKS,
    ),
    # In requests: the reverse
    (
        "enum-value-added",
        lambda d: draft(d)["properties"]["state"]["enum"].append("lost"),
        SAFE,
        MAY_BREAK,
    ),
    (
        "enum-value-removed",
        lambda d: draft(d)["properties"]["state"]["enum"].remove("paid"),
        BREAKS,
        SAFE,
    ),
    ("property-required", lambda d: draft(d)["required"].append("note"), BREAKS, SAFE),
    ("property-optional", lambda d: draft(d)["required"].remove("state"), SAFE, MAY_BREAK),
    ("property-removed", lambda d: draft(d)["properties"].pop("note"), MAY_BREAK, SAFE),
    (
        "additionalProperties-changed",
        lambda d: draft(d).update(additionalProperties=False),
        BREAKS,
        SAFE,
    ),
    # Of operations
    ("operation-removed", lambda d: d["paths"].pop("/orders/{id}"), BREAKS, SAFE),
    (
        "operation-added",
        lambda d: d["paths"]["/orders"].update(
            delete={"operationId": "clear", "responses": {"204": {"description": "Done"}}}
        ),
        SAFE,
        BREAKS,
    ),
    (
        "operation-id-changed",
        lambda d: operation(d).update(operationId="allOrders"),
        MAY_BREAK,
        SAFE,
    ),
    ("parameter-removed", lambda d: operation(d)["parameters"].clear(), MAY_BREAK, SAFE),
    (
        "parameter-required-changed",
        lambda d: operation(d)["parameters"][0].update(required=True),
        BREAKS,
        SAFE,
    ),
    (
        "parameter-added",
        lambda d: operation(d)["parameters"].append(
            {"name": "page", "in": "query", "schema": {"type": "integer"}}
        ),
        SAFE,
        SAFE,
    ),
    (
        "required-parameter-added",
        lambda d: operation(d)["parameters"].append(
            {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
        ),
        BREAKS,
        SAFE,
    ),
    (
        "response-removed",
        lambda d: operation(d, "post")["responses"].pop("409"),
        SAFE,
        BREAKS,
    ),
    (
        "response-added",
        lambda d: operation(d, "post")["responses"].update({"429": {"description": "Wait"}}),
        MAY_BREAK,
        SAFE,
    ),
    (
        "header-changed",
        lambda d: operation(d)["responses"]["200"].pop("headers"),
        BREAKS,
        SAFE,
    ),
    (
        "media-type-removed",
        lambda d: operation(d, "post")["requestBody"].update(
            content={"text/plain": {"schema": {"type": "string"}}}
        ),
        BREAKS,
        SAFE,
    ),
    (
        "credentials-changed",
        lambda d: operation(d).update(security=[{"key": []}]),
        BREAKS,
        SAFE,
    ),
    ("server-removed", lambda d: d.update(servers=[{"url": "/v2"}]), BREAKS, SAFE),
]


@pytest.mark.parametrize(("kind", "edit", "clients", "servers"), CASES)
def test_each_kind_of_change_breaks_its_side(
    tmp_path: Path, kind: str, edit: Edit, clients: str, servers: str
) -> None:
    found = {change.kind: change for change in changes(tmp_path, edit)}
    assert kind in found, found
    assert tuple(found[kind].impact) == (clients, servers), found[kind]


def test_equal_documents_have_no_changes(tmp_path: Path) -> None:
    assert changes(tmp_path, lambda data: data["info"].update(title="Other")) == []


def test_a_change_of_one_schema_is_one_change_of_all_its_operations(tmp_path: Path) -> None:
    (change,) = changes(tmp_path, lambda d: order(d)["properties"]["state"]["enum"].append("x"))
    assert change.operations == ("listOrders", "createOrder", "getOrder")
    assert change.directions == ("response",)


def test_the_name_of_a_path_parameter_does_not_matter(tmp_path: Path) -> None:
    def rename(data: Any) -> None:
        item = data["paths"].pop("/orders/{id}")
        item["get"]["parameters"][0]["name"] = "order_id"
        data["paths"]["/orders/{order_id}"] = item

    assert changes(tmp_path, rename) == []


def test_a_schema_that_contains_itself_is_compared_once(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    order(document)["properties"]["parent"] = {"$ref": "#/components/schemas/Order"}
    (change,) = changes(
        tmp_path, lambda d: order(d)["properties"]["note"].update(maxLength=1), document
    )
    assert change.kind == "maxLength-changed"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main(["diff", *map(str, arguments)])
    output = capsys.readouterr()
    return code, output.out + output.err


@pytest.mark.parametrize(
    ("fail_on", "code"), [("clients", 0), ("servers", 1), ("any", 1), ("none", 0)]
)
def test_the_exit_code_follows_the_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fail_on: str, code: int
) -> None:
    changes(tmp_path, lambda d: order(d)["required"].append("note"))
    files = (tmp_path / "old.json", tmp_path / "new.json")
    assert run(capsys, *files, "--fail-on", fail_on)[0] == code


def test_the_text_has_the_location_of_each_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes(tmp_path, lambda d: order(d)["properties"]["state"]["enum"].append("lost"))
    report = tmp_path / "report.json"
    files = (tmp_path / "old.json", tmp_path / "new.json")
    code, output = run(capsys, *files, "--report-json", report)
    assert code == 1
    assert output.startswith("1 change, 1 break clients: ")
    assert 'Order.state: the value "lost" was added (responses of listOrders, create' in output
    assert f"{tmp_path}/new.json:1:" in output
    (change,) = json.loads(report.read_text("utf-8"))["changes"]
    assert (change["kind"], change["clients"]) == ("enum-value-added", "breaks")


@pytest.mark.parametrize("content", ["", "{", "openapi: 3.1.0\npaths: 7\n"])
def test_a_document_that_cannot_be_read_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    changes(tmp_path, lambda _: None)
    broken = tmp_path / "broken.yaml"
    broken.write_text(content, "utf-8")
    code, output = run(capsys, tmp_path / "old.json", broken)
    assert (code, "Traceback" in output) == (2, False)
    assert str(broken) in output


def test_a_file_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, "no-such.yaml", "no-such-either.yaml")
    assert code == 2
    assert "no-such.yaml" in output
