"""A document whose keys are texts with any character, and a text and a number together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DOCUMENT = """
openapi: 3.1.0
info: { title: Notes, version: "1" }
paths:
  /tags:
    get: { operationId: listTags, responses: { "200": { $ref: "#/components/responses/Tags" } } }
    post:
      operationId: createTag
      requestBody: { $ref: "#/components/requestBodies/Tag" }
      responses:
        "201": { $ref: "#/components/responses/Tag" }
        "409": { description: Exists }
  /tags/{name}:
    parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getTag
      responses:
        "200": { $ref: "#/components/responses/Tag" }
        "404": { description: Unknown }
    put:
      operationId: replaceTag
      requestBody: { $ref: "#/components/requestBodies/Tag" }
      responses:
        "200": { $ref: "#/components/responses/Tag" }
        "404": { description: Unknown }
    delete:
      operationId: deleteTag
      responses: { "204": { description: Deleted }, "404": { description: Unknown } }
  /tags/{name}/repeat:
    parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
    post:
      operationId: repeatTag
      x-action: restart
      responses:
        "200": { $ref: "#/components/responses/Tag" }
        "404": { description: Unknown }
  /owners/{owner}/notes:
    parameters: [{ $ref: "#/components/parameters/Owner" }]
    get: { operationId: listNotes, responses: { "200": { $ref: "#/components/responses/Notes" } } }
    post:
      operationId: createNote
      requestBody: { $ref: "#/components/requestBodies/Note" }
      responses:
        "201": { $ref: "#/components/responses/Note" }
        "409": { description: Exists }
  /owners/{owner}/notes/{number}:
    parameters:
      - { $ref: "#/components/parameters/Owner" }
      - { name: number, in: path, required: true, schema: { type: integer } }
    get:
      operationId: getNote
      responses:
        "200": { $ref: "#/components/responses/Note" }
        "404": { description: Unknown }
    patch:
      operationId: updateNote
      requestBody: { $ref: "#/components/requestBodies/Note" }
      responses:
        "200": { $ref: "#/components/responses/Note" }
        "404": { description: Unknown }
    delete:
      operationId: deleteNote
      responses: { "204": { description: Deleted }, "404": { description: Unknown } }
components:
  parameters:
    Owner: { name: owner, in: path, required: true, schema: { type: string } }
  requestBodies:
    Tag:
      required: true
      content: { application/json: { schema: { $ref: "#/components/schemas/Tag" } } }
    Note:
      required: true
      content:
        application/json:
          schema:
            type: object
            properties: { number: { type: integer }, text: { type: string } }
  responses:
    Tag:
      description: A tag
      content: { application/json: { schema: { $ref: "#/components/schemas/Tag" } } }
    Tags:
      description: All tags
      content:
        application/json:
          schema: { type: array, items: { $ref: "#/components/schemas/Tag" } }
    Note:
      description: A note
      content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } }
    Notes:
      description: The notes of an owner
      content:
        application/json:
          schema: { type: array, items: { $ref: "#/components/schemas/Note" } }
  schemas:
    Tag:
      type: object
      x-resource: {}
      x-timeline: { status: status }
      required: [name, status]
      properties:
        name: { type: string }
        label: { type: string }
        status:
          type: string
          default: new
          enum: [new, old]
          x-statuses: { new: { phase: waiting }, old: { phase: ended-well } }
    Note:
      type: object
      x-resource: { key: [owner, number] }
      x-timeline: { status: status }
      required: [owner, number, status]
      properties:
        owner: { type: string }
        number: { type: integer }
        text: { type: string }
        status:
          type: string
          enum: [open, closed]
          x-statuses: { open: { phase: running }, closed: { phase: ended-well } }
"""
# Names that a path, a query or a fixture can hold in several ways
NAMES = (
    *("a/b", "a b", "é日本", "100%", "%2F", "a%2Fb", "a+b", "a?b#c", "a;b=c", "a&b", "~1", "a~b"),
    *("🦊", 'say "hi"', "<b>", "a.b", "..", "7", "null", "a\\b", "a:b@c", "{name}", "x*", "'"),
)
AT = "2025-06-15T12:00:00Z"


def unusual_keys(folder: Path) -> tuple[Path, Path]:
    """Write the document and its fixtures to a folder; return their paths."""
    spec, fixtures = folder / "openapi.yaml", folder / "fixtures"
    spec.write_text(DOCUMENT, "utf-8")
    files: dict[str, Any] = {
        f"tags/tag-{number}": {"name": name, "status": "new"} for number, name in enumerate(NAMES)
    }
    files |= {
        f"notes/note-{number}": {"owner": owner, "number": number, "status": "open"}
        for number, owner in enumerate(("ada", "a/b", "a~1b", "é ü", "%2F"), 1)
    }
    for name, resource in files.items():
        path = fixtures / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"about": {"title": name}, "at": AT, "resource": resource}
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    scenario = {
        "about": {"title": "Ages"},
        "from": "tag-0",
        "default": True,
        "steps": [{"at": 1, "status": "old"}],
    }
    (fixtures / "scenarios").mkdir()
    (fixtures / "scenarios" / "ages.yaml").write_text(yaml.safe_dump(scenario), "utf-8")
    return spec, fixtures
