"""Small OpenAPI documents as dictionaries, and the judge of their requests."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mock_server.contract.document.loading import load
from mock_server.contract.document.operation import Operation
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Request
from mock_server.contract.judge import judge_of
from mock_server.contract.requests import Accepted, Rejected, RequestJudge

OK = {"200": {"description": "OK"}}


def document(
    paths: Mapping[str, Any], schemas: Mapping[str, Any] | None = None, **components: Any
) -> dict[str, Any]:
    """Return a document with these path items and components."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "A small document", "version": "1"},
        "paths": paths,
        "components": {"schemas": dict(schemas or {}), **components},
    }


def operation(*parameters: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return an operation with these parameters."""
    return {"parameters": list(parameters), "responses": OK, **members}


def parameter(name: str, schema: Any, location: str = "query", **members: Any) -> dict[str, Any]:
    """Return a parameter; one of the path is required."""
    required = {"required": True} if location == "path" else {}
    return {"name": name, "in": location, "schema": schema, **required, **members}


def spec_of(data: Mapping[str, Any]) -> Spec:
    """Load a document."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(data), "utf-8")
        return load(path)


class OneOperation:
    """The judge of the only operation of a document."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.spec = spec_of(data)
        self.responses = judge_of(self.spec)
        self.judge = RequestJudge(self.spec, self.responses.schemas)
        (self.operation,) = self.spec.operations.values()

    def verdict(self, **parts: Any) -> Accepted | Rejected:
        """Return the verdict on a request; ``path`` has the texts of the path parameters."""
        path = parts.pop("path", None)
        request = Request(self.operation.method, self.operation.path, **parts)
        return self.judge.judge(self.operation, request, path)

    def accepted(self, **parts: Any) -> Accepted:
        """Return the verdict on a request that must be valid."""
        verdict = self.verdict(**parts)
        assert isinstance(verdict, Accepted), verdict
        return verdict

    def messages(self, **parts: Any) -> list[str]:
        """Return the violations of a request that must be invalid."""
        verdict = self.verdict(**parts)
        assert isinstance(verdict, Rejected), verdict
        return [str(violation) for violation in verdict.violations]


def with_parameters(*parameters: Mapping[str, Any], **components: Any) -> OneOperation:
    """Return the judge of an operation with these parameters."""
    names = [each["name"] for each in parameters if each["in"] == "path"]
    path = "/resources" + "".join(f"/{{{name}}}" for name in names)
    return OneOperation(document({path: {"get": operation(*parameters)}}, **components))


def with_body(content: Mapping[str, Any], required: bool = True, **components: Any) -> OneOperation:
    """Return the judge of an operation with these bodies."""
    body = {"required": required, "content": content}
    posted = operation(requestBody=body)
    return OneOperation(document({"/resources": {"post": posted}}, **components))


def operations_of(spec: Spec) -> dict[str, Operation]:
    """Return the operations of a spec by their paths."""
    return {each.path: each for each in spec.operations.values()}
