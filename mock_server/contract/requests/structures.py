"""Read arrays and objects: what the pairs of a query, or one text, mean for the shape of a schema.

A schema can allow several structures, such as a text or a list of texts. Each function returns
every value that the client can have meant; `conversion.best` selects one. Each raises StyleError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from ..document.operation import Parameter
from ..violations import LONGEST_FOUND, show
from .conversion import converted, items, of_texts, surrogates
from .shapes import Shape
from .styles import STYLES, Pair, StyleError, Text, deep_object, printable


def scalar(parameter: Parameter, shape: Shape, pairs: Sequence[Pair]) -> list[Any]:
    """Return the value of a parameter that is one text: an empty list if it is absent."""
    name = parameter.name
    texts = [text for key, text in pairs if key == name]
    if not texts:
        return []
    text = texts[0] if len(texts) == 1 and texts[0].isascii() else once(name, texts)
    return [converted(shape, text)]


def from_pairs(
    parameter: Parameter, shape: Shape, siblings: Collection[str], pairs: Sequence[Pair]
) -> list[Any]:
    """Return the possible values in the pairs of a query, or of cookies.

    siblings: the names of the other parameters, which no exploded object contains.
    """
    name, deep = parameter.name, parameter.style == "deepObject"
    texts = readable(name, [text for key, text in pairs if key == name])
    values: list[Any] = []
    if deep:
        members = readable(name, deep_object(name, pairs))
        values = [converted(shape, members)] if members else []
    elif parameter.explode and shape.allows_object:
        names = frozenset(shape.properties)
        own = [
            pair
            for pair in pairs
            if pair[0] in names or (shape.is_open and pair[0] not in siblings)
        ]
        readable(name, [key for key, _ in own])
        values = [members_of(shape, own)] if own else []
    if not texts:
        return values
    if not deep and not parameter.explode:
        return [*values, *_from_texts(parameter, shape, texts)]
    if shape.allows_array:
        return [*values, of_texts(shape, texts)]
    # The members of an exploded object have their own names.
    exploded_object = shape.allows_object and not deep and not shape.allows_scalar
    return values if exploded_object else [*values, converted(shape, once(name, texts))]


def from_text(parameter: Parameter, shape: Shape, text: str) -> list[Any]:
    """Return the possible values of a text in the path or a header."""
    style = STYLES.get(parameter.style, STYLES["simple"])
    return _structures(Text(parameter.name, style, parameter.explode, text), shape)


def members_of(shape: Shape, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the object whose members are pairs: an exploded object."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return {name: of_name(shape, name, each) for name, each in texts.items()}


def of_name(shape: Shape, name: str, texts: list[Any]) -> Any:
    """Return the value of a member. Only an array, or what is not declared, has several texts."""
    member = shape.member(name)
    if name in shape.properties and member.types and not member.allows_array:
        return converted(member, once(name, texts))
    return of_texts(member, readable(name, texts))


def once(name: str, texts: Sequence[Any]) -> Any:
    """Return the only text of a parameter."""
    readable(name, texts)
    if len(texts) > 1:
        raise StyleError(f"`{name}` must occur at most once", show(texts), "repeated-parameter")
    return texts[0]


def readable(name: str, written: Any) -> Any:
    """Return what a client wrote, if it is UTF-8."""
    for text in surrogates(written):
        raise StyleError(f"`{printable(name)}` must be UTF-8 text", ascii(text[:LONGEST_FOUND]))
    return written


def _from_texts(parameter: Parameter, shape: Shape, texts: list[str]) -> list[Any]:
    """Return the possible values of texts that are not exploded. Several make one array."""
    style = STYLES.get(parameter.style, STYLES["form"])
    parts = [Text(parameter.name, style, False, text) for text in texts]
    if len(parts) > 1 and shape.allows_array:
        return [items(shape, [each for part in parts for each in part.array()])]
    once(parameter.name, texts)
    return _structures(parts[0], shape)


def _structures(text: Text, shape: Shape) -> list[Any]:
    """Return every structure that the shape allows and the text can be."""
    values, errors = [], []
    for read in _readers(shape):
        try:
            values.append(read(text, shape))
        except StyleError as error:
            errors.append(error)
    if not values:
        in_json = converted(shape, text.text)  # as some clients write objects in every style
        if isinstance(in_json, str):
            raise errors[0]
        values.append(in_json)
    return values


def _readers(shape: Shape) -> Iterator[Callable[[Text, Shape], Any]]:
    if shape.allows_scalar:
        yield lambda text, shape: converted(shape, text.scalar())
    if shape.allows_array:
        yield lambda text, shape: items(shape, text.array())
    if shape.allows_object:
        yield lambda text, shape: {
            name: converted(shape.member(name), each) for name, each in text.object().items()
        }
