"""What an HTTP server for Python can do at best: it reads the body and answers a file's bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ANSWER = Path("answer.json").read_bytes()
HEADERS = [("content-type", "application/json"), ("content-length", str(len(ANSWER)))]


async def app(_scope: Any, protocol: Any) -> None:
    """An application of granian's own interface, RSGI."""
    await protocol()
    protocol.response_bytes(200, HEADERS, ANSWER)
