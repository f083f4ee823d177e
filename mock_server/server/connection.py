"""The connection of a client, as the event loop and the threads see it."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .request_parser import RequestParser

PATIENCE = 60.0  # seconds for a whole request, for a response to be read, and between requests


@dataclass(eq=False)
class Connection:
    """One client.

    since: when the current wait started (monotonic clock, seconds); unsent: the rest of a response;
    last: no further request is handled; draining: our side is closed; in_thread: a thread has it.
    """

    socket: socket.socket
    since: float
    parser: RequestParser
    unsent: bytes = b""
    last: bool = False
    draining: bool = False
    in_thread: bool = False
