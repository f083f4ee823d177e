"""Get the pages of a mock as a browser does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.copies import FIXTURES
from tests.mock_server.helpers.markup import Element, parsed

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def get_page(
    address: str, path: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Element:
    """Return a page below ``/_mock/``; assert its status and that it is well-formed."""
    reply = browse(address, f"/_mock/{path}", headers)
    assert reply.status == status, (path, reply.status, reply.content[:400])
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return parsed(reply.content.decode())


def browse(address: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the response to a request with the headers of a browser."""
    return call(address, "GET", path, headers={**BROWSER, **(headers or {})})


def fixtures_folder(folder: Path, count: int) -> Path:
    """Return a fixtures folder with ``count`` releases: the shipped ones and copies of them."""
    copy = folder / "fixtures"
    shutil.copytree(FIXTURES, copy)
    shipped = sorted(path for path in (copy / "releases").iterdir())
    small = [path for path in shipped if path.stat().st_size < 20_000]
    for number in range(count - len(shipped)):
        text = small[number % len(small)].read_text("utf-8")
        for name, value in (
            ("package_release_id", f"rel_copy_{number}"),
            ("version", f'"100.0.{number}"'),
            ("is_latest", "false"),
        ):
            text = re.sub(rf"(?m)^  {name}: .*$", lambda _: f"  {name}: {value}", text)  # noqa: B023
        (copy / "releases" / f"copy-{number:03}.yaml").write_text(text, "utf-8")
    return copy
