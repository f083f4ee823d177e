"""A client's connection, as the loop and the threads beside it see it."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .request_parser import Incoming

PATIENCE = 60.0  # seconds for a request to come whole, for an answer to be taken, between requests


@dataclass(eq=False)
class Connection:
    """One client. since: when what is waited for began; away: a thread has it."""

    socket: socket.socket
    since: float
    incoming: Incoming
    unsent: bytes = b""
    last: bool = False  # nothing is answered any more
    lingers: bool = False
    away: bool = False
