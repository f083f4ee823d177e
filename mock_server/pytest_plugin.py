"""The pytest fixture ``mock``: a mock on a free port, new for each test.

def test_a_rebuild(mock):
    release = mock.restart("rel_failed_transpilation")
    page.goto(f"{my_page}?api={mock.url}")
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .live import LiveMock

OVERLAY = "overlay"
SOURCES = {
    "spec": "OpenAPI document of the mock",
    OVERLAY: "OpenAPI Overlay that changes the document",
    "fixtures": "folder of fixtures of the mock",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option for each source of the mock; each can also be set in the ini file."""
    group = parser.getgroup("mock-server", "mock server")
    for name, description in SOURCES.items():
        option, repeated = f"--mock-{name}", f"{description}; repeatable"
        if name == OVERLAY:
            group.addoption(option, action="append", default=[], metavar="PATH", help=repeated)
            parser.addini(f"mock_{name}", f"{description}; one in each line", "linelist")
        else:
            group.addoption(option, default=None, metavar="PATH", help=description)
            parser.addini(f"mock_{name}", description, default=None)


@pytest.fixture(scope="session")
def _mock_sources(request: pytest.FixtureRequest) -> Any:
    """The spec and the fixtures, loaded once per test run."""
    from .contract.violations import ContractError
    from .live import load_sources

    config = request.config

    def paths(name: str) -> list[Path]:
        found = config.getoption(f"--mock-{name}") or config.getini(f"mock_{name}") or []
        return [config.rootpath / each for each in ([found] if isinstance(found, str) else found)]

    spec, fixtures = ((*paths(name), None)[0] for name in ("spec", "fixtures"))
    try:
        return load_sources(spec, fixtures, paths(OVERLAY))
    except ContractError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def mock(_mock_sources: Any) -> Iterator[LiveMock]:
    """A mock on a free port of 127.0.0.1, new for each test."""
    from .live import live

    with live(*_mock_sources) as running:
        yield running
