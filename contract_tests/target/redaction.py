"""Removes credentials from all that is stored or shown, and restores them to repeat a request.

The placeholder of a credential is a shell expression that yields the credential, so that a curl
command with it works.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote_plus

from mock_server.contract.traffic.redaction import (
    MIN_LENGTH,
    REDACTED,
    credentials_in,
    forms,
    without_starts,
)

SHORTEST = 4  # characters of a credential; a shorter one would match unrelated text

# The forms in which checks send a token, and the shell expression of each for the variable {0}.
FORMS: tuple[tuple[Callable[[str], str], str], ...] = (
    (
        lambda token: base64.b64encode(f"{token}:".encode()).decode(),
        '$(printf %s: "${0}" | base64)',
    ),
    (lambda token: token, "${0}"),
    (lambda token: token, "${{{0}}}"),
    (quote_plus, '$(printf %s "${0}" | jq -sRr @uri)'),
    (str.upper, "${{{0}^^}}"),
    (str.swapcase, "${{{0}~~}}"),
    (lambda token: token[:-1], "${{{0}%?}}"),
    (lambda token: token[1:], "${{{0}#?}}"),
)
# What checks write directly before and after a token.
BEFORE, AFTER = "(?:x|Bearer)?", "[x_]?"
# A word starts after another character, and after an escape sequence of JSON or a URL.
START = r"(?:(?<!\w)|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
END = r"(?!\w)"


def whole(credential: str) -> re.Pattern[str]:
    """Return the pattern of a credential outside longer words."""
    return re.compile(START + re.escape(credential) + END)


@dataclass(frozen=True)
class TokenRedaction:
    """Replaces the tokens and the extra headers of a run by placeholders.

    tokens: by the name of a shell variable. headers: the values of the extra headers, by name.
    """

    tokens: Mapping[str, str | None]
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        """Return a text with placeholders in place of all credentials.

        A credential that is part of a longer word stays: `account_2` in `account_21`. A form of it
        that no check sends, such as base64, has no shell expression: it is only removed.
        """
        text = self._with_placeholders(text)
        for form in self._further_forms:
            text = text.replace(form, REDACTED)
        return without_starts(text, self._forms)

    def _with_placeholders(self, text: str) -> str:
        credentials: dict[str, str] = {}
        for placeholder, credential in self._placeholders():
            if len(credential) >= SHORTEST:
                credentials.setdefault(credential, placeholder)
        if not any(credential in text for credential in credentials):
            return text
        any_of = "|".join(map(re.escape, sorted(credentials, key=len, reverse=True)))
        pattern = f"{START}({BEFORE})({any_of})({AFTER}){END}"

        def placeholder_of(match: re.Match[str]) -> str:
            placeholder = credentials[match[2]]
            if match[3] and placeholder[1:].isidentifier():
                placeholder = f"${{{placeholder[1:]}}}"  # $TOKENx is another variable
            return match[1] + placeholder + match[3]

        return re.sub(pattern, placeholder_of, text)

    def restore(self, text: str) -> str:
        """Return a text with the credentials in place of the placeholders.

        Raises KeyError with the name of the variable if a token is missing.
        """
        for placeholder, credential in sorted(self._placeholders(), key=lambda pair: -len(pair[0])):
            text = text.replace(placeholder, credential)
        for name, token in self.tokens.items():
            if not token and f"${name}" in text.replace("{", ""):
                raise KeyError(name)
        return text

    @cached_property
    def _forms(self) -> tuple[str, ...]:
        """Every form of the credentials, the longest first."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        secrets = {*filter(None, self.tokens.values()), *headers.values()}
        parts = {part for part in credentials_in(headers) if len(part) >= MIN_LENGTH}
        every = {each for secret in secrets | parts if secret for each in forms(secret)}
        return tuple(sorted(every, key=lambda each: (-len(each), each)))

    @cached_property
    def _further_forms(self) -> tuple[str, ...]:
        sent = {credential for _, credential in self._placeholders()}
        return tuple(form for form in self._forms if form not in sent and len(form) >= SHORTEST)

    def _placeholders(self) -> Iterator[tuple[str, str]]:
        for name, token in self.tokens.items():
            for convert, placeholder in FORMS if token else ():
                yield placeholder.format(name), convert(token or "")
        for name, value in self.headers.items():
            yield header_placeholder(name), value


def header_placeholder(name: str) -> str:
    """Return the shell expression for the value of an extra header."""
    return "$HEADER_" + re.sub(r"\W", "_", name).upper()
