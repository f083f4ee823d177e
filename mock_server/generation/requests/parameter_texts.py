"""Values of parameters in the style in which a request contains them (OpenAPI 3.1, 4.8.12.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...contract.document.operation import Parameter
from ...contract.requests.styles import STYLES, Pair, Style


def path_text(parameter: Parameter, value: Any) -> str:
    """Return a value as a part of the path, not percent-encoded."""
    return _text(parameter, STYLES.get(parameter.style, STYLES["simple"]), value)


def header_text(parameter: Parameter, value: Any) -> str:
    """Return a value as a header."""
    text = _text(parameter, STYLES["simple"], value)
    return "".join(each if each.isprintable() else " " for each in text)


def pairs_of(parameter: Parameter, value: Any) -> list[Pair]:
    """Return a value as pairs of a query, or of cookies."""
    if parameter.media_type is not None or not isinstance(value, dict | list):
        return [(parameter.name, _text(parameter, STYLES["form"], value))]
    if parameter.style == "deepObject":
        return list(_deep_pairs(parameter.name, value))
    if not parameter.explode:
        style = STYLES.get(parameter.style, STYLES["form"])
        return [(parameter.name, _joined(style.separator, value))]
    if isinstance(value, list):
        return [(parameter.name, _scalar(item)) for item in value]
    return [
        (name, _scalar(item))
        for name, member in value.items()
        for item in (member if isinstance(member, list) else [member])
    ]


def _text(parameter: Parameter, style: Style, value: Any) -> str:
    """Return a value as one text with the prefix of its style."""
    if parameter.media_type is not None:
        return json.dumps(value, ensure_ascii=False)
    name = f"{parameter.name}=" if style.named else ""
    if isinstance(value, dict) and parameter.explode:
        members = (f"{key}={_scalar(member)}" for key, member in value.items())
        return style.prefix + style.exploded.join(members)
    if isinstance(value, list) and parameter.explode:
        return style.prefix + style.exploded.join(name + _scalar(item) for item in value)
    return style.prefix + name + _joined(style.separator, value)


def _joined(separator: str, value: Any) -> str:
    if isinstance(value, dict):
        return separator.join(text for key in value for text in (key, _scalar(value[key])))
    return separator.join(map(_scalar, value if isinstance(value, list) else [value]))


def _deep_pairs(name: str, value: Any) -> Iterator[Pair]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _deep_pairs(f"{name}[{key}]", member)
    elif isinstance(value, list):
        yield from ((f"{name}[]", _scalar(item)) for item in value)
    else:
        yield name, _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
