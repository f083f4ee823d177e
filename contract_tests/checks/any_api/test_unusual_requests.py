"""Sends unusual methods, paths and bodies. The recorder judges the responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation

from ...cases import edge_cases
from ...cases.valid_requests import ValidRequests
from ...run.run import Run
from ...target.paths import fill, parameter_names
from ...target.target import JSON

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
DEEPEST = 200  # levels; many JSON libraries fail at more, and no client sends them
LONGEST_NUMBER = b"9" * 400
# Values that a server may accept and return again, although they are not valid in JSON
NOT_RETURNED = (b"\\ud", b"NaN", b"Infinity", b"e309", b"e99999", LONGEST_NUMBER)


def path_of(run: Run, template: str) -> str:
    """Return a path with known ids, where some are known."""
    names = parameter_names(template)
    known = run.ids.of(template) or [()]
    values = dict(zip(names, known[0], strict=False))
    return fill(template, {**dict.fromkeys(names, "unknown"), **values})


def test_undocumented_methods(run: Run, api_path: str) -> None:
    """A method that the document does not have breaks nothing."""
    operations = [each for each in run.spec.operations.values() if each.path == api_path]
    documented = {operation.method for operation in operations}
    changing = set() if not run.settings.read_only else {"POST", "PUT", "PATCH", "DELETE"}
    for method in METHODS:
        if method not in documented | changing | {"DELETE"}:
            run.client.session.send_request(method, path_of(run, api_path))


def test_unknown_paths_of_the_api(run: Run, api_path: str) -> None:
    """A path that the document does not have breaks nothing."""
    path = path_of(run, api_path)
    for other in (f"{path}/", f"{path}/no/such/path", f"{path}x"):
        run.client.session.send_request("GET", other)


def test_unusual_bodies(run: Run, valid_requests: ValidRequests, json_operation: Operation) -> None:
    """A body that is not JSON is an error of the client, and breaks nothing."""
    for case in valid_requests.of(json_operation, 4):
        valid = case.body
        if isinstance(valid, dict):
            for body in bodies(valid):
                case.call(session=run.client.session, data=body, headers={"Content-Type": JSON})
            return
    pytest.skip("the body is no object")


def bodies(valid: dict[str, Any]) -> Iterator[bytes]:
    """Yield bodies that are not strict JSON, and unknown keys with extreme values."""
    text = json.dumps(valid)
    for body in (*edge_cases.bodies(valid), *edge_cases.extreme_bodies(valid)):
        nested = max(body.count(b"["), body.count(b'{"a": '))
        is_returned = not any(part in body for part in NOT_RETURNED)
        if nested <= DEEPEST and is_returned and body != text.encode():
            yield body
