"""Parts of HTTP messages that the server and the WSGI application share."""

from __future__ import annotations

from werkzeug.http import HTTP_STATUS_CODES


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status code (RFC 9110, section 15)."""
    return HTTP_STATUS_CODES.get(status, "Unknown")
