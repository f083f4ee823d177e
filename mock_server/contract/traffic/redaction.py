"""Remove credentials from an exchange: in headers, query, path and bodies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..exchange import Exchange, Request

REDACTED = "[redacted]"
COOKIES = ("cookie", "set-cookie")
CHALLENGES = ("www-authenticate", "proxy-authenticate")  # they request credentials, and hold none
CREDENTIAL_NAME = re.compile(
    r"token|secret|passw|api[-_]?key|auth(?!ors?(?![a-z]))|credential|signature", re.IGNORECASE
)
# A parameter of a URL, and a member of a JSON object whose value is a text: both with the name in a
# group. No part of them can match what another one does, so that a search takes linear time.
IN_URLS = re.compile(r"([?&;]([^=&;?\s]{1,160})=)[^&\s]*+")
IN_JSON = re.compile(rb'("([^"\\]{1,160})"[ \t\r\n]{0,8}:[ \t\r\n]{0,8})"(?:[^"\\]|\\.)*+"')
# Of an exchange with more credentials, all texts and bodies are redacted.
MAX_SECRETS = 64
# Shorter credentials are redacted only in their own header or parameter, because the same text may
# occur by chance in other locations.
MIN_LENGTH = 6  # characters

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Redaction:
    """Removes credentials from the parts of one exchange.

    secrets: longest first, so that a secret that contains another is replaced as a whole.
    everything: whether there are too many of them to search for each.
    """

    secrets: tuple[str, ...]
    everything: bool = False

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if self.everything:
            return REDACTED
        for secret in self.secrets:
            text = text.replace(secret, REDACTED)
        text = IN_URLS.sub(_without_parameter, text)
        return text.encode("utf-8", "replace").decode()  # invalid UTF-8 was decoded to surrogates

    def body(self, body: bytes) -> bytes:
        """Return the body without secrets and without JSON strings named like a credential."""
        if self.everything:
            return REDACTED.encode()
        for secret in self.secrets:
            body = body.replace(secret.encode("utf-8", "surrogateescape"), REDACTED.encode())
        return IN_JSON.sub(_without_member, body)

    def headers(self, headers: Pairs) -> list[list[str]]:
        """Return headers as JSON pairs; the values of headers with credentials are redacted."""
        return [
            [name, REDACTED if is_private(name.lower()) else self.text(value)]
            for name, value in headers
        ]

    def query(self, query: Pairs) -> list[list[str]]:
        """Return a query as JSON pairs; values whose name looks like a credential are redacted."""
        return [
            [self.text(name), REDACTED if CREDENTIAL_NAME.search(name) else self.text(value)]
            for name, value in query
        ]


def is_private(header: str) -> bool:
    """Return whether a header (name in lower case) holds a credential."""
    return header in COOKIES or bool(CREDENTIAL_NAME.search(header) and header not in CHALLENGES)


def redaction_of(
    request: Request, tokens: Iterable[str] = (), public_cookies: Collection[str] = ()
) -> Redaction:
    """Return the redaction of a request and its response.

    tokens: the known tokens, which are redacted in every exchange. public_cookies: the names of
    those that are no credentials.
    """
    secrets = {*tokens, *_in_headers(request.headers, public_cookies)}
    secrets |= {value for name, value in request.query if CREDENTIAL_NAME.search(name)}
    long = (secret for secret in secrets if len(secret) >= MIN_LENGTH)
    ordered = tuple(sorted(long, key=lambda secret: (-len(secret), secret)))
    return Redaction(ordered[:MAX_SECRETS], len(ordered) > MAX_SECRETS)


def redacted(exchange: Exchange) -> Exchange:
    """Return an exchange without credentials. What it has, it still shows: a redacted header."""
    redaction, request, response = (
        redaction_of(exchange.request),
        exchange.request,
        exchange.response,
    )
    pairs = redaction.headers(request.headers.items())
    return replace(
        exchange,
        url=redaction.text(exchange.url),
        request=replace(
            request,
            path=redaction.text(request.path),
            query=tuple((name, text) for name, text in redaction.query(request.query)),
            headers={name: _with_scheme(request.headers[name], text) for name, text in pairs},
            body=redaction.body(request.body),
        ),
        response=replace(
            response,
            headers=tuple((name, text) for name, text in redaction.headers(response.headers)),
            body=redaction.body(response.body),
        ),
    )


def _with_scheme(original: str, redacted_text: str) -> str:
    """Return a redacted header with its scheme, such as ``Bearer``, in front."""
    scheme, blank, _ = original.partition(" ")
    has_scheme = redacted_text == REDACTED and blank and scheme.isalpha()
    return f"{scheme} {REDACTED}" if has_scheme else redacted_text


def _without_parameter(found: re.Match[str]) -> str:
    return found[1] + REDACTED if CREDENTIAL_NAME.search(found[2]) else found[0]


def _without_member(found: re.Match[bytes]) -> bytes:
    named = CREDENTIAL_NAME.search(found[2].decode("utf-8", "replace"))
    return b'%b"%b"' % (found[1], REDACTED.encode()) if named else found[0]


def _in_headers(headers: Mapping[str, str], public_cookies: Collection[str]) -> Iterator[str]:
    """Yield the credentials in headers, without scheme (``Bearer``) and without cookie names."""
    for name, value in headers.items():
        if name == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            yield from (text.strip('"') for key, _, text in pairs if key not in public_cookies)
        elif is_private(name):
            yield value.strip()
            yield value.strip().rpartition(" ")[2]
