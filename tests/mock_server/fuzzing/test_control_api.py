"""The control API keeps its own document, for valid and for invalid calls of Schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

import mock_server.control
from mock_server.app.mock import mock_of
from mock_server.server.in_process import running
from tests.helpers.fuzzing import fuzzed
from tests.helpers.shipped import shipped_sources

DOCUMENT = Path(mock_server.control.__file__).with_name("control.yaml")
SCHEMA = schemathesis.openapi.from_path(DOCUMENT)
IS_ACCEPTED = CHECKS.get_one("positive_data_acceptance")
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(mock_of(*shipped_sources())) as address:
        yield f"{address}/_mock"


def modes(operation: Any) -> list[GenerationMode]:
    """Return how calls can be generated: an operation without inputs has no invalid ones."""
    has_inputs = any(list(each) for each in (operation.query, operation.path_parameters))
    return list(GenerationMode) if has_inputs or operation.body else [GenerationMode.POSITIVE]


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(each, mode, id=f"{each.label}-{mode.value}")
        for each in OPERATIONS
        for mode in modes(each)
    ],
)
def test_every_call_of_the_control_api_keeps_its_document(
    operation: Any, mode: GenerationMode, address: str
) -> None:
    @fuzzed(8)
    @given(st.data())
    def calls(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.query.pop("wait", None)  # a valid call may wait for a minute
        # Which names exist depends on the mocked API, so a valid call can be refused.
        case.call_and_validate(base_url=address, excluded_checks=[IS_ACCEPTED])

    calls()
