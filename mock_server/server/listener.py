"""The socket on which the server listens."""

from __future__ import annotations

import os
import socket

from ..contract.violations import ContractError, Violation

BACKLOG = 1024  # connections that may wait to be accepted


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ContractError if that fails."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        fix = "choose another with --port, or --port 0 for a free one"
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(error)
        wrong = Violation("address", f"cannot listen on {host}:{port}: {reason}", fix=fix)
        raise ContractError([wrong]) from None


def url(host: str, port: int) -> str:
    """Return the URL of a host and port."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
