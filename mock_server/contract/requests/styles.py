"""The styles in which a parameter is written (OpenAPI 3.1, section 4.8.12.3).

Everything here takes what a client sent, and returns what it wrote: a text, a list of texts, or
texts by names. The percent-encoding is already decoded: an encoded delimiter is a delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..violations import show

Pair = tuple[str, str]
BRACKETS = re.compile(r"\[([^\[\]]*)\]")
MAX_KEYS = 20  # levels of `name[a][b]`
MAX_VALUES = 10_000  # of one text


class StyleError(ValueError):
    """A text does not have the style of its parameter.

    found: what was written instead, as short text; rule: of the violation, if it is not the
    location of the parameter.
    """

    def __init__(self, message: str, found: str, rule: str = "") -> None:
        super().__init__(message)
        self.found, self.rule = found, rule


@dataclass(frozen=True)
class Style:
    """How one text contains an array or an object.

    prefix: the text before it. separator: between its values; exploded: the same with ``explode``.
    named: whether the name of the parameter comes before a value.
    """

    prefix: str
    separator: str
    exploded: str
    named: bool = False


STYLES = {
    "simple": Style("", ",", ","),
    "label": Style(".", ",", "."),
    "matrix": Style(";", ",", ";", named=True),
    "form": Style("", ",", "&"),
    "spaceDelimited": Style("", " ", " "),
    "pipeDelimited": Style("", "|", "|"),
}


@dataclass(frozen=True)
class Text:
    """One text with the value of a parameter. Each method raises StyleError."""

    name: str
    style: Style
    explode: bool
    text: str

    def scalar(self) -> str:
        """Return the text of a single value."""
        return self._without_name(self._without_prefix())

    def array(self) -> list[str]:
        """Return the texts of the items."""
        text = self._without_prefix()
        if self.explode:
            return [self._without_name(each) for each in _split(text, self.style.exploded)]
        return _split(self._without_name(text), self.style.separator)

    def object(self) -> dict[str, str]:
        """Return the texts of the members by their names."""
        text = self._without_prefix()
        if self.explode:
            pairs = [each.partition("=") for each in _split(text, self.style.exploded)]
            if all(equals for _, equals, _ in pairs):
                return {name: value for name, _, value in pairs}
            raise self._error(f"key=value{self.style.exploded}key=value")
        texts = _split(self._without_name(text), self.style.separator)
        if len(texts) % 2 == 0:
            return dict(zip(texts[::2], texts[1::2], strict=True))
        raise self._error(self.style.separator.join(("key", "value", "key", "value")))

    def _without_prefix(self) -> str:
        if self.text.startswith(self.style.prefix):
            return self.text.removeprefix(self.style.prefix)
        raise self._error(f"{self.style.prefix}value")

    def _without_name(self, text: str) -> str:
        if not self.style.named:
            return text
        name, equals, value = text.partition("=")
        if name == self.name and equals:
            return value
        raise self._error(f"{self.style.prefix}{self.name}=value")

    def _error(self, form: str) -> StyleError:
        return StyleError(f"`{self.name}` must be written as {form}", show(self.text))


def deep_object(name: str, pairs: Iterable[Pair]) -> dict[str, Any]:
    """Return the members of the pairs ``name[key]=value``. Raises StyleError.

    The style defines one key. Clients write members of members as ``name[a][b]``, and arrays as
    ``name[a][]`` or ``name[a][0]``: these become members with the names ``""`` and ``"0"``.
    """
    members: dict[str, Any] = {}
    for key, text in pairs:
        if key.startswith(name + "["):
            _insert(members, _keys(name, key), text)
    return members


def _keys(name: str, key: str) -> list[str]:
    rest = key.removeprefix(name)
    keys = BRACKETS.findall(rest)
    if len("".join(keys)) + 2 * len(keys) != len(rest) or len(keys) > MAX_KEYS:
        raise StyleError(f"`{name}` must be written as {name}[key]=value", printable(show(key)))
    return keys


def _insert(members: dict[str, Any], keys: Sequence[str], text: str) -> None:
    """Insert a text. A key that occurs twice has a list of texts."""
    *parents, last = keys
    for parent in parents:
        members = members.setdefault(parent, {})
        if not isinstance(members, dict):
            raise _both(parent)
    earlier = members.get(last)
    if isinstance(earlier, dict):
        raise _both(last)
    if isinstance(earlier, list):
        earlier.append(text)
    else:
        members[last] = text if earlier is None else [earlier, text]


def _both(key: str) -> StyleError:
    return StyleError(f"[{printable(key)}] must be a value or an object, not both", "both")


def _split(text: str, separator: str) -> list[str]:
    if text.count(separator) >= MAX_VALUES:
        raise StyleError(f"must have at most {MAX_VALUES} values", printable(show(text)))
    return text.split(separator) if text else []


def printable(text: str) -> str:
    """Return a text that can be encoded: bytes that were not UTF-8 become question marks."""
    return text.encode("utf-8", "replace").decode()
