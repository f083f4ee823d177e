"""``mock-server init`` proposes resources, timelines and actions for documents like public ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.exchange import Request
from tests.mock_server.helpers.command_line import run_command

# As in the API of a service for continuous integration: no operationIds, and a path with an owner
RUNS = """
openapi: 3.0.3
info: { title: Runs, version: "1" }
paths:
  /repos/{owner}/{repo}/runs:
    parameters:
      - { name: owner, in: path, required: true, schema: { type: string } }
      - { name: repo, in: path, required: true, schema: { type: string } }
    get:
      responses:
        "200":
          description: Runs
          content:
            application/json:
              schema:
                type: object
                required: [total_count, runs]
                properties:
                  total_count: { type: integer }
                  runs: { type: array, items: { $ref: "#/components/schemas/run" } }
  /repos/{owner}/{repo}/runs/{run_id}:
    parameters:
      - { name: owner, in: path, required: true, schema: { type: string } }
      - { name: repo, in: path, required: true, schema: { type: string } }
      - { name: run_id, in: path, required: true, schema: { type: integer } }
    get:
      responses:
        "200":
          description: Run
          content: { application/json: { schema: { $ref: "#/components/schemas/run" } } }
        "404": { description: Unknown }
    delete: { responses: { "204": { description: Deleted }, "404": { description: Unknown } } }
components:
  schemas:
    run:
      type: object
      required: [id, status]
      properties:
        id: { type: integer }
        status: { type: string, enum: [queued, in_progress, completed] }
        completed_at: { type: string, format: date-time, nullable: true }
