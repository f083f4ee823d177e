"""Sends valid requests of every operation, with known ids. The recorder judges the responses."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation

from ...cases.valid_requests import ValidRequests
from ...run import schemathesis_cases
from ...run.run import Run
from ...target.paths import item_path

ATTEMPTS = 12  # valid requests until one is successful


def test_valid_requests_succeed(
    run: Run, valid_requests: ValidRequests, api_operation: Operation
) -> None:
    """A valid request is successful: with the examples of the document, else with simple values."""
    if api_operation.method == "DELETE" and item_path(api_operation.path):
        pytest.skip("test_a_deleted_item_is_gone deletes what it has created")
    for case in valid_requests.of(api_operation, ATTEMPTS):
        schemathesis_cases.send(run, case)
        if api_operation.id in run.recorder.verified:
            break
