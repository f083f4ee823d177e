"""Exports of any document: its responses as JSON and as handlers, and its schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mock_server.cli import main
from mock_server.contract.document.schemas import Schemas
from mock_server.export.schemas.typescript_types import Types
from mock_server.live import load_sources
from tests.mock_server.helpers.foreign import large_document, library


def export(format_: str, spec: Path, folder: Path) -> Path:
    out = folder / format_
    arguments = ["export", "--format", format_, "--spec", str(spec), "--out", str(out)]
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    return out


def test_json_has_the_body_of_each_response_and_example(tmp_path: Path) -> None:
    spec = library(tmp_path)
    out = export("json", spec, tmp_path)
    index = json.loads((out / "index.json").read_text())["operations"]
    assert index["listBooks"] == {
        "method": "GET",
        "path": "/books",
        "summary": "List books",
        "responses": [
            {"status": "200", "example": "two", "file": "responses/listBooks.200.two.json"},
            {"status": "200", "example": "none", "file": "responses/listBooks.200.none.json"},
            {"status": "default", "example": "", "file": "responses/listBooks.default.json"},
        ],
    }
    assert json.loads((out / "responses/listBooks.200.none.json").read_text()) == []
    assert index["removeBook"]["responses"] == [{"status": "204", "example": "", "file": None}]
    judge, _ = load_sources(spec)
    book = json.loads((out / "responses/getBook.200.json").read_text())
    assert Schemas(judge.spec.data).violations("/components/schemas/Book", book) == []


def test_names_that_a_file_system_cannot_contain_are_replaced_and_stay_different(
    tmp_path: Path,
) -> None:
    content = {"application/json": {"schema": {"type": "integer"}}}
    responses = {"200": {"description": "d", "content": content}}
    paths = {
        f"/p{number}": {"get": {"operationId": name, "responses": responses}}
        for number, name in enumerate(["a/b", "a:b", "../../x", "a.b", "A" * 200])
    }
    out = export("json", library(tmp_path, paths=paths), tmp_path)
    names = [path.name for path in (out / "responses").iterdir()]
    assert len(names) == len(paths)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}\.200\.json", name) for name in names)


def test_msw_has_a_handler_for_each_operation_the_plain_paths_first(tmp_path: Path) -> None:
    text = (export("msw", library(tmp_path), tmp_path) / "handlers.ts").read_text()
    ids = re.findall(r'\bid: "(\w+)"|"id": "(\w+)"', text)
    listed = [first or second for first, second in ids]
    assert listed[:2] == ["listBooks", "addBook"]
    assert set(listed) == {
        *("listBooks", "addBook", "getBook", "removeBook", "replaceCover", "borrowBook"),
    }
    assert '"path": "/books/[^/]+/loans"' in text
    assert "An empty shelf" not in text


ZOD_CASES: list[tuple[Any, str]] = [
    ({"type": "string", "format": "uuid"}, "z.string()"),
    ({"type": "integer", "format": "int64", "multipleOf": 5}, "z.number().refine("),
    ({"enum": [1, "a", None]}, 'z.literal([1, "a", null])'),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, "z.xor(["),
    ({"oneOf": [{"type": "string", "format": "uuid"}, {"type": "string"}]}, "z.union(["),
    ({"properties": {"a-b": {}}}, '["a-b"]: z.unknown().exactOptional()'),
    ({"not": {}}, "z.unknown()"),
    ({"type": "string", "pattern": r"^\d+\-$"}, "z.string()"),
    ({"type": "string", "pattern": r"^\d+$"}, 'regex(new RegExp("^\\\\d+$", "u"))'),
    ({"type": "object", "patternProperties": {"^x": {}}}, "z.looseObject({ })"),
]


@pytest.mark.parametrize(("schema", "expected"), ZOD_CASES)
def test_zod_leaves_out_what_it_cannot_express(tmp_path: Path, schema: Any, expected: str) -> None:
    spec = library(tmp_path, components={"schemas": {"One": schema}}, security=[], paths=ONE)
    text = (export("zod", spec, tmp_path) / "schemas.ts").read_text()
    line = text.partition("export const One = ")[2].partition("export type")[0]
    assert expected in " ".join(line.split())


ONE = {"/one": {"get": {"operationId": "one", "responses": {"200": {"description": "d"}}}}}


def test_zod_gives_each_schema_a_valid_name_and_defers_recursive_ones(tmp_path: Path) -> None:
    schemas = {
        "class": {"type": "string"},
        "pull-request": {"$ref": "#/components/schemas/class"},
        "pull_request": {"type": "integer"},
        "1st": {"type": "boolean"},
        "Tree": {
            "type": "object",
            "properties": {"left": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    spec = library(tmp_path, components={"schemas": schemas}, security=[], paths=ONE)
    text = (export("zod", spec, tmp_path) / "schemas.ts").read_text()
    assert "export const class_ = z.string();" in text
    assert "export const pull_request = class_;" in text
    assert "export const pull_request_ = z.number()" in text
    assert "export const _1st = z.boolean();" in text
    assert "export const Tree: z.ZodType = z.looseObject" in text
    assert "z.lazy(() => Tree).exactOptional()" in text


@pytest.mark.parametrize("format_", ["json", "typescript", "zod", "msw"])
def test_a_large_document_is_exported(tmp_path: Path, format_: str) -> None:
    assert any(export(format_, large_document(tmp_path), tmp_path).iterdir())


TYPE_CASES: list[tuple[Any, str]] = [
    ({"type": ["string", "null"]}, "string | null"),
    ({"type": "string", "enum": ["a", "b"], "minLength": 1}, '"a" | "b"'),
    ({"type": "array", "items": {"enum": ["a", 1]}}, '("a" | 1)[]'),
    ({"type": "array", "prefixItems": [{"type": "string"}, {}], "minItems": 1, "items": False},
     "[(string), (unknown)?]"),
    ({"type": "object"}, "{ [key: string]: unknown; }"),
    ({"type": "object", "additionalProperties": False}, "Record<string, never>"),
    ({"additionalProperties": {"type": "integer"}}, "{ [key: string]: number; }"),
    ({"properties": {"a-b": {"type": "integer", "readOnly": True}}, "required": ["c"]},
     '{ readonly "a-b"?: number; c: unknown; }'),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
    ({"allOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}, {"const": "x"}]},
     '(string | null) & "x"'),
    ({"properties": {"x": {"description": "Not */ the end", "deprecated": True}}},
     "{ /** * Not *\\/ the end * @deprecated */ x?: unknown; }"),
    (False, "never"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), TYPE_CASES)
def test_a_schema_has_a_type_in_typescript(schema: Any, expected: str) -> None:
    types = Types({}, lambda name: name)
    assert " ".join(types.of(schema).split()) == expected


def test_a_discriminator_separates_the_types_of_a_choice() -> None:
    properties = {"kind": {"type": "string"}}
    data = {"components": {"schemas": {n: {"properties": properties} for n in ("Cat", "Dog")}}}
    names = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    choice = {
        "oneOf": [{"$ref": each} for each in names.values()],
        "discriminator": {"propertyName": "kind", "mapping": names},
    }
    types = Types(data, lambda name: name)
    assert types.of(choice) == '(Cat & { kind: "cat" }) | (Dog & { kind: "dog" })'
