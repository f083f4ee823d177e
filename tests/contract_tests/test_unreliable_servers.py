"""A server that misbehaves at random gets the same verdict in every run.

The server behind is right, so that all findings are about what stands between. The seed of the run
and that of the misbehaviour differ each time.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.live import live, load_sources
from tests.helpers.contract_runs import contract_tests
from tests.helpers.unreliable import KINDS, misbehaving
from tests.mock_server.helpers.small_documents import document, parameter

NO_RESPONSE = "answer"  # the rule that every request gets a response
# Kind → the rules of its findings. A run waits for a server that requests it, and for a slow one.
FOUND: dict[str, set[str]] = {
    "slow": set(),
    "resets connections": {NO_RESPONSE},
    "closes connections": {NO_RESPONSE},
    "ends connections": set(),
    "cuts bodies": {NO_RESPONSE},
    "sends in parts": set(),
    "429 in bursts": set(),
    "503 in bursts": set(),
    "502 in bursts": {NO_RESPONSE},
    "504 in bursts": {NO_RESPONSE},
}
NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "integer"}, "text": {"type": "string", "maxLength": 20}},
}
NEW = {"type": "object", "required": ["text"], "properties": {"text": NOTE["properties"]["text"]}}  # type: ignore[index]


def in_json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def responses(status: str, schema: Any) -> dict[str, Any]:
    errors = {each: {"description": "An error"} for each in ("400", "404", "415")}
    return {status: {"description": "OK", **in_json(schema)}, **errors}


def notes() -> dict[str, Any]:
    """Return a document with three operations."""
    limit = parameter("limit", {"type": "integer", "minimum": 1, "maximum": 5})
    listed = {
        "parameters": [limit],
        "responses": responses("200", {"type": "array", "items": NOTE}),
    }
    body = {"required": True, **in_json(NEW)}
    one = {"parameters": [parameter("id", {"type": "integer"}, "path")]}
    return document(
        {
            "/notes": {
                "get": {"operationId": "listNotes", **listed},
                "post": {
                    "operationId": "addNote",
                    "requestBody": body,
                    "responses": responses("201", NOTE),
                },
            },
            "/notes/{id}": {
                "get": {"operationId": "getNote", **one, "responses": responses("200", NOTE)}
            },
        }
    )


def verdict(folder: Path, spec: Path, kind: str, seed: int) -> tuple[int, str, list[str], set[str]]:
    """Return the exit code, the reason for a stop, and the ids and the rules of the findings."""
    report = folder / f"{seed}.json"
    options = ("--seed", str(seed), "--max-examples", "3", "--report-json", str(report))
    with (
        live(*load_sources(spec)) as server,
        misbehaving(server.url, KINDS[kind], seed) as url,
    ):
        ran = contract_tests("--target", url, "--spec", str(spec), "--strict", *options)
    assert report.exists(), ran.stdout + ran.stderr
    data = json.loads(report.read_text("utf-8"))
    found = data["findings"]
    ids, rules = sorted(each["id"] for each in found), {each["rule"] for each in found}
    return ran.returncode, data["stopped"], ids, rules


def test_each_kind_of_server_has_an_expected_verdict() -> None:
    assert set(FOUND) == set(KINDS)
    assert len(KINDS) == 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_three_runs_on_an_unreliable_server_have_the_same_verdict(
    tmp_path: Path, kind: str
) -> None:
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps(notes()), "utf-8")
    first, *others = [verdict(tmp_path, spec, kind, seed) for seed in (1, 2, 3)]
    assert first[3] == FOUND[kind], first
    assert first[:2] == (1 if FOUND[kind] else 0, "")
    assert others == [first, first]
