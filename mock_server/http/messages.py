"""Parts of HTTP messages that the server and the WSGI application share."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

from werkzeug.http import HTTP_STATUS_CODES

ENCODED_SLASH = "%2F"
Query = tuple[tuple[str, str], ...]


def decode_path(path: str) -> str:
    """Return a path with its percent-encoding decoded, segment by segment.

    An encoded slash stays ENCODED_SLASH, so that it does not separate segments.
    """
    if "%" not in path:
        return path
    return "/".join(unquote(segment).replace("/", ENCODED_SLASH) for segment in path.split("/"))


def parse_query(text: str) -> Query:
    """Return the decoded pairs of a query string, in their order.

    Bytes that are not UTF-8 become lone surrogates, so that request validation can reject them.
    """
    return tuple(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status code (RFC 9110, section 15)."""
    return HTTP_STATUS_CODES.get(status, "Unknown")
