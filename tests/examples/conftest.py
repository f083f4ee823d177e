from collections.abc import Iterator

import pytest

from tests.helpers.example_server import start


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The base URL of a releases server without planted bugs."""
    with start() as url:
        yield url
