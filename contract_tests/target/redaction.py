"""Credentials out of everything that is kept or shown, and back in when a request is repeated.

What stands for a credential is what a shell makes the credential of, so that a curl line works.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

SHORTEST = 4  # characters of a credential that is looked for also in bodies

# As checks send a token, and what a shell makes of the variable {0}.
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
    """The tokens of a run, by the names of the shell variables that stand for them."""

    tokens: Mapping[str, str | None]

    def __call__(self, text: str) -> str:
        """The text without any credential."""
        for stands, form in self._forms():
            if len(form) >= SHORTEST:
                text = text.replace(form, stands)
        return text

    def restore(self, text: str) -> str:
        """The text with the credentials again. Raises KeyError for one that is not there."""
        for stands, form in sorted(self._forms(), key=lambda pair: -len(pair[0])):
            text = text.replace(stands, form)
        for name, token in self.tokens.items():
            if not token and f"${name}" in text.replace("{", ""):
                raise KeyError(name)
        return text

    def _forms(self) -> Iterator[tuple[str, str]]:
        for name, token in self.tokens.items():
            for make, stands in FORMS if token else ():
                yield stands.format(name), make(token or "")
