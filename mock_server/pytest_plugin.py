"""The pytest fixture ``mock``: a live mock on a free port, one line in a test.

def test_a_rebuild(mock):
    release = mock.rebuild("rel_failed_transpilation")
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
    """``--mock-spec`` and ``--mock-fixtures``, each also in the ini file."""
    group = parser.getgroup("mock-server", "the mock of the contract")
    for name, what in (("spec", "openapi.yaml of the mock"), ("fixtures", "folder of fixtures")):
        group.addoption(f"--mock-{name}", default=None, metavar="PATH", help=what)
        parser.addini(f"mock_{name}", what, default=None)


@pytest.fixture(scope="session")
def _mock_sources(request: pytest.FixtureRequest) -> Any:
    """The spec and fixtures, read and judged once in a test run."""
    from .live import sources

    def path(name: str) -> Path | None:
        given = request.config.getoption(f"--mock-{name}") or request.config.getini(f"mock_{name}")
        return request.config.rootpath / given if given else None

    return sources(path("spec"), path("fixtures"))


@pytest.fixture
def mock(_mock_sources: Any) -> Iterator[LiveMock]:
    """A live mock on a free port of 127.0.0.1, begun anew for each test."""
    from .live import live

    with live(*_mock_sources) as running:
        yield running