"""
# As in the API of a shop and of a service for models: two lifecycles, and verbs below a resource
ORDERS = """
openapi: 3.1.0
info: { title: Orders, version: "1" }
paths:
  /stores/{storeId}:
    get:
      parameters: [{ name: storeId, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: Store
          content: { application/json: { schema: { $ref: "#/components/schemas/Store" } } }
        "404": { description: Unknown }
  /stores:
    get:
      responses:
        "200":
          description: Stores
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Store" } }
  /orders:
    post:
      requestBody:
        content: { application/json: { schema: { $ref: "#/components/schemas/NewOrder" } } }
      responses:
        "201":
          description: Order
          content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
  /orders/{orderId}:
    get:
      parameters: [{ name: orderId, in: path, required: true, schema: { type: integer } }]
      responses:
        "200":
          description: Order
          content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
        "404": { description: Unknown }
  /orders/{orderId}/cancel:
    post:
      parameters: [{ name: orderId, in: path, required: true, schema: { type: integer } }]
      responses:
        "200":
          description: Order
          content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
        "404": { description: Unknown }
        "409": { description: Too late }
components:
  schemas:
    NewOrder: { type: object, properties: { store_id: { type: string } } }
    Store:
      type: object
      required: [id, status]
      properties:
        id: { type: string }
        status: { type: string, enum: [in_progress, completed, expired] }
    Order:
      type: object
      required: [id, store_id, status]
      properties:
        id: { type: integer }
        store_id: { type: string }
        status: { type: string, enum: [placed, approved, delivered, cancelled] }
        created_at: { type: integer, format: unixtime }
"""


def written(folder: Path, text: str) -> Path:
    """Write a document without the anchors of YAML; return its path."""
    spec = folder / "api.json"
    spec.write_text(json.dumps(yaml.safe_load(text)), "utf-8")
    return spec


def initialized(spec: Path) -> tuple[str, Mock]:
    """Run init and check; return what init printed, and a mock of the files."""
    folder = spec.parent / "mock"
    result = run_command("init", "--spec", spec, "--output", folder)
    assert (result.returncode, result.stderr) == (0, "")
    files = ("--overlay", folder / "overlay.yaml", "--fixtures", folder / "fixtures")
    checked = run_command("check", "--spec", spec, *files)
    assert (checked.returncode, checked.stderr) == (0, "")
    sources = load_sources(spec, folder / "fixtures", [folder / "overlay.yaml"])
    return result.stdout, mock_of(*sources)


def send(mock: Mock, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"host": "localhost", "content-type": "application/json"}
    content = b"" if body is None else json.dumps(body).encode()
    response = respond(mock, Request(method, path, (), headers if content else {}, content))
    is_json = response.media_type.endswith("json")
    return response.status, json.loads(response.body) if is_json else None


def test_a_resource_below_other_path_parameters_is_found_by_its_key(tmp_path: Path) -> None:
    printed, mock = initialized(written(tmp_path, RUNS))
    assert "run: the key is id (GET /repos/{owner}/{repo}/runs/{run_id})" in printed
    phases = "queued (waiting), in_progress (running), completed (ended-well)"
    assert f"the status is status: {phases}" in printed
    runs = send(mock, "GET", "/repos/a/b/runs")[1]["runs"]
    assert sorted(each["status"] for each in runs) == ["completed", "in_progress", "queued"]
    for each in runs:
        path = f"/repos/a/b/runs/{each['id']}"
        assert send(mock, "GET", path) == (200, each)
        assert send(mock, "DELETE", path)[0] == 204
        assert send(mock, "GET", path)[0] == 404
    assert send(mock, "GET", "/repos/a/b/runs")[1]["runs"] == []


RESULT = """
conclusion:
  type: [string, "null"]
  enum: [success, failure, neutral, cancelled, skipped, timed_out, action_required, stale, null]
"""


@pytest.mark.parametrize("is_nullable", [True, False], ids=["nullable", "optional"])
def test_a_result_beside_a_status_says_how_it_ended(tmp_path: Path, is_nullable: bool) -> None:
    data = yaml.safe_load(RUNS)
    data["openapi"] = "3.1.0"
    run = data["components"]["schemas"]["run"]
    run["properties"] |= yaml.safe_load(RESULT)
    if not is_nullable:
        del run["properties"]["conclusion"]["type"], run["properties"]["conclusion"]["enum"][-1]
    run["required"] += ["conclusion"] * is_nullable
    item = data["paths"]["/repos/{owner}/{repo}/runs/{run_id}"]
    returned = {"200": item["get"]["responses"]["200"], "404": {"description": "Unknown"}}
    for verb in ("rerun", "cancel"):
        operation = {"responses": {**returned, "409": {"description": "Not now"}}}
        path = f"/repos/{{owner}}/{{repo}}/runs/{{run_id}}/{verb}"
        data["paths"][path] = {"parameters": item["parameters"], "post": operation}

    printed, mock = initialized(written(tmp_path, json.dumps(data)))

    assert "the status is status and conclusion: queued (waiting), in_progress" in printed
    assert "neutral (ended-well), cancelled (ended-badly)" in printed
    runs = send(mock, "GET", "/repos/a/b/runs")[1]["runs"]
    by_result = {each.get("conclusion"): each for each in runs if each["status"] == "completed"}
    assert set(by_result) == set(yaml.safe_load(RESULT)["conclusion"]["enum"]) - {None}
    path = f"/repos/a/b/runs/{by_result['failure']['id']}"
    assert send(mock, "POST", f"{path}/cancel")[0] == 409
    again = send(mock, "POST", f"{path}/rerun")[1]
    assert (again["status"], again.get("conclusion")) == ("queued", None)
    assert ("conclusion" in again) == is_nullable
    stopped = send(mock, "POST", f"{path}/cancel")[1]
    assert (stopped["status"], stopped["conclusion"]) == ("completed", "cancelled")
    send(mock, "POST", f"{path}/rerun")
    send(mock, "POST", "/_mock/clock", {"advance": 60})
    done = send(mock, "GET", path)[1]
    assert (done["status"], done["conclusion"]) == ("completed", "success")


def test_two_lifecycles_get_their_timelines_parents_and_transitions(tmp_path: Path) -> None:
    printed, mock = initialized(written(tmp_path, ORDERS))
    assert "in_progress (running), completed (ended-well), expired (ended-badly)" in printed
    assert "its parent is Store (store_id)" in printed
    store = send(mock, "GET", "/stores")[1][0]["id"]
    status, order = send(mock, "POST", "/orders", {"store_id": store})
    assert (status, order["status"], order["store_id"]) == (201, "placed", store)
    path = f"/orders/{order['id']}"
    assert send(mock, "GET", path) == (200, order)
    assert send(mock, "POST", f"{path}/cancel")[1]["status"] == "cancelled"
    assert send(mock, "POST", f"{path}/cancel")[0] == 409
    assert send(mock, "GET", path)[1]["status"] == "cancelled"
    assert send(mock, "POST", "/orders", {"store_id": "none"})[0] in (400, 404, 422)


@pytest.mark.parametrize("with_init", [True, False])
def test_the_paths_of_a_resource_confirm_its_lookups(tmp_path: Path, with_init: bool) -> None:
    """With the overlay of init, and with nothing but ``x-resource: {}`` in the document."""
    data = yaml.safe_load(ORDERS)
    if with_init:
        _, mock = initialized(written(tmp_path, ORDERS))
    else:
        data["components"]["schemas"]["Store"]["x-resource"] = {}
        for path, item in data["paths"].items():
            for method, operation in item.items():
                operation["operationId"] = f"{method}{path}"
        spec, folder = written(tmp_path, json.dumps(data)), tmp_path / "fixtures"
        folder.mkdir()
        listed = [{"id": f"s{number}", "status": "completed"} for number in range(3)]
        (folder / "stores.yaml").write_text(yaml.safe_dump({"stores": listed}), "utf-8")
        mock = mock_of(*load_sources(spec, folder))
    stores = send(mock, "GET", "/stores")[1]
    assert len(stores) == 3
    for each in stores:
        assert send(mock, "GET", f"/stores/{each['id']}") == (200, each)
    assert send(mock, "GET", "/stores/unknown")[0] == 404
