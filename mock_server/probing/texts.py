"""Write the values of parameters as a client does, in each style (OpenAPI 3.1, section 4.8.12.3).

`contract/requests/styles.py` reads these texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..contract.document.operation import Parameter
from ..contract.requests.styles import STYLES

Pair = tuple[str, str]


def pairs_of(parameter: Parameter, value: Any) -> list[Pair]:
    """Return the pairs of a query, or of cookies, that contain a value."""
    name = parameter.name
    if parameter.media_type is not None:
        return [(name, _content(value))]
    if parameter.style == "deepObject" and isinstance(value, dict):
        return list(_deep(name, value))
    if (parameter.explode or parameter.style == "deepObject") and isinstance(value, list):
        return [(name, text_of(item)) for item in value]
    if parameter.explode and isinstance(value, dict):
        return [
            (member, text_of(item))
            for member, each in value.items()
            for item in (each if isinstance(each, list) else [each])
        ]
    style = STYLES.get(parameter.style, STYLES["form"])
    return [(name, style.separator.join(_parts(value)))]


def text_in(parameter: Parameter, value: Any) -> str:
    """Return the text of a header, or of a part of the path, that contains a value."""
    if parameter.media_type is not None:
        return _content(value)
    style = STYLES.get(parameter.style, STYLES["simple"])
    name = f"{parameter.name}=" if style.named else ""
    if not parameter.explode or not isinstance(value, list | dict):
        return style.prefix + name + style.separator.join(_parts(value))
    if isinstance(value, dict):
        parts = [f"{key}={text_of(each)}" for key, each in value.items()]
    else:
        parts = [name + text_of(each) for each in value]
    return style.prefix + style.exploded.join(parts)


def text_of(value: Any) -> str:
    """Return a value as text: a text as it is, null as an empty text, others as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _content(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parts(value: Any) -> list[str]:
    """Return the texts of a value that are written with separators."""
    if isinstance(value, list):
        return [text_of(item) for item in value]
    if isinstance(value, dict):
        return [text for key, each in value.items() for text in (key, text_of(each))]
    return [text_of(value)]


def _deep(name: str, value: Any) -> Iterator[Pair]:
    """Yield the pairs ``name[key]=value`` of an object."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _deep(f"{name}[{key}]", member)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _deep(f"{name}[{index}]", item)
    else:
        yield name, text_of(value)
