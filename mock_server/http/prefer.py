"""The ``Prefer`` header of a request (RFC 7240)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..contract.exchange import Request
from ..contract.violations import Violation, show

MAX_SEED = 1_000_000  # exclusive, for a dynamic response that the request gives no seed for
# A part of the header: a quoted text, a separator, or text between them. Each starts with another
# character, so that a header is read once from its start to its end.
PART = re.compile(r"""(?P<quoted>"(?:[^"\\]|\\.)*+")|(?P<separator>[,;=])|(?P<text>[^",;=]+)|\"""")


@dataclass(frozen=True)
class Preferences:
    """The known preferences. Unknown ones are ignored (RFC 7240, section 2)."""

    example: str | None = None
    code: int | None = None
    dynamic: bool = False
    seed: int | None = None
    scenario: str | None = None

    def with_seed(self) -> Preferences:
        """Return the preferences with a random seed if a dynamic response needs one."""
        if not self.dynamic or self.seed is not None:
            return self
        return replace(self, seed=secrets.randbelow(MAX_SEED))


NONE = Preferences()


class PreferenceError(Exception):
    """A preference has an invalid value."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


def preference_text(preference: str, value: str) -> str:
    """Return a preference as text of a header, its value quoted where necessary."""
    return f'{preference}="{value}"' if re.search(r"[\s,;=]", value) else f"{preference}={value}"


def read(request: Request) -> Preferences:
    """Return the preferences of a request. Raises PreferenceError for an invalid value."""
    if "prefer" not in request.headers:
        return NONE
    given: dict[str, str] = {}
    for name, value in _preferences(request.headers["prefer"]):
        given.setdefault(name.lower(), value)  # the first one counts
    dynamic = given.get("dynamic", "false")
    if dynamic not in ("true", "false", ""):
        raise PreferenceError(_wrong("dynamic must be true or false", dynamic))
    return Preferences(
        example=given.get("example"),
        code=_number("code", given.get("code")),
        dynamic=dynamic != "false",
        seed=_number("seed", given.get("seed")),
        scenario=given.get("scenario"),
    )


def _preferences(header: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each preference (RFC 7240, section 2), without parameters.

    The value is empty if a preference has none.
    """
    parts: list[tuple[str, str]] = []
    for match in PART.finditer(header + ","):
        if match["separator"] == ",":
            yield from _preference(parts)
            parts = []
        else:
            parts.append((match.lastgroup or "", match[0]))


def _preference(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield a preference from the parts between two commas, if it has a name."""
    texts = [part for part in parts if part[0] != "text" or part[1].strip()]
    if not texts or texts[0][0] != "text":
        return
    value = ""
    if len(texts) > 2 and texts[1][1] == "=":
        kind, text = texts[2]
        value = text[1:-1] if kind == "quoted" else text.split()[0] if kind == "text" else ""
    yield texts[0][1].split()[0], value


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise PreferenceError(_wrong(f"{name} must be a whole number of at most 18 digits", text))
    return int(text)


def _wrong(message: str, found: str) -> Violation:
    return Violation("prefer", message, "Prefer", show(found))
