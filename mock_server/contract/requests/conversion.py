"""Convert the texts of parameters and forms to the types of their schema.

A value that cannot be converted stays a text, and the schema then rejects it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..source import json_text
from .shapes import Shape

BOOLEANS = {"true": True, "false": False}
NULLS = ("", "null")
CHARSETS = {"iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252"}
MAX_INDEX = 9  # digits of the position in `name[0]`


@dataclass(frozen=True)
class Parsed:
    """A value that is parsed already, such as a part of a form whose media type is JSON."""

    value: Any


def converted(shape: Shape, written: Any) -> Any:
    """Return what a client wrote with the types of the shape.

    written: a text, or texts by position or name, in any depth.
    """
    if isinstance(written, str):
        return _of_text(shape, written)
    if isinstance(written, Parsed):
        return written.value
    if isinstance(written, list):
        return of_texts(shape, written)
    values: list[Any] = []
    if shape.allows_object or not shape.allows_array:
        values.append({name: converted(shape.member(name), each) for name, each in written.items()})
    if shape.allows_array and (texts := _by_position(written)) is not None:
        values.append(items(shape, texts))
    return best(shape, values) if values else written


def of_texts(shape: Shape, texts: Sequence[Any]) -> Any:
    """Return the value of the texts of one name: an array, or a scalar if there is one text."""
    if len(texts) > 1:
        return items(shape, texts)
    single = converted(shape, texts[0])
    if not shape.allows_array:
        return single
    values = [single, items(shape, texts)]
    literal = shape.allows_scalar or isinstance(texts[0], Parsed)
    return best(shape, values if literal else values[::-1])


def items(shape: Shape, texts: Sequence[Any]) -> list[Any]:
    """Return the items of an array that a client wrote."""
    return [converted(shape.item(index), each) for index, each in enumerate(texts)]


def best(shape: Shape, values: Sequence[Any]) -> Any:
    """Return the first of the values that fit the shape best."""
    return values[0] if len(values) == 1 else max(values, key=shape.fits)


def number(text: str) -> int | float | None:
    """Return the number that a text is in the syntax of JSON; None for other texts."""
    if text[:1] not in "-0123456789" or text != text.strip():
        return None
    value = next(iter(_json(text)), None)
    return value if isinstance(value, int | float) else None


def decoded(content: bytes, charset: str) -> str:
    """Return bytes as text. What is not valid in the charset becomes lone surrogates.

    Any other charset than those of CHARSETS is read as UTF-8, of which most are a part.
    """
    return content.decode(CHARSETS.get(charset.lower(), "utf-8"), "surrogateescape")


def surrogates(written: Any) -> Iterable[str]:
    """Yield the texts that were not valid UTF-8: their bytes were decoded to lone surrogates."""
    if isinstance(written, str):
        if not written.isascii() and any("\ud800" <= each <= "\udfff" for each in written):
            yield written
    elif isinstance(written, Mapping):
        for name, each in written.items():
            yield from surrogates(name)
            yield from surrogates(each)
    elif isinstance(written, list):
        for each in written:
            yield from surrogates(each)


def _of_text(shape: Shape, text: str) -> Any:
    """Return the value of a text: a scalar, or an array or an object in JSON."""
    scalars = shape.scalars
    if scalars == ("string",) and not shape.allows_object and not shape.allows_array:
        return text
    values = [value for kind in scalars for value in _CONVERTERS[kind](text)]
    if (shape.allows_object and text[:1] == "{") or (shape.allows_array and text[:1] == "["):
        values += _json(text)
    return best(shape, values) if values else text


def _by_position(written: Mapping[str, Any]) -> list[Any] | None:
    """Return the values of ``name[]`` or ``name[0]`` in their order; None for other keys."""
    if set(written) == {""}:
        values = written[""]
        return values if isinstance(values, list) else [values]
    if not all(key.isascii() and key.isdigit() and len(key) <= MAX_INDEX for key in written):
        return None
    return [written[key] for key in sorted(written, key=int)]


def _json(text: str) -> list[Any]:
    try:
        return [json_text.parse(text.encode("utf-8", "replace"))]
    except json_text.JsonError:
        return []


def _numbers(text: str) -> Sequence[Any]:
    value = number(text)
    return () if value is None else (value,)


def _integers(text: str) -> Sequence[Any]:
    value = number(text)
    return (value,) if isinstance(value, int) else ()  # 1.0 and 1e3 are not written as integers


# Type → the values of that type that a text can be: one, or none
_CONVERTERS: dict[str, Callable[[str], Sequence[Any]]] = {
    "boolean": lambda text: (BOOLEANS[text],) if text in BOOLEANS else (),
    "integer": _integers,
    "number": _numbers,
    "string": lambda text: (text,),
    "null": lambda text: (None,) if text in NULLS else (),
}
