"""Whether the user's page can be shown in a frame: its headers, as a browser reads them."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

TIMEOUT = 5.0  # seconds
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
REFUSALS = ("deny", "sameorigin")  # values of X-Frame-Options; a browser ignores others


@dataclass(frozen=True)
class FramingProblem:
    """Why a page does not appear in a frame, and how to fix it."""

    message: str
    fix: str


def framing_problem(url: str, origin: str) -> FramingProblem | None:
    """Request a page, and return why a page of an origin cannot frame it; None if it can.

    Waits up to TIMEOUT for each response. Only the headers are read.
    """
    first = _origin(url)
    for _ in range(MAX_REDIRECTS):
        try:
            status, headers = _head(url)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return FramingProblem(
                f"The mock cannot reach {first}: {error}",
                "Start the server of your page. If your browser reaches it and the mock does not, "
                "for example from a container, ignore this message.",
            )
        location = next((value for name, value in headers if name == "location"), None)
        if status not in REDIRECTS or location is None:
            return refusal(headers, url, origin)
        url = urljoin(url, location)
        if _origin(url) != first:
            return FramingProblem(
                f"The page redirects to another origin, {_origin(url)}, which no frame may show",
                "Set --page-url to the address after the redirect, or turn off the login in "
                "development.",
            )
    return FramingProblem("The page redirects too often", "Open it in a tab to see why.")


def refusal(headers: Sequence[tuple[str, str]], url: str, origin: str) -> FramingProblem | None:
    """Return the refusal that the headers of a page contain (names in lower case).

    ``frame-ancestors`` has priority over X-Frame-Options (CSP Level 3, section 6.4.2).
    """
    policies = [
        directive.split()[1:]
        for name, value in headers
        if name == "content-security-policy"
        for policy in value.split(",")
        for directive in policy.split(";")
        if directive.split()[:1] == ["frame-ancestors"]
    ]
    fix = f"In development, send `Content-Security-Policy: frame-ancestors {origin}`"
    for sources in policies:
        if not any(_allows(source.lower(), url, origin) for source in sources):
            found = " ".join(["frame-ancestors", *sources])
            return FramingProblem(
                f"The page refuses to be framed: Content-Security-Policy has `{found}`",
                f"{fix}, or add {origin} to its sources.",
            )
    if policies:
        return None
    for name, value in headers:
        if name == "x-frame-options" and value.strip().lower() in REFUSALS:
            return FramingProblem(
                f"The page refuses to be framed: it sends `X-Frame-Options: {value.strip()}`",
                f"{fix}, which replaces X-Frame-Options, or do not send that header.",
            )
    return None


def _allows(source: str, url: str, origin: str) -> bool:
    """Return whether a source of ``frame-ancestors`` matches an origin."""
    scheme, _, host = origin.partition("://")
    if source in ("*", f"{scheme}:", origin, host):
        return True
    if source == "'self'":
        return _origin(url) == origin
    pattern = source.rpartition("://")[2]
    if source not in (pattern, f"{scheme}://{pattern}"):
        return False
    name, _, port = host.partition(":")
    wanted, _, wanted_port = pattern.partition(":")
    same_name = name.endswith(wanted[1:]) if wanted.startswith("*.") else name == wanted
    return same_name and wanted_port in ("*", port)


def _head(url: str) -> tuple[int, list[tuple[str, str]]]:
    """Return the status and the headers of a page, with names in lower case."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=TIMEOUT, context=_any_certificate()
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers={"Accept": "text/html"})
        response = connection.getresponse()
        return response.status, [(name.lower(), value) for name, value in response.getheaders()]
    finally:
        connection.close()


def _any_certificate() -> ssl.SSLContext:
    """Return a context for the certificates of development servers; nothing secret is sent."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
