"""The exports of any document compile, and their handlers return its documented responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.export.responses import response_bodies
from mock_server.generation.requests.sample_request import sample_request
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, script
from tests.helpers.programs import run
from tests.mock_server.helpers.foreign import library

USE = """
import { mock } from "./msw/handlers.js";
import type { Operation } from "./msw/handlers.js";
import { responses, type Book } from "./zod/schemas.js";
import type { paths } from "./typescript/openapi.js";

const id: Operation = "getBook";
mock({ base: "https://any.example" }).respondWith(id, { status: 404 });
export const problem: { code: number } = responses.getBook[404].parse({ code: 1, message: "m" });
export const book = (value: Book): unknown => value;
export type Listed = paths["/books"]["get"]["responses"]["200"]["content"]["application/json"];
export const titles = (listed: Listed): string[] => listed.map(({ title }) => title);
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports of the library."""
    folder = beside_packages(tmp_path_factory.mktemp("exports"))
    spec = library(folder)
    for format_ in ("zod", "msw", "typescript"):
        export(format_, folder, spec=spec)
    return folder


def test_the_exports_compile_in_strict_mode(folder: Path) -> None:
    assert compiled(folder, USE) == ""


def test_an_unknown_operation_is_an_error_of_the_compiler(folder: Path) -> None:
    assert "getBok" in compiled(folder, USE.replace('"getBook";', '"getBok";'))


def test_the_handlers_return_each_documented_response(folder: Path) -> None:
    judge, _ = load_sources(folder / "library.yaml")
    calls: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    for name, bodies in response_bodies(judge.spec).items():
        operation = judge.spec.operations[name]
        path = "/v1" + sample_request(judge.schemas, operation).path
        for body in bodies:
            example = {"example": body.example} if body.example else {}
            choice = {"status": body.status, **example}
            prefer = ", ".join([f"code={body.status}", *(f"example={e}" for e in example.values())])
            call = {"id": name, "method": operation.method, "path": path}
            calls += [{**call, "prefer": prefer}, {**call, "choice": choice}]
            sent = body.value if body.is_json else body.text or ""
            valid = True if body.is_json else None
            expected += [{"status": body.status, "body": sent, "valid": valid}] * 2
    (folder / "calls.json").write_text(json.dumps(calls))
    out = ("--outDir", ".", "--target", "es2022", "--module", "nodenext", "--skipLibCheck")
    assert run("tsc", *out, "msw/handlers.ts", "zod/schemas.ts", cwd=folder).returncode == 0
    ended = run("node", script("any_document.mjs", folder), cwd=folder)
    assert ended.returncode == 0, ended.stdout
    assert json.loads(ended.stdout.splitlines()[-1]) == expected
