"""Write parameters as a client does (OpenAPI 3.1, section 4.8.12.3)."""

from typing import Any

Pairs = tuple[tuple[str, str], ...]

SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def text(value: Any) -> str:
    """Return a scalar as text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def in_query(style: str, explode: bool, name: str, value: Any) -> Pairs:
    """Return the pairs of a query that contain a value."""
    if style == "deepObject":
        return tuple((f"{name}[{key}]", text(each)) for key, each in value.items())
    if isinstance(value, list):
        if explode:
            return tuple((name, text(item)) for item in value)
        return ((name, SEPARATORS[style].join(map(text, value))),)
    if isinstance(value, dict):
        if explode:
            return tuple((key, text(each)) for key, each in value.items())
        return ((name, SEPARATORS[style].join(_alternating(value))),)
    return ((name, text(value)),)


def in_text(style: str, explode: bool, name: str, value: Any) -> str:
    """Return the text of a header, or of a part of the path, that contains a value."""
    prefix = {"simple": "", "label": ".", "matrix": ";"}[style]
    between = {"simple": ",", "label": ".", "matrix": ";"}[style] if explode else ","
    named = f"{name}=" if style == "matrix" else ""
    if isinstance(value, list):
        if explode:
            return prefix + between.join(named + text(item) for item in value)
        return prefix + named + between.join(map(text, value))
    if isinstance(value, dict):
        if explode:
            return prefix + between.join(f"{key}={text(each)}" for key, each in value.items())
        return prefix + named + between.join(_alternating(value))
    return prefix + named + text(value)


def _alternating(value: dict[str, Any]) -> list[str]:
    return [part for key, each in value.items() for part in (key, text(each))]
