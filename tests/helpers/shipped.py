"""The shipped spec and fixtures, loaded once per process."""

from functools import cache

from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import load_sources


@cache
def shipped_sources() -> tuple[Judge, Fixtures]:
    """Return the judge of the shipped spec, and the shipped fixtures."""
    return load_sources()
