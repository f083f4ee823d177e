"""Three types whose resources have the same keys, the same envelope and the same error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.client import ControlError
from mock_server.contract.document.schemas import Schemas
from mock_server.control import control_api
from mock_server.live import LiveMock, live, load_sources
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import get_page
from tests.mock_server.helpers.curl_commands import curl_commands, status_of
from tests.mock_server.helpers.small_documents import document, operation, parameter

TYPES = ("Cat", "Dog", "Fish")
NOT_FOUND = {"application/json": {"schema": {}, "examples": {"gone": {"value": {"code": "gone"}}}}}


def responses(schema: Any) -> dict[str, Any]:
    envelope = {"type": "object", "required": ["data"], "properties": {"data": schema}}
    content = {"application/json": {"schema": envelope}}
    return {
        "200": {"description": "OK", "content": content},
        "404": {"description": "Unknown", "content": NOT_FOUND},
    }


def paths(name: str) -> dict[str, Any]:
    reference, plural = {"$ref": f"#/components/schemas/{name}"}, f"{name.lower()}s"
    listed = responses({"type": "array", "items": reference})
    one, key = responses(reference), parameter("id", {"type": "integer"}, "path")
    restart = {"operationId": f"again{name}", "x-action": "restart", "responses": one}
    return {
        f"/{plural}": {"get": operation(operationId=f"list{name}", responses=listed)},
        f"/{plural}/{{id}}": {"get": operation(key, operationId=f"get{name}", responses=one)},
        f"/{plural}/{{id}}/again": {"post": operation(key, **restart)},
    }


def schema(name: str) -> dict[str, Any]:
    phases = {f"{name}_waits": {"phase": "waiting"}, f"{name}_ended": {"phase": "ended-well"}}
    return {
        "type": "object",
        "x-resource": {"not_found": "gone"},
        "x-timeline": {"status": "status"},
        "required": ["id", "status"],
        "properties": {
            "id": {"type": "integer"},
            "status": {"type": "string", "enum": list(phases), "x-statuses": phases},
        },
    }


def written(folder: Path) -> Path:
    """Write the document and its fixtures; return the path of the document."""
    data = document(
        {path: item for name in TYPES for path, item in paths(name).items()},
        {name: schema(name) for name in TYPES},
    )
    spec = folder / "openapi.json"
    spec.write_text(json.dumps(data), "utf-8")
    for name in TYPES:
        about, at = {"title": name}, "2025-06-15T12:00:00Z"
        files: dict[str, Any] = {
            f"{name.lower()}s/{name}-{word}": {
                "about": about,
                "at": at,
                "resource": {"id": number, "status": f"{name}_{word}"},
            }
            for number, word in enumerate(("waits", "ended"), 1)
        }
        steps = [{"at": 2, "status": f"{name}_ended"}]
        start = {"about": about, "from": f"{name}-waits", "default": True, "steps": steps}
        files[f"scenarios/{name}-plays"] = start
        for file, content in files.items():
            path = folder / "fixtures" / f"{file}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content), "utf-8")
    return spec


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    with live(*load_sources(written(tmp_path_factory.mktemp("shared")))) as mock:
        mock.clock.freeze()
        yield mock


def test_a_key_that_several_types_have_gets_the_name_of_its_type(mock: LiveMock) -> None:
    assert mock.keys == {"Cat": "cat_id", "Dog": "dog_id", "Fish": "fish_id"}
    assert mock.show(1, "Dog-ended") == {"id": 1, "status": "Dog_ended"}
    assert mock.play(1, "Fish-plays") == {"id": 1, "status": "Fish_waits"}
    mock.clock.advance(2)
    for plural, status in (("cats", "Cat_waits"), ("dogs", "Dog_ended"), ("fishs", "Fish_ended")):
        assert call(mock.url, "GET", f"/{plural}/1").json["data"]["status"] == status


def test_a_restart_from_python_names_the_type(mock: LiveMock) -> None:
    for name in TYPES:
        assert mock.restart(2, name) == {"id": 2, "status": f"{name}_waits"}


def test_the_responses_conform_to_the_document_of_the_control_api(mock: LiveMock) -> None:
    api = control_api(mock.mock.context.dataset.spec).api
    schemas, operations = Schemas(api.data), {each.path: each for each in api.operations.values()}
    calls: dict[str, Any] = {
        "/show": {"dog_id": 1, "fixture": "Dog-ended"},
        "/play": {"fish_id": 1, "scenario": "Fish-plays"},
        "/next": {"fish_id": 1, "scenario": "Fish-plays"},
    }
    for path, body in calls.items():
        value = mock.request("POST", path[1:], body)
        response = operations[path].responses[200]
        assert [str(each) for each in schemas.violations(str(response.schema), value)] == []


@pytest.mark.parametrize("name", TYPES)
def test_an_unknown_key_gets_the_error_of_its_type(mock: LiveMock, name: str) -> None:
    own = name.lower()
    with pytest.raises(ControlError, match=f"{own}_not_found; {name} not found; /{own}_id must be"):
        mock.show(9, f"{name}-ended")


@pytest.mark.parametrize("path", ["", "states/Dog-ended", "console", "console?fish_id=2", "map"])
def test_each_curl_command_of_a_page_succeeds(mock: LiveMock, path: str) -> None:
    commands = curl_commands(get_page(mock.address, path))
    assert [each for each in commands if status_of(each) != 200] == []
