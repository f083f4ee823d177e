"""Static responses for requests of a page outside the contract: from a file, marked, not judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from ..contract.exchange import Response
from ..fixtures.values import StaticResponse

MARK = "X-Mock-Static-Response"
SAFE = "/{}!$&'()*+,;=:@~"  # characters of a path that the header shows unquoted


@dataclass(frozen=True)
class StaticResponses:
    """The static responses of a fixtures folder."""

    entries: tuple[StaticResponse, ...]

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], StaticResponse], ...]:
        return tuple((_pattern(entry.path), entry) for entry in self.entries)

    def response(self, method: str, path: str) -> Response | None:
        """Return the response for a path; None if the file has none."""
        for pattern, entry in self._patterns:
            if entry.method == method and pattern.fullmatch(path):
                headers = (("Content-Type", entry.media_type), (MARK, quote(entry.path, SAFE)))
                return Response(entry.status, headers, entry.body)
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods that have a response at a path."""
        return sorted({e.method for pattern, e in self._patterns if pattern.fullmatch(path)})


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))
