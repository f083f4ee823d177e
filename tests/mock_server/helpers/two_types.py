"""A document with two types of resources: jobs, which have a timeline, and their workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCUMENT = """
openapi: 3.1.0
info: { title: Jobs, version: "1", summary: Jobs and the workers that do them }
servers: [{ url: /v2 }]
security: [{ token: [] }]
paths:
  /workers:
    get:
      operationId: listWorkers
      responses:
        "200":
          description: All workers
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Worker" } }
  /workers/{name}:
    parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getWorker
      summary: Get a worker
      responses:
        "200":
          description: The worker
          content: { application/json: { schema: { $ref: "#/components/schemas/Worker" } } }
        "404": { description: No such worker }
  /jobs:
    post:
      operationId: addJob
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/NewJob" } } }
      responses:
        "201":
          description: The new job
          content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } }
  /jobs/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: integer } }
      - { name: region, in: query, required: true, schema: { enum: [north, south] } }
    get:
      operationId: getJob
      summary: Get a job
      responses:
        "200":
          description: The job
          content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } }
        "401": { description: No token }
        "404": { description: No such job }
  /jobs/{id}/retry:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    post:
      operationId: retryJob
      summary: Do a job again
      x-action: { do: restart, who: owner }
      responses:
        "200":
          description: The job
          content: { application/json: { schema: { $ref: "#/components/schemas/Job" } } }
        "401": { description: No token }
        "403": { description: The job of another worker }
        "404": { description: No such job }
  /status:
    get: { operationId: getStatus, responses: { "200": { description: All is well } } }
components:
  securitySchemes: { token: { type: apiKey, in: header, name: X-Key } }
  schemas:
    Worker:
      type: object
      x-resource: {}
      required: [name, capacity]
      properties:
        name: { type: string }
        capacity: { type: integer }
        skills: { type: array, items: { type: string } }
        hired: { type: integer, format: unixtime-ms }
        address: { type: object, properties: { city: { type: string } } }
    Job:
      type: object
      x-resource: { parent: { Worker: worker } }
      x-timeline:
        status: state
        roles: { started_at: startedAt, completed_at: endedAt, error: problem }
      x-invariants:
        - id: problem-exactly-when-failed
          message: a failed job must have a problem, and no other may have one
          rule: (self.problem != null) == (self.state == 'FAILED')
        - id: start-exactly-when-not-queued
          message: a queued job must not have a start, and all others must have one
          rule: (self.startedAt == null) == (self.state == 'QUEUED')
        - id: end-exactly-when-ended
          message: a job must have an end exactly when it is done or failed
          rule: (self.endedAt != null) == (self.state in ['DONE', 'FAILED'])
      required: [id, worker, state, startedAt]
      properties:
        id: { type: integer }
        worker: { type: string }
        state: { $ref: "#/components/schemas/State" }
        startedAt: { type: [integer, "null"], format: unixtime-ms }
        endedAt: { type: integer, format: unixtime-ms }
        problem: { type: string }
    NewJob:
      type: object
      required: [worker]
      properties: { worker: { type: string } }
    State:
      type: string
      enum: [QUEUED, RUNNING, DONE, FAILED]
      x-statuses:
        QUEUED: { phase: waiting }
        RUNNING: { phase: running, color: purple }
        DONE: { phase: ended-well }
        FAILED: { phase: ended-badly }
"""
AT, AT_MS = "2025-06-15T12:00:00Z", 1_749_988_800_000
# Changes of the document that give the workers a timeline too
SECOND_TIMELINE = {
    "x-timeline": {"status": "mode"},
    "required": ["name", "capacity", "mode"],
}
MODE = {"type": "string", "enum": ["idle", "busy"]}
MODE_STATUSES = {"idle": {"phase": "waiting"}, "busy": {"phase": "running"}}

FIXTURES: dict[str, Any] = {
    "workers/ada": {
        "about": {"title": "Ada", "purpose": "Has many skills"},
        "resource": {
            "name": "ada",
            "capacity": 3,
            "skills": ["weld", "paint"],
            "hired": AT_MS,
            "address": {"city": "Bern"},
        },
    },
    "workers/bob": {
        "about": {"title": "<b>Bob</b>"},
        "resource": {"name": "bob", "capacity": 1},
    },
    "jobs/done": {
        "about": {"title": "Done", "purpose": "Shows the duration"},
        "at": AT,
        "resource": {
            "id": 7,
            "worker": "ada",
            "state": "DONE",
            "startedAt": AT_MS - 90_000,
            "endedAt": AT_MS - 30_000,
        },
    },
    "jobs/running": {
        "about": {"title": "Running"},
        "at": AT,
        "resource": {"id": 8, "worker": "bob", "state": "RUNNING", "startedAt": AT_MS - 5_000},
    },
    "jobs/queued": {
        "about": {"title": "Queued"},
        "at": AT,
        "resource": {"id": 9, "worker": "ada", "state": "QUEUED", "startedAt": None},
    },
    "scenarios/works": {
        "about": {"title": "Works"},
        "default": True,
        "from": "queued",
        "steps": [{"at": 2, "state": "RUNNING"}, {"at": 10, "state": "DONE"}],
    },
    "credentials": {
        "credentials": [
            {"token": "ada-key", "Worker": "ada"},
            {"token": "bob-key", "Worker": "bob"},
        ]
    },
}


def two_types(
    folder: Path, second_timeline: bool = False, restarts: bool = True
) -> tuple[Path, Path]:
    """Write the document and its fixtures to a folder; return their paths.

    second_timeline: whether workers have a timeline too, with nothing but a status. restarts:
    whether jobs can be restarted; if not, there is no scenario either.
    """
    data = yaml.safe_load(DOCUMENT)
    if second_timeline:
        worker = data["components"]["schemas"]["Worker"]
        worker |= SECOND_TIMELINE
        worker["properties"]["mode"] = {**MODE, "x-statuses": MODE_STATUSES}
    if not restarts:
        data["paths"]["/jobs/{id}/retry"]["post"]["x-action"] = "none"
    fixtures = folder / "fixtures"
    for name, content in FIXTURES.items():
        if name.startswith("scenarios/") and not restarts:
            continue
        path = fixtures / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if second_timeline and name.startswith("workers/"):
            resource = {**content["resource"], "mode": "idle"}
            content = {**content, "at": AT, "resource": resource}
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    spec = folder / "openapi.yaml"
    spec.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return spec, fixtures
