"""A document whose schemas all refer to each other is loaded in linear time."""

import json
import time
from pathlib import Path
from typing import Any

from mock_server.contract.document.loading import load
from mock_server.contract.document.response_loading import resource_schemas
from mock_server.contract.judge import judge_of

NAMES = [f"S{number}" for number in range(40)]


def reference_to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def document() -> dict[str, Any]:
    content = {"application/json": {"schema": reference_to("S0")}}
    operation = {
        "operationId": "get",
        "responses": {"200": {"description": "", "content": content}},
    }
    schema = {"type": "object", "properties": {name: reference_to(name) for name in NAMES}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Connected", "version": "1"},
        "paths": {"/a": {"get": operation}},
        "components": {"schemas": dict.fromkeys(NAMES, schema)},
    }


def test_connected_schemas_are_loaded_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document()))
    start = time.process_time()
    judge_of(load(path))
    assert time.process_time() - start < 5


def test_only_schemas_that_lead_to_a_resource_are_searched_for_resources() -> None:
    schemas = {
        "Pet": {"x-resource": {"key": "id"}},
        "List": {"items": reference_to("Pet")},
        "Page": {"allOf": [{"properties": {"list": reference_to("List")}}]},
        "Other": {"properties": {"other": reference_to("Other")}},
    }
    pointers = resource_schemas({"components": {"schemas": schemas}})
    assert pointers == {f"/components/schemas/{name}" for name in ("Pet", "List", "Page")}
