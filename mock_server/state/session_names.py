"""The session that a request belongs to, and the rules for names of sessions.

The path names the session (``/_s/NAME/…``), else a header, else a cookie. The path exists because a
page whose only setting is the URL of its API, and an EventSource, cannot set a header.
"""

from __future__ import annotations

import re
from dataclasses import replace

from werkzeug.sansio.http import parse_cookie

from ..contract.exchange import Request
from ..contract.violations import Violation

DEFAULT = "default"
HEADER, COOKIE, PREFIX = "x-mock-session", "mock_session", "/_s/"
CONTROL = "/_mock"  # the path of the gallery and of the control API, within a session or outside
# . and .. are not allowed because a client removes /./ and /../ from a path.
NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,64}\Z")


class SessionNameError(Exception):
    """The request names a session that cannot exist."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


def session_of(request: Request) -> tuple[str, Request]:
    """Return the name of a request's session, and the request without the session in its path.

    Raises SessionNameError for an invalid name.
    """
    name, path = split_path(request.path)
    if name is not None:
        return validated_name(name, "path"), replace(request, path=path)
    if HEADER in request.headers:
        return validated_name(request.headers[HEADER].strip(), HEADER), request
    if "cookie" not in request.headers:
        return DEFAULT, request
    name = parse_cookie(request.headers["cookie"]).get(COOKIE)
    return (DEFAULT if name is None else validated_name(name, COOKIE)), request


def split_path(path: str) -> tuple[str | None, str]:
    """Return the session's name in a path, valid or not, and the rest of the path.

    The name is None for a path that does not start with ``/_s/``.
    """
    if not path.startswith(PREFIX):
        return None, path
    name, slash, rest = path.removeprefix(PREFIX).partition("/")
    return name, slash + rest


def is_control_path(path: str) -> bool:
    """Return whether a path belongs to the gallery or to the control API."""
    inside = split_path(path)[1]
    return inside == CONTROL or inside.startswith(CONTROL + "/")


def validated_name(name: str, location: str) -> str:
    """Return the name of a session if it is valid.

    location: where the name was found, for the error. Raises SessionNameError unless the name has
    1 to 64 characters, each a letter, a digit or one of ``_ . -``.
    """
    if NAME.match(name):
        return name
    message = "a session's name must be 1 to 64 letters, digits, or any of _ . -, and not . or .."
    raise SessionNameError(Violation("session", message, location, repr(name[:80])))
