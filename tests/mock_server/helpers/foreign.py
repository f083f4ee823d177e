"""An OpenAPI document without any extension of this project: the API of a library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

LIBRARY = """
openapi: 3.1.0
info: {title: Library, version: "2.3", summary: Books and loans, description: "Borrow `books`."}
servers: [{url: "https://library.example/v1"}]
tags: [{name: books, description: "What can be borrowed"}, {name: loans}]
security: [{key: []}]
paths:
  /books:
    get:
      tags: [books]
      operationId: listBooks
      summary: List books
      security: []
      parameters:
        - {name: shelf, in: query, schema: {type: array, items: {type: string}}}
      responses:
        "200":
          description: The books
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Book"}}
              examples:
                two: {value: [{isbn: "978-1", title: Emma}, {isbn: "978-2", title: Dune}]}
                none: {summary: An empty shelf, value: []}
        default: {$ref: "#/components/responses/Problem"}
    post:
      tags: [books]
      operationId: addBook
      summary: Add a book
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/Book"}}
      responses:
        "201":
          description: Added
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
        "4XX": {$ref: "#/components/responses/Problem"}
  /books/{isbn}:
    parameters: [{name: isbn, in: path, required: true, schema: {type: string, pattern: "^978-\\\\d+$"}}]
    get:
      tags: [books]
      operationId: getBook
      responses:
        "200":
          description: One book
          content:
            application/json: {schema: {$ref: "#/components/schemas/Book"}}
            application/xml: {schema: {$ref: "#/components/schemas/Book"}}
        "404": {$ref: "#/components/responses/Problem"}
    delete:
      tags: [books]
      operationId: removeBook
      responses: {"204": {description: Removed}}
    put:
      operationId: replaceCover
      parameters: [{name: X-Reason, in: header, required: true, schema: {type: string, minLength: 2}}]
      requestBody:
        content:
          multipart/form-data:
            schema:
              {type: object, required: [kind], properties: {kind: {enum: [front, back]}}}
      responses: {"200": {description: Replaced, content: {text/plain: {schema: {type: string}}}}}
  /books/{isbn}/loans:
    parameters: [{name: isbn, in: path, required: true, schema: {type: string, pattern: "^978-\\\\d+$"}}]
    post:
      tags: [loans]
      operationId: borrowBook
      description: |
        Borrow a book <script>alert(1)</script>.
      responses:
        "200": {description: Lent, content: {application/json: {schema: {$ref: "#/components/schemas/Loan"}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}
  responses:
    Problem:
      description: What went wrong
      content:
        application/json:
          schema: {$ref: "#/components/schemas/Problem"}
          example: {code: 17, message: Not possible}
  schemas:
    Book:
      type: object
      required: [isbn, title]
      properties: {isbn: {type: string}, title: {type: string}, sequel: {$ref: "#/components/schemas/Book"}}
    Loan:
      type: object
      required: [book, due]
      properties: {book: {$ref: "#/components/schemas/Book"}, due: {type: string, format: date}}
    Problem:
      type: object
      required: [code, message]
      properties: {code: {type: integer}, message: {type: string}}
"""  # noqa: E501 - one line for each parameter and property


def library(folder: Path, **changes: Any) -> Path:
    """Write the document into a folder, with members of its root replaced. Return its path."""
    path = folder / "library.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(LIBRARY), **changes}, sort_keys=False), "utf-8"
    )
    return path


def large_document(folder: Path, operations: int = 1000) -> Path:
    """Write a document with many operations. Return its path."""
    paths = {
        f"/area{number % 40}/items{number}/{{id}}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
            ],
            "get": {
                "tags": [f"area{number % 40}"],
                "operationId": f"get{number}",
                "summary": f"Get item {number}",
                "responses": {
                    "200": {
                        "description": "The item",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                        },
                    },
                    "default": {"description": "Any problem"},
                },
            },
        }
        for number in range(operations)
    }
    properties = {f"field{number}": {"type": "string"} for number in range(20)}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Item": {"type": "object", "properties": properties}}},
    }
    path = folder / "large.yaml"
    path.write_text(yaml.dump(document, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)))
    return path
