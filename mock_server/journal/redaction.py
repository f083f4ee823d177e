"""What must not be written down: credentials, wherever in an exchange they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..contract.exchange import Request
from ..state.sessions import COOKIE

REDACTED = "[redacted]"
COOKIES = ("cookie", "set-cookie")
ASKING = ("www-authenticate", "proxy-authenticate")  # headers that ask for credentials
TELLING = re.compile(
    r"token|secret|passw|api[-_]?key|auth(?!ors?(?![a-z]))|credential|signature", re.IGNORECASE
)
IN_URLS = re.compile(
    rf"([?&;][^=&\s]{{0,64}}(?:{TELLING.pattern})[^=&\s]{{0,64}}=)[^&\s]*", re.IGNORECASE
)
IN_JSON = re.compile(
    rb'("[^"\\]{0,64}(?:%b)[^"\\]{0,64}"\s{0,8}:\s{0,8})"(?:[^"\\]|\\.)*"'
    % TELLING.pattern.encode(),
    re.IGNORECASE,
)
SHORTEST = 6  # characters; what is shorter is only redacted where it is known to be a credential

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Redaction:
    """Takes the credentials out of one exchange. ``secrets``: the longest first, so that one that
    holds another goes whole."""

    secrets: tuple[str, ...]

    def text(self, text: str) -> str:
        """The text without any secret."""
        for secret in self.secrets:
            text = text.replace(secret, REDACTED)
        text = IN_URLS.sub(rf"\1{REDACTED}", text)
        return text.encode("utf-8", "replace").decode()  # what was no UTF-8 came as surrogates

    def body(self, body: bytes) -> bytes:
        """The body without any secret, and without the texts of what is named like one in JSON."""
        for secret in self.secrets:
            body = body.replace(secret.encode("utf-8", "surrogateescape"), REDACTED.encode())
        return IN_JSON.sub(rb'\1"%b"' % REDACTED.encode(), body)

    def headers(self, headers: Pairs) -> list[list[str]]:
        """Headers as a JSON value; those that carry credentials without their value."""
        return [
            [name, REDACTED if is_private(name.lower()) else self.text(value)]
            for name, value in headers
        ]

    def query(self, query: Pairs) -> list[list[str]]:
        """A query as a JSON value; what is named like a credential without its value."""
        return [
            [self.text(name), REDACTED if TELLING.search(name) else self.text(value)]
            for name, value in query
        ]


def is_private(header: str) -> bool:
    """Whether a header, its name in small letters, carries a credential."""
    return header in COOKIES or bool(TELLING.search(header) and header not in ASKING)


def redaction_of(request: Request, known: Iterable[str]) -> Redaction:
    """The redaction of a request and its answer. ``known``: credentials that anybody may have."""
    found = {*known, *_in_headers(request.headers)}
    found |= {value for name, value in request.query if TELLING.search(name)}
    long = (secret for secret in found if len(secret) >= SHORTEST)
    return Redaction(tuple(sorted(long, key=lambda secret: (-len(secret), secret))))


def _in_headers(headers: Mapping[str, str]) -> Iterator[str]:
    """Each credential of the headers, without the scheme or the cookie's name before it."""
    for name, value in headers.items():
        if name == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            yield from (text.strip('"') for key, _, text in pairs if key != COOKIE)
        elif is_private(name):
            yield value.strip()
            yield value.strip().rpartition(" ")[2]
