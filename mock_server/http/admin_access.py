"""Access to the control API: local programs, the mock's own pages, and pages of allowed origins.

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
SCHEME, PORTS = "http", {"http": 80, "https": 443}
OWN_FETCHES = ("", "none", "same-origin")  # Fetch Metadata: absent, typed in, same origin
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
EXAMPLE = "for example http://localhost:5173"
Address = tuple[str, str, int]  # scheme, host and port


@dataclass(frozen=True)
class AdminAccess:
    """Who may use the control API.

    hosts: the names and addresses besides loopback that ``Host`` may have; token: the bearer token
    that every request must have; None requires none. origins: of pages that may use it too.
    """

    hosts: frozenset[str] = field(default_factory=frozenset)
    token: str | None = None
    origins: frozenset[Address] = field(default_factory=frozenset)

    def foreign(self, request: Request) -> Violation | None:
        """Return why a request is refused as foreign; None if it is not."""
        host, headers = request.headers.get("host", ""), request.headers
        address = _address(SCHEME, host)
        if address is None or not (is_loopback(address[1]) or address[1] in self.hosts):
            fix = "name the host with --allow-host NAME" if address else ""
            return Violation("host", "must be a loopback host", "Host", show(host), fix)
        if self.is_allowed_page(request):
            return None
        site = headers.get("sec-fetch-site", "").strip().lower()
        if "origin" in headers and _origin(headers["origin"]) != address:
            message = "must be the mock's own origin: the same scheme, host and port"
            fix = _way_out(headers["origin"], site)
            return Violation("origin", message, "Origin", show(headers["origin"]), fix)
        if site not in OWN_FETCHES:
            message = "must be none or same-origin"
            return Violation("origin", message, "Sec-Fetch-Site", show(headers["sec-fetch-site"]))
        if cors.is_preflight(request):
            return Violation("origin", "a page of another origin has no access", "Origin")
        return None

    def is_allowed_page(self, request: Request) -> bool:
        """Return whether a page of an allowed origin has sent a request."""
        return _origin(request.headers.get("origin", "")) in self.origins

    def knows(self, request: Request) -> bool:
        """Return whether a request has the token, if one is required. Takes constant time."""
        if self.token is None:
            return True
        given = BEARER.match(request.headers.get("authorization", ""))
        return given is not None and hmac.compare_digest(
            given.group(1).encode(), self.token.encode()
        )


def admin_access_for(
    host: str, more: Iterable[str], token: str | None, origins: Iterable[str] = ()
) -> AdminAccess:
    """Return the access rules of a mock that listens on a host.

    more: further host names; origins: of pages that have access. Raises ContractError for an
    invalid name, origin or token, and if other machines can reach the mock but no token is
    required.
    """
    names = list(more)
    problems = [
        Violation("--allow-host", "must be a host name without a port", found=show(name))
        for name in names
        if not (is_address(name) or ((found := HOST.match(name)) and not found["port"]))
    ]
    pages = {text: _origin(text) for text in origins}
    problems += [
        Violation("--allow-origin", "must be scheme, host and port", found=show(text), fix=EXAMPLE)
        for text, origin in pages.items()
        if origin is None
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
    allowed = frozenset(origin for origin in pages.values() if origin)
    return AdminAccess(frozenset(host_of(name) for name in (host, *names)), token, allowed)


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


def _way_out(text: str, site: str) -> str:
    """Return how a page of an origin gets access."""
    if _origin(text) is None:
        return ""
    option = f"start the mock with --allow-origin {text}"
    if site != "same-origin":
        return option
    # for the browser it is one origin: a proxy between them has replaced ``Host``
    return f"set changeOrigin: false for /_mock in the proxy of the dev server, or {option}"


def _origin(text: str) -> Address | None:
    """Return the address in an origin; None for any other text, such as ``null``."""
    scheme, colon, rest = text.partition("://")
    return _address(scheme.lower(), rest) if colon else None


def _address(scheme: str, host: str) -> Address | None:
    """Return scheme, host and port; None if the text is not a host with an optional port."""
    found = HOST.match(host)
    if found is None or scheme not in PORTS:
        return None
    return scheme, host_of(found["name"]), int(found["port"] or PORTS[scheme])
