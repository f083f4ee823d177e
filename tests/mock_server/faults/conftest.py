"""A mock with a frozen clock: on a socket, and in this process."""

from collections.abc import Iterator

import pytest

from mock_server.app.mock import Mock, mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from tests.mock_server.helpers.clocks import START
from tests.mock_server.helpers.faulty import JUDGE, SHIPPED, Live


@pytest.fixture
def live() -> Iterator[Live]:
    mock = mock_of(JUDGE, SHIPPED, clock=lambda: START)
    with running(mock) as address:
        yield Live(mock, address)


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures, clock=lambda: START)
