"""A document with timestamps in all formats, at the top and nested, with and without a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCUMENT = """
openapi: 3.1.0
info: { title: Sensors, version: "1" }
paths:
  /sites:
    get:
      operationId: listSites
      responses:
        "200":
          description: All sites
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Site" } }
    post:
      operationId: createSite
      requestBody:
        content: { application/json: { schema: { $ref: "#/components/schemas/NewSite" } } }
      responses:
        "201":
          description: The new site
          content: { application/json: { schema: { $ref: "#/components/schemas/Site" } } }
  /sites/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get:
      operationId: getSite
      responses:
        "200":
          description: The site
          content: { application/json: { schema: { $ref: "#/components/schemas/Site" } } }
        "404": { description: Unknown }
  /sensors/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getSensor
      responses:
        "200":
          description: The sensor
          content: { application/json: { schema: { $ref: "#/components/schemas/Sensor" } } }
        "404": { description: Unknown }
  /sensors/{id}/restart:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    post:
      operationId: restartSensor
      x-action: restart
      responses:
        "200":
          description: The sensor
          content: { application/json: { schema: { $ref: "#/components/schemas/Sensor" } } }
        "404": { description: Unknown }
  /sensors/{id}/stop:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    post:
      operationId: stopSensor
      x-action: { do: transition, from: running, set: { state: stopped } }
      responses:
        "200":
          description: The sensor
          content: { application/json: { schema: { $ref: "#/components/schemas/Sensor" } } }
        "404": { description: Unknown }
        "409": { description: Not running }
components:
  schemas:
    Seconds: { type: integer, format: unixtime }
    Milliseconds: { type: integer, format: unixtime-ms }
    NewSite: { type: object, properties: { label: { type: string } } }
    Site:
      type: object
      x-resource: {}
      required: [id, opened]
      properties:
        id: { type: integer }
        label: { type: string }
        opened: { $ref: "#/components/schemas/Milliseconds" }
        checked: { anyOf: [{ $ref: "#/components/schemas/Seconds" }, { type: "null" }] }
        visits:
          type: array
          items:
            type: object
            properties:
              at: { $ref: "#/components/schemas/Seconds" }
              until: { type: string, format: date-time }
              by: { type: string }
    Sensor:
      type: object
      x-resource: {}
      x-timeline:
        status: state
        roles: { started_at: since, completed_at: ended, logs: readings }
        duration: took
      required: [id, state, installed]
      properties:
        id: { type: string }
        state:
          type: string
          enum: [idle, measuring, stopped, failed]
          x-statuses:
            idle: { phase: waiting }
            measuring: { phase: running }
            stopped: { phase: ended-well }
            failed: { phase: ended-badly }
        installed: { $ref: "#/components/schemas/Seconds" }
        battery:
          type: object
          properties: { changed: { $ref: "#/components/schemas/Milliseconds" } }
        since: { $ref: "#/components/schemas/Milliseconds" }
        ended: { $ref: "#/components/schemas/Seconds" }
        took: { type: integer }
        readings:
          type: array
          items:
            type: object
            properties:
              at: { $ref: "#/components/schemas/Milliseconds" }
              value: { type: number }
"""
AT, AT_MS = "2025-06-15T12:00:00Z", 1_749_988_800_000
AT_S = AT_MS // 1000
SENSOR: dict[str, Any] = {
    "id": "s1",
    "state": "measuring",
    "installed": AT_S - 3600,
    "battery": {"changed": AT_MS - 60_000},
    "since": AT_MS - 5000,
    "readings": [{"at": AT_MS - 4000, "value": 20.5}],
}
SITE: dict[str, Any] = {
    "id": 1,
    "opened": AT_MS - 86_400_000,
    "checked": AT_S - 10,
    "visits": [
        {"at": AT_S - 20, "until": "2025-06-15T11:59:50Z", "by": "ada"},
        {"at": AT_S - 5, "by": "bob"},
    ],
}
FILES: dict[str, Any] = {
    "sites/open": {"about": {"title": "Open"}, "at": AT, "resource": SITE},
    "sites/still": {"about": {"title": "Not shifted"}, "resource": {**SITE, "id": 2}},
    "sites": {"sites": [{"id": 3, "opened": AT_MS}, {"id": 4, "opened": AT_MS, "label": "four"}]},
    "sensors/measuring": {"about": {"title": "Measuring"}, "at": AT, "resource": SENSOR},
    "sensors/idle": {
        "about": {"title": "Idle"},
        "at": AT,
        "resource": {"id": "s2", "state": "idle", "installed": AT_S},
    },
    "scenarios/measures": {
        "about": {"title": "Measures and fails"},
        "from": "idle",
        "default": True,
        "steps": [
            {"at": 1.5, "state": "measuring"},
            {"at": 4, "state": "failed", "readings": [{"at": AT_MS, "value": 1}]},
        ],
    },
}


def sensors(folder: Path, **files: Any) -> tuple[Path, Path]:
    """Write the document and its fixtures to a folder; return their paths.

    files: other contents of files, by their names; None for no file.
    """
    spec, fixtures = folder / "openapi.yaml", folder / "fixtures"
    spec.write_text(DOCUMENT, "utf-8")
    for name, content in {**FILES, **files}.items():
        path = fixtures / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
            path.write_text(text, "utf-8")
    return spec, fixtures
