from collections.abc import Iterator

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from tests.helpers.requests import call, mounted
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock


@pytest.fixture(scope="session")
def shipped() -> tuple[Judge, Fixtures]:
    """Return the judge of the shipped spec, and the shipped fixtures."""
    return shipped_sources()


@pytest.fixture(scope="session")
def judge(shipped: tuple[Judge, Fixtures]) -> Judge:
    return shipped[0]


@pytest.fixture(scope="session")
def fixtures(shipped: tuple[Judge, Fixtures]) -> Fixtures:
    return shipped[1]


@pytest.fixture(scope="session")
def address(shipped: tuple[Judge, Fixtures]) -> Iterator[str]:
    """Yield the address, without a socket, of a mock with a frozen clock that no test changes."""
    with mounted(mock_of(*shipped, clock=ManualClock())) as address:
        yield address


@pytest.fixture
def clock() -> ManualClock:
    """Return the wall clock of `base`, which the test sets."""
    return ManualClock()


@pytest.fixture
def base(shipped: tuple[Judge, Fixtures], clock: ManualClock) -> Iterator[str]:
    """Yield the base URL, without a socket, of a new mock whose wall clock is `clock`."""
    with mounted(mock_of(*shipped, clock=clock)) as address:
        call(address, "GET", "/_mock/clock")  # starts the session
        yield f"{address}/api"
