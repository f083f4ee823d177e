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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--mock-spec`` and ``--mock-fixtures``; each can also be set in the ini file."""
    group = parser.getgroup("mock-server", "mock server")
    options = {"spec": "OpenAPI document of the mock", "fixtures": "folder of fixtures of the mock"}
    for name, description in options.items():
        group.addoption(f"--mock-{name}", default=None, metavar="PATH", help=description)
        parser.addini(f"mock_{name}", description, default=None)


@pytest.fixture(scope="session")
def _mock_sources(request: pytest.FixtureRequest) -> Any:
    """The spec and the fixtures, loaded once per test run."""
    from .live import load_sources

    def path(name: str) -> Path | None:
        config = request.config
        option = config.getoption(f"--mock-{name}") or config.getini(f"mock_{name}")
        return config.rootpath / option if option else None

    return load_sources(path("spec"), path("fixtures"))


@pytest.fixture
def mock(_mock_sources: Any) -> Iterator[LiveMock]:
    """A mock on a free port of 127.0.0.1, new for each test."""
    from .live import live

    with live(*_mock_sources) as running:
        yield running
