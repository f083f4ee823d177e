import itertools
from collections.abc import Iterator

import pytest

from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.server.in_process import running
from tests.helpers.orders import DOCUMENT, TOKENS, Shop

SESSIONS = itertools.count(1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a mock of the orders API, on a socket."""
    with running(mock_of(*load_sources(DOCUMENT))) as address:
        yield address


@pytest.fixture
def shop(address: str) -> Shop:
    """A new session, without a token."""
    return Shop(f"{address}/_s/test-{next(SESSIONS)}")


@pytest.fixture
def ada(shop: Shop) -> Shop:
    """The same session with the token of the first customer."""
    return shop.as_customer(TOKENS[0])


@pytest.fixture
def grace(shop: Shop) -> Shop:
    """The same session with the token of the second customer."""
    return shop.as_customer(TOKENS[1])
