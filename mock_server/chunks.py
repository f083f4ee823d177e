"""A body that comes in chunks (RFC 9112, section 7.1), as a stream."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BufferedIOBase

LONGEST_LINE = 8 * 1024  # bytes of the head of a chunk, and of a trailer
MOST_TRAILERS = 100
HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


class ChunkError(ValueError):
    """What comes is no body in chunks."""


@dataclass
class Chunks:
    """The bytes of the chunks that a stream holds; extensions and trailers are passed over."""

    stream: BufferedIOBase
    _left: int = 0  # bytes of this chunk that are still to be read
    _ended: bool = False

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, at least one; none at the end. Raises ChunkError."""
        if self._left == 0 and not self._ended:
            self._begin()
        if self._ended or size <= 0:
            return b""
        part = self.stream.read(min(size, self._left))
        if not part:
            raise ChunkError("the body ends in the midst of a chunk")
        self._left -= len(part)
        if self._left == 0 and self._line():
            raise ChunkError("a chunk is as long as it says")
        return part

    def _begin(self) -> None:
        head = self._line()
        found = HEAD.fullmatch(head)
        if found is None:
            raise ChunkError(f"a chunk begins with its size in hexadecimal, not with {head[:40]!r}")
        self._left = int(found[1], 16)
        self._ended = self._left == 0
        if self._ended and all(self._line() for _ in range(MOST_TRAILERS)):
            raise ChunkError(f"a body has fewer than {MOST_TRAILERS} trailers")

    def _line(self) -> bytes:
        line = self.stream.readline(LONGEST_LINE)
        if not line.endswith(b"\r\n"):
            raise ChunkError(f"a line among chunks has at most {LONGEST_LINE} bytes, then CR LF")
        return line[:-2]
