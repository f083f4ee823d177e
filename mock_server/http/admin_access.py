"""Access to the control API: local programs and the mock's own pages, and no other page.

A web page of any site, open in the same browser, can send requests to loopback. It is recognised by
``Origin``, by ``Sec-Fetch-Site``, or by ``Host`` if its name was made to resolve to this machine
(DNS rebinding).
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
OWN_FETCHES = ("", "none", "same-origin")  # Fetch Metadata: absent, typed in, same origin
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@dataclass(frozen=True)
class AdminAccess:
    """Who may use the control API.

    hosts: the names and addresses besides loopback that ``Host`` may have; token: the bearer token
    that every request must have; None requires none.
    """

    hosts: frozenset[str] = field(default_factory=frozenset)
    token: str | None = None

    def foreign(self, request: Request) -> Violation | None:
        """Return why a request is refused as foreign; None if it is not."""
        host, headers = request.headers.get("host", ""), request.headers
        address = _address(SCHEME, host)
        if address is None or not (is_loopback(address[1]) or address[1] in self.hosts):
            fix = "name the host with --allow-host NAME" if address else ""
            return Violation("host", "must be a loopback host", "Host", show(host), fix)
        if "origin" in headers and _origin(headers["origin"]) != address:
            message = "must be the mock's own origin: the same scheme, host and port"
            return Violation("origin", message, "Origin", show(headers["origin"]))
        site = headers.get("sec-fetch-site", "")
        if site.strip().lower() not in OWN_FETCHES:
            message = "must be none or same-origin"
            return Violation("origin", message, "Sec-Fetch-Site", show(site))
        if cors.is_preflight(request):
            return Violation("origin", "a page of another origin has no access", "Origin")
        return None

    def knows(self, request: Request) -> bool:
        """Return whether a request has the token, if one is required. Takes constant time."""
        if self.token is None:
            return True
        given = BEARER.match(request.headers.get("authorization", ""))
        return given is not None and hmac.compare_digest(
            given.group(1).encode(), self.token.encode()
        )


def admin_access_for(host: str, more: Iterable[str], token: str | None) -> AdminAccess:
    """Return the access rules of a mock that listens on a host.

    more: further host names. Raises ContractError for an invalid name or token, and if other
    machines can reach the mock but no token is required.
    """
    names = list(more)
    problems = [
        Violation("--allow-host", "must be a host name without a port", found=show(name))
        for name in names
        if not (is_address(name) or ((found := HOST.match(name)) and not found["port"]))
    ]
    if token is not None and not BEARER.match(f"Bearer {token}"):
        message = "must consist of letters, digits or any of - . _ ~ + /, then any ="
        problems.append(Violation("--admin-token", message))
    if token is None and not is_loopback(host_of(host)):
        message = f"is required if the mock listens on {host or 'every address'}"
        fix = "without it, everybody on that network could control the mock"
        problems.append(Violation("--admin-token", message, fix=fix))
    if problems:
        raise ContractError(problems)
    return AdminAccess(frozenset(host_of(name) for name in (host, *names)), token)


def is_address(name: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Return whether a host is ``localhost``, ``::1`` or in 127.0.0.0/8."""
    if not is_address(name):
        return name == "localhost"
    return name == "::1" or ipaddress.ip_address(name) in LOOPBACK


def host_of(name: str) -> str:
    """Return a host in the form that is compared: lower case, IPv6 short and without brackets."""
    bare = name.lower().removeprefix("[").removesuffix("]")
    return str(ipaddress.ip_address(bare)) if is_address(bare) else bare


def _origin(text: str) -> tuple[str, str, int] | None:
    scheme, colon, rest = text.partition("://")
    return _address(scheme.lower(), rest) if colon else None


def _address(scheme: str, host: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port; None if the text is not a host with an optional port."""
    found = HOST.match(host)
    if found is None:
        return None
    return scheme, host_of(found["name"]), int(found["port"] or PORT)
