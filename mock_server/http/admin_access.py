"""Who may steer the mock: programs beside it, and its own pages.

A web page of somebody else, open in the same browser, reaches the mock on loopback too. It gives
itself away by its ``Origin``, by ``Sec-Fetch-Site``, or, when its name was made to point to this
machine (DNS rebinding), by ``Host``.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..contract.exchange import Request
from ..contract.violations import ContractError, Violation, show
from . import cors
from .credentials import BEARER

HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:@/\s]+)(?::(?P<port>\d{1,5}))?\Z", re.ASCII)
SCHEME, PORT = "http", 80
OWN_FETCHES = ("", "none", "same-origin")  # Fetch Metadata: absent, typed in by a person, our own
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@dataclass(frozen=True)
class AdminAccess:
    """hosts: names and addresses, beside those of loopback, that a ``Host`` may say; token: the one
    that every request must bring, when there is one."""

    hosts: frozenset[str] = field(default_factory=frozenset)
    token: str | None = None

    def foreign(self, request: Request) -> Violation | None:
        """Why a request is foreign; None when it is not."""
        host, headers = request.headers.get("host", ""), request.headers
        address = _address(SCHEME, host)
        if address is None or not (is_loopback(address[1]) or address[1] in self.hosts):
            cure = "name the host with --allow-host NAME" if address else ""
            return Violation("host", "is this machine's own", "Host", show(host), cure)
        if "origin" in headers and _origin(headers["origin"]) != address:
            message = "is the mock's own, the same scheme, host and port"
            return Violation("origin", message, "Origin", show(headers["origin"]))
        site = headers.get("sec-fetch-site", "")
        if site.strip().lower() not in OWN_FETCHES:
            message = "is none or same-origin"
            return Violation("origin", message, "Sec-Fetch-Site", show(site))
        if cors.is_preflight(request):
            return Violation("origin", "no page of another origin is let in", "Origin")
        return None

    def knows(self, request: Request) -> bool:
        """Whether a request brings the token, if there is one. Compared in constant time."""
        if self.token is None:
            return True
        given = BEARER.match(request.headers.get("authorization", ""))
        return given is not None and hmac.compare_digest(
            given.group(1).encode(), self.token.encode()
        )


def admin_access_for(host: str, more: Iterable[str], token: str | None) -> AdminAccess:
    """The guard of a mock that listens on a host.

    more: other names of it. Raises ContractError for a name that is none, for a token that cannot
    be sent as Bearer, and when others could reach the mock and no token is needed.
    """
    names = list(more)
    problems = [
        Violation("--allow-host", "is the name of a host, without a port", found=show(name))
        for name in names
        if not (is_address(name) or ((found := HOST.match(name)) and not found["port"]))
    ]
    if token is not None and not BEARER.match(f"Bearer {token}"):
        message = "is letters, digits or any of - . _ ~ + /, then any ="
        problems.append(Violation("--admin-token", message))
    if token is None and not is_loopback(host_of(host)):
        message = f"is needed when the mock listens on {host or 'every address'}"
        cure = "else everybody there could steer it"
        problems.append(Violation("--admin-token", message, cure=cure))
    if problems:
        raise ContractError(problems)
    return AdminAccess(frozenset(host_of(name) for name in (host, *names)), token)


def is_address(name: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a host is ``localhost``, ``::1`` or an address of 127.0.0.0/8."""
    if not is_address(name):
        return name == "localhost"
    return name == "::1" or ipaddress.ip_address(name) in LOOPBACK


def host_of(name: str) -> str:
    """A host as it is compared: in lower case, an IPv6 address without brackets, in short form."""
    bare = name.lower().removeprefix("[").removesuffix("]")
    return str(ipaddress.ip_address(bare)) if is_address(bare) else bare


def _origin(text: str) -> tuple[str, str, int] | None:
    scheme, colon, rest = text.partition("://")
    return _address(scheme.lower(), rest) if colon else None


def _address(scheme: str, host: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None when the text is no host with a port or without."""
    found = HOST.match(host)
    if found is None:
        return None
    return scheme, host_of(found["name"]), int(found["port"] or PORT)
