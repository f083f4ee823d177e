"""Remove credentials from an exchange: in headers, query, path and bodies."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from ..document.secret_names import NO_NAMES, SecretNames
from ..exchange import Exchange, Request, Response
from .secret_members import members_in, without_members

REDACTED = "[redacted]"
# Of an exchange with more credentials, all texts and bodies are redacted.
MAX_SECRETS = 64
# Shorter credentials are redacted only in their own header, parameter or property, because the same
# text may occur by chance in other locations.
MIN_LENGTH = 6  # characters
ESCAPE = re.compile("%[0-9A-F]{2}")
CUT = "…"  # how messages end a value that is too long to be shown

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Redaction:
    """Removes credentials from the parts of one exchange.

    secrets: in all forms in which they can be written, longest first, so that a secret that
    contains another is replaced as a whole.
    everything: whether there are too many of them to search for each.
    """

    secrets: tuple[str, ...]
    everything: bool = False
    names: SecretNames = NO_NAMES

    def text(self, text: str) -> str:
        """Return the text without secrets, and without the values of members named like one."""
        # invalid UTF-8 was decoded to surrogates
        return self._without(text).encode("utf-8", "replace").decode()

    def body(self, body: bytes) -> bytes:
        """Return the body without secrets, and without the values of members named like one."""
        return self._without(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def _without(self, text: str) -> str:
        if self.everything:
            return REDACTED
        for secret in self.secrets:
            text = text.replace(secret, REDACTED)
        text = without_starts(text, self.secrets)
        return without_members(text, self.names, REDACTED)

    def headers(self, headers: Pairs) -> list[list[str]]:
        """Return headers as JSON pairs; the values of headers with credentials are redacted."""
        return [
            [name, REDACTED if self.names.is_header(name.lower()) else self.text(value)]
            for name, value in headers
        ]

    def query(self, query: Pairs) -> list[list[str]]:
        """Return a query as JSON pairs; values whose name looks like a credential are redacted."""
        return [
            [self.text(name), REDACTED if self.names.is_parameter(name) else self.text(value)]
            for name, value in query
        ]


def redaction_of(
    request: Request,
    tokens: Iterable[str] = (),
    public_cookies: Collection[str] = (),
    names: SecretNames = NO_NAMES,
) -> Redaction:
    """Return the redaction of a request and its response.

    tokens: the known tokens, which are redacted in every exchange. public_cookies: the names of
    those that are no credentials. names: those that the document declares.
    """
    body = request.body.decode("utf-8", "surrogateescape")
    secrets = {*tokens, *credentials_in(request.headers, public_cookies, names)}
    secrets |= {value for name, value in request.query if names.is_parameter(name)}
    secrets |= {*names.in_path(request.path), *members_in(body, names)}
    return _redaction(secrets, names)


def redaction_of_response(response: Response, names: SecretNames = NO_NAMES) -> Redaction:
    """Return the redaction of the credentials that a server issues in a response."""
    cookies = [text for name, text in response.headers if name.lower() == "set-cookie"]
    values = {each.partition("=")[2].partition(";")[0].strip('"') for each in cookies}
    values |= {*members_in(response.body.decode("utf-8", "surrogateescape"), names)}
    return _redaction(values, names)


def _redaction(secrets: Iterable[str], names: SecretNames) -> Redaction:
    long = [secret for secret in secrets if len(secret) >= MIN_LENGTH]
    if len(long) > MAX_SECRETS:
        return Redaction((), True, names)
    every = {form for secret in long for form in forms(secret)}
    return Redaction(tuple(sorted(every, key=lambda each: (-len(each), each))), False, names)


def redacted(exchange: Exchange, names: SecretNames = NO_NAMES) -> Exchange:
    """Return an exchange without credentials. What it has, it still shows: a redacted header."""
    request, response = exchange.request, exchange.response
    redaction = redaction_of(request, names=names)
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
            target=redaction.text(request.target),
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


def credentials_in(
    headers: Mapping[str, str],
    public_cookies: Collection[str] = (),
    names: SecretNames = NO_NAMES,
) -> Iterator[str]:
    """Yield the credentials in headers, without scheme (``Bearer``) and without cookie names.

    headers: by their names in lower case.
    """
    for name, value in headers.items():
        if name == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            yield from (text.strip('"') for key, _, text in pairs if key not in public_cookies)
        elif names.is_header(name):
            yield value.strip()
            scheme, _, text = value.strip().rpartition(" ")
            yield text
            if scheme.lower() == "basic":
                yield from _in_basic(text)


def _in_basic(text: str) -> Iterator[str]:
    """Yield user and password, and the password alone, of basic credentials (RFC 7617)."""
    try:
        pair = base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return
    yield pair
    yield pair.partition(":")[2]


def without_starts(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the starts of secrets that a message has cut."""
    if CUT not in text:
        return text
    for secret in secrets:
        start = secret[:MIN_LENGTH]
        at = text.find(start)
        while at >= 0:
            end = text.find(CUT, at, at + len(secret) + 1)
            if end >= 0 and secret.startswith(text[at:end]):
                text = text[:at] + REDACTED + text[end:]
            at = text.find(start, at + 1)
    return text


@lru_cache(maxsize=256)  # a client sends its token with each request
def forms(secret: str) -> frozenset[str]:
    """Return a secret as it is written in plain text, JSON, URLs and base64."""
    return frozenset(_each_form(secret))


def _each_form(secret: str) -> Iterator[str]:
    texts = {secret}
    with suppress(UnicodeError):
        texts.add(secret.encode("latin-1").decode())  # a header in UTF-8 was read as Latin-1
    for text in texts:
        content = text.encode("utf-8", "surrogateescape")
        yield text
        for ensure_ascii in (True, False):
            in_json = json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]
            yield in_json
            yield json.dumps(in_json, ensure_ascii=ensure_ascii)[
                1:-1
            ]  # a message about JSON, in JSON
        for in_url in (quote_plus(content), quote(content), quote(content, safe="")):
            yield in_url
            yield ESCAPE.sub(lambda found: found[0].lower(), in_url)
        yield base64.b64encode(content).decode()
