"""The socket on which the server listens."""

from __future__ import annotations

import os
import socket

from ..contract.violations import ContractError, Violation

BACKLOG = 1024  # connections that may wait to be accepted


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ContractError if that fails."""
    bare = host.removeprefix("[").removesuffix("]")  # as in a URL
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # Every address: of IPv4 too, as other servers do
    both = bare == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            (bare, port), family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except (OSError, OverflowError) as error:
        fix = "choose another with --port, or --port 0 for a free one"
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(error)
        where = url(host, port).removeprefix("http://")
        wrong = Violation("address", f"cannot listen on {where}: {reason}", fix=fix)
        raise ContractError([wrong]) from None


def url(host: str, port: int) -> str:
    """Return the URL of a host and port."""
    needs_brackets = ":" in host and not host.startswith("[")
    return f"http://{f'[{host}]' if needs_brackets else host}:{port}"
