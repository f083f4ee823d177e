"""The curl commands of a page, and the statuses of their responses."""

from __future__ import annotations

import subprocess

from tests.mock_server.helpers.markup import Element


def status_of(curl: str, **environment: str) -> int:
    """Run a curl command; return the status of the response."""
    command = curl + " --max-time 20 -o /dev/null -w '%{http_code}'"
    completed = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment or None, check=True
    )
    return int(completed.stdout)


def curl_commands(page: Element) -> list[str]:
    """Return the curl commands of a page, without forms that have none yet."""
    codes = [element.one("code").text for element in page.all("div", class_="curl")]
    return [code for code in codes if code]
