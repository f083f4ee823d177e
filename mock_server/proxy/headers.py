"""The headers that a proxy forwards, and those that belong to one connection alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# RFC 9110, section 7.6.1: they describe a connection, and not the message
HOP_BY_HOP = {
    *("connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding"),
    *("upgrade", "proxy-authenticate", "proxy-authorization", "expect"),
}
# The content codings that a response can have so that it can be judged
CODINGS = ("gzip", "x-gzip", "deflate", "identity")
OWN = ("x-mock-session",)  # of the mock
VIA = "1.1 mock-server"
HTTP = "http"


def forwarded_request(headers: Mapping[str, str], host: str) -> dict[str, str]:
    """Return the headers of a request for the upstream.

    headers: with names in lower case. host: of the upstream.
    """
    dropped = {*HOP_BY_HOP, *OWN, *_named(headers.get("connection", ""))}
    kept = {name: text for name, text in headers.items() if name not in dropped}
    if "accept-encoding" in kept:
        kept["accept-encoding"] = _known_codings(kept["accept-encoding"])
    else:  # otherwise a client library adds its own
        kept["accept-encoding"] = "identity"
    original = kept.get("host", "")
    via = kept.get("via")
    return {
        **kept,
        "host": host,
        "via": f"{via}, {VIA}" if via else VIA,
        "x-forwarded-host": kept.get("x-forwarded-host", original),
        "x-forwarded-proto": kept.get("x-forwarded-proto", HTTP),
    }


def forwarded_response(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the headers of a response for the client. The server adds the length again."""
    listed = list(headers)
    named = next((text for name, text in listed if name.lower() == "connection"), "")
    dropped = {*HOP_BY_HOP, *_named(named), "content-length"}
    return tuple((name, text) for name, text in listed if name.lower() not in dropped)


def _named(connection: str) -> list[str]:
    """Return the headers that a ``Connection`` header names."""
    return [name.strip().lower() for name in connection.split(",")]


def _known_codings(accept_encoding: str) -> str:
    """Return the codings of ``Accept-Encoding`` that can be decoded."""
    offered = (each.strip() for each in accept_encoding.split(","))
    known = [each for each in offered if each.partition(";")[0].strip().lower() in CODINGS]
    return ", ".join(known) or "identity"
