"""The objects of OpenAPI 3.1: the fields of each, and what the value of each field is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True)
class Form:
    """What a value is: an object of a kind of SHAPES, or a "text", a "flag" or any value.

    container: "list" or "map" if the value contains several of them.
    """

    kind: str
    container: str = ""


def _list(kind: str) -> Form:
    return Form(kind, "list")


def _map(kind: str) -> Form:
    return Form(kind, "map")


TEXT, FLAG, ANY, SCHEMA = Form("text"), Form("flag"), Form("any"), Form("schema")

_ABOUT = {"summary": TEXT, "description": TEXT}
_VALUE = {
    **_ABOUT,
    **dict.fromkeys(
        ("required", "deprecated", "allowEmptyValue", "explode", "allowReserved"), FLAG
    ),
    "style": TEXT,
    "schema": SCHEMA,
    "content": _map("media type"),
    "example": ANY,
    "examples": _map("example"),
}

# Kind of an object → its fields. A field that starts with x- may have any value.
SHAPES: Mapping[str, Mapping[str, Form]] = {
    "document": {
        "openapi": ANY,
        "$self": ANY,
        "$schema": ANY,
        "jsonSchemaDialect": ANY,
        "info": Form("info"),
        "externalDocs": ANY,
        "servers": _list("server"),
        "paths": _map("path item"),
        "webhooks": ANY,
        "components": Form("components"),
        "security": _list("security requirement"),
        "tags": _list("tag"),
        "x-outside": _map("response"),
    },
    "info": {
        **_ABOUT,
        "title": TEXT,
        "version": TEXT,
        "termsOfService": ANY,
        "contact": ANY,
        "license": ANY,
    },
    "tag": {**_ABOUT, "name": TEXT, "externalDocs": ANY, "parent": ANY, "kind": ANY},
    "server": {
        "url": TEXT,
        "description": TEXT,
        "name": ANY,
        "variables": _map("server variable"),
    },
    "server variable": {"enum": _list("text"), "default": TEXT, "description": TEXT},
    "path item": {
        **_ABOUT,
        **dict.fromkeys(METHODS, Form("operation")),
        "servers": _list("server"),
        "parameters": _list("parameter"),
        "query": ANY,
        "additionalOperations": ANY,
    },
    "operation": {
        **_ABOUT,
        "tags": _list("text"),
        "externalDocs": ANY,
        "operationId": ANY,  # openapi/operations checks it
        "parameters": _list("parameter"),
        "requestBody": Form("request body"),
        "responses": _map("response"),
        "callbacks": ANY,
        "deprecated": FLAG,
        "security": _list("security requirement"),
        "servers": _list("server"),
    },
    "parameter": {"name": TEXT, "in": TEXT, **_VALUE},
    "header": _VALUE,
    "request body": {**_ABOUT, "content": _map("media type"), "required": FLAG},
    "media type": {
        "schema": SCHEMA,
        "itemSchema": SCHEMA,
        "example": ANY,
        "examples": _map("example"),
        "encoding": _map("encoding"),
        "prefixEncoding": ANY,
        "itemEncoding": ANY,
    },
    "encoding": {
        "contentType": TEXT,
        "headers": _map("header"),
        "style": TEXT,
        "explode": FLAG,
        "allowReserved": FLAG,
        "encoding": ANY,
        "prefixEncoding": ANY,
        "itemEncoding": ANY,
    },
    "response": {
        **_ABOUT,
        "headers": _map("header"),
        "content": _map("media type"),
        "links": _map("link"),
    },
    "link": {
        "operationRef": TEXT,
        "operationId": TEXT,
        "parameters": _map("any"),
        "requestBody": ANY,
        "description": TEXT,
        "server": ANY,
    },
    "example": {
        **_ABOUT,
        "value": ANY,
        "externalValue": TEXT,
        "dataValue": ANY,
        "serializedValue": ANY,
    },
    "components": {
        "schemas": _map("schema"),
        "responses": _map("response"),
        "parameters": _map("parameter"),
        "examples": _map("example"),
        "requestBodies": _map("request body"),
        "headers": _map("header"),
        "securitySchemes": _map("security scheme"),
        "links": _map("link"),
        "callbacks": ANY,
        "pathItems": ANY,
        "mediaTypes": _map("media type"),
    },
    "security scheme": {
        **dict.fromkeys(("type", "description", "name", "in", "scheme", "bearerFormat"), TEXT),
        "flows": _map("flow"),
        "openIdConnectUrl": TEXT,
        "oauth2MetadataUrl": ANY,
        "deprecated": FLAG,
    },
    "flow": {
        **dict.fromkeys(
            ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"), TEXT
        ),
        "scopes": _map("text"),
    },
    "security requirement": {},
}

# Kinds whose objects may be a reference to another one.
REFERABLE = {
    *("parameter", "header", "request body", "response", "link", "example", "security scheme"),
    *("media type", "path item"),
}
# Members beside a $ref that have a meaning.
BESIDE_REF = ("summary", "description")

# Kind of an object → the fields that it must have, each with the value to assume.
REQUIRED: Mapping[str, Mapping[str, object]] = {
    "info": {"title": "API", "version": "1.0.0"},
    "server": {"url": "/"},
    "response": {"description": ""},
    "request body": {"content": {}},
}
# (kind, field) → the values that it may have.
VALUES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("parameter", "in"): ("query", "header", "path", "cookie"),
    ("security scheme", "type"): ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"),
}
