"""Removes credentials from all that is stored or shown, and restores them to repeat a request.

The placeholder of a credential is a shell expression that yields the credential, so that a curl
command with it works.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

SHORTEST = 4  # characters of a credential; a shorter one would match unrelated text

# The forms in which checks send a token, and the shell expression of each for the variable {0}.
FORMS: tuple[tuple[Callable[[str], str], str], ...] = (
    (
        lambda token: base64.b64encode(f"{token}:".encode()).decode(),
        '$(printf %s: "${0}" | base64)',
    ),
    (lambda token: token, "${0}"),
    (str.swapcase, "${{{0}~~}}"),
    (lambda token: token[:-1], "${{{0}%?}}"),
)


@dataclass(frozen=True)
class TokenRedaction:
    """Replaces the tokens and the extra headers of a run by placeholders.

    tokens: by the name of a shell variable. headers: the values of the extra headers, by name.
    """

    tokens: Mapping[str, str | None]
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        """Return a text with placeholders in place of all credentials."""
        for placeholder, credential in self._placeholders():
            if len(credential) >= SHORTEST:
                text = text.replace(credential, placeholder)
        return text

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

    def _placeholders(self) -> Iterator[tuple[str, str]]:
        for name, token in self.tokens.items():
            for convert, placeholder in FORMS if token else ():
                yield placeholder.format(name), convert(token or "")
        for name, value in self.headers.items():
            yield header_placeholder(name), value


def header_placeholder(name: str) -> str:
    """Return the shell expression for the value of an extra header."""
    return "$HEADER_" + re.sub(r"\W", "_", name).upper()
