"""What a request would like: the ``Prefer`` header (RFC 7240)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..contract.exchange import Request
from ..contract.violations import Violation, show

PREFERENCE = re.compile(
    r"""\s*(?P<name>[\w!#$%&'*+.^`|~-]+)"""
    r"""(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s",;]*)))?"""
    r"""(?:"(?:[^"\\]|\\.)*"|[^,])*(?:,|$)"""  # parameters, which nobody here reads
)


@dataclass(frozen=True)
class Preferences:
    """Preferences that are known; all others are ignored (RFC 7240, section 2)."""

    example: str | None = None
    code: int | None = None
    dynamic: bool = False
    seed: int | None = None
    scenario: str | None = None


NONE = Preferences()


class PreferenceError(Exception):
    """A preference has a value that it cannot have; it holds what is wrong."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation


def named(preference: str, value: str) -> str:
    """A preference as a header says it, its value in quotes where it must be."""
    return f'{preference}="{value}"' if re.search(r"[\s,;=]", value) else f"{preference}={value}"


def read(request: Request) -> Preferences:
    """The preferences of a request. Raises PreferenceError for a value that cannot be."""
    if "prefer" not in request.headers:
        return NONE
    given: dict[str, str] = {}
    for match in PREFERENCE.finditer(request.headers["prefer"]):
        value = match["quoted"] if match["quoted"] is not None else match["word"] or ""
        given.setdefault(match["name"].lower(), value)  # the first one counts
    dynamic = given.get("dynamic", "false")
    if dynamic not in ("true", "false", ""):
        raise PreferenceError(_wrong("dynamic is true or false", dynamic))
    return Preferences(
        example=given.get("example"),
        code=_number("code", given.get("code")),
        dynamic=dynamic != "false",
        seed=_number("seed", given.get("seed")),
        scenario=given.get("scenario"),
    )


def _number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise PreferenceError(_wrong(f"{name} is a whole number of at most 18 digits", text))
    return int(text)


def _wrong(message: str, found: str) -> Violation:
    return Violation("prefer", message, "Prefer", show(found))
