from collections.abc import Iterator

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from tests.mock_server.helpers.clocks import ManualClock


@pytest.fixture(scope="session")
def address(shipped: tuple[Judge, Fixtures]) -> Iterator[str]:
    """The address of a mock on a socket, with a frozen clock, that no test changes."""
    with running(mock_of(*shipped, clock=ManualClock())) as address:
        yield address


@pytest.fixture
def base(shipped: tuple[Judge, Fixtures]) -> Iterator[str]:
    """The base URL of a new mock on a socket, with a frozen clock."""
    with running(mock_of(*shipped, clock=ManualClock())) as address:
        yield f"{address}/api"
