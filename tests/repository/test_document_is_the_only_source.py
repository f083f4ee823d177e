"""The spec is the only source of the API: no property, status or path of it is in Python."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())

# Words of the API that have another meaning in Python.
OTHER_MEANINGS = {
    "data": "a field of an event stream (HTML)",
    "description": "a key of OpenAPI",
    "email": "a format of JSON Schema",
    "error": "a role of x-timeline",
    "entry": "the singular of the entries of a list",
    "event": "a field of an event stream (HTML)",
    "index": "a name that often identifies an item",
    "license": "a field of OpenAPI's info",
    "message": "a key of x-invariants and of x-issues",
    "name": "a key of OpenAPI's parameters",
    "ok": "a key of the control API",
    "package": "an option of the contract run",
    "pointer": "a member of an error in problem details (RFC 9457)",
    "process": "a variable of x-invariants",
    "version": "an option of command lines, a key of SARIF and JUnit",
}


def properties(value: Any) -> Iterator[str]:
    """Yield every property that a schema of the spec declares."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield from value["properties"]
        for member in value.values():
            yield from properties(member)
    elif isinstance(value, list):
        for item in value:
            yield from properties(item)


def statuses() -> list[str]:
    return [
        word
        for schema in SPEC["components"]["schemas"].values()
        for word in schema.get("x-statuses", ())
    ]


WORDS = {*properties(SPEC), *statuses(), *SPEC["paths"]} - set(OTHER_MEANINGS)
PREFIXES = tuple(
    prefix
    for schema in SPEC["components"]["schemas"].values()
    for prefix in schema.get("x-timeline", {}).get("processes", ())
)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every string except docstrings, and every attribute and keyword argument."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield node.lineno, node.value
        elif isinstance(node, ast.Attribute):
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.value.lineno, f"{node.arg}="


@pytest.mark.parametrize("package", ["mock_server", "contract_tests"])
def test_no_property_status_or_path_of_the_api_is_in_python(package: str) -> None:
    lines = []
    for file in sorted((ROOT / package).rglob("*.py")):
        for line, text in texts(ast.parse(file.read_text())):
            bare = text.strip(".=")
            if text in WORDS or bare.startswith(PREFIXES):
                lines.append(f"{file.relative_to(ROOT)}:{line}: {text}")
    assert lines == []


def test_the_words_of_the_search_include_those_of_the_spec() -> None:
    """The test above searches for a status, properties of a release and a path."""
    assert {"successful", "display_status", "package_release_id", "/packages/get"} <= WORDS
    assert "transpilation" in PREFIXES
