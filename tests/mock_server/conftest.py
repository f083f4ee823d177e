from collections.abc import Iterator

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from tests.helpers.requests import ask, mounted
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock


@pytest.fixture(scope="session")
def shipped() -> tuple[Judge, Fixtures]:
    """The judge of the shipped spec, and the shipped fixtures."""
    return shipped_sources()


@pytest.fixture(scope="session")
def judge(shipped: tuple[Judge, Fixtures]) -> Judge:
    return shipped[0]


@pytest.fixture(scope="session")
def fixtures(shipped: tuple[Judge, Fixtures]) -> Fixtures:
    return shipped[1]


@pytest.fixture(scope="session")
def resting(shipped: tuple[Judge, Fixtures]) -> Iterator[str]:
    """The address of a mock whose clock stands still and in which nobody rebuilds."""
    with mounted(mock_of(*shipped, clock=ManualClock())) as address:
        yield address


@pytest.fixture
def hand() -> ManualClock:
    """The wall clock of `mock` and `base`, set by hand."""
    return ManualClock()


@pytest.fixture
def base(shipped: tuple[Judge, Fixtures], hand: ManualClock) -> Iterator[str]:
    """The base URL of a mock that begins with the test and runs by `hand`."""
    with mounted(mock_of(*shipped, clock=hand)) as address:
        ask(address, "GET", "/")  # now the session has begun
        yield f"{address}/api"
