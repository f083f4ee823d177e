"""Values as XML. The ``xml`` object of a schema names elements and attributes (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..schemas.combining import ContradictionError
from ..schemas.merging import Merged

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = "root"  # the element of a schema without a name
ITEM = "item"
# Letters of other scripts are valid too, but not every reader knows them.
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.\-\xc0-\xd6\xd8-\xf6\xf8-\xff]")
NOT_IN_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
START_OF_NAME = re.compile(r"[^0-9.\-]")


def xml_text(value: Any, data: Any, schema: Any) -> str:
    """Return a value as an XML document."""
    merged = _merged(data, schema, value)
    name = next((ref.rpartition("/")[2] for ref in merged.refs), ROOT)
    if isinstance(value, list):
        wrapper = _xml(merged).get("name", name)
        items = "".join(_elements(value, data, merged, ITEM, wrapped=False))
        return f"{DECLARATION}<{_name(wrapper)}>{items}</{_name(wrapper)}>"
    return DECLARATION + _element(value, data, merged, name)


def _merged(data: Any, schema: Any, value: Any) -> Merged:
    """Return the merged schema of a value. Of several schemas, the one with most of its names."""
    merged = Merged()
    try:
        merged.add(data, schema)
        position = 0
        while position < len(merged.groups):
            alternatives = merged.groups[position].alternatives
            best = max(alternatives, key=lambda each: _shared_names(data, each, value))
            merged.add(data, best)
            position += 1
    except ContradictionError:
        pass  # the value is still well-formed XML, with the names of its properties
    return merged


def _shared_names(data: Any, schema: Any, value: Any) -> int:
    merged = Merged()
    try:
        merged.add(data, schema)
    except ContradictionError:
        return -1
    names = merged.keywords.get("properties", {})
    return len(names.keys() & value.keys()) if isinstance(value, dict) else 0


def _xml(merged: Merged) -> Mapping[str, Any]:
    definition = merged.keywords.get("xml")
    return definition if isinstance(definition, dict) else {}


def _element(value: Any, data: Any, merged: Merged, name: str) -> str:
    """Return one element with its attributes and content."""
    tag, namespace = _tag(merged, name)
    attributes, content = namespace, ""
    if isinstance(value, dict):
        properties = merged.keywords.get("properties", {})
        rest = merged.keywords.get("additionalProperties", True)
        for key, member in value.items():
            inner = _merged(data, properties.get(key, rest), member)
            definition = _xml(inner)
            if definition.get("attribute") or definition.get("nodeType") == "attribute":
                inner_tag, inner_namespace = _tag(inner, key)
                attributes += f"{inner_namespace} {inner_tag}={quoteattr(_text(member))}"
            elif definition.get("nodeType") == "text":
                content += escape(_text(member))
            elif isinstance(member, list):
                wrapped = bool(definition.get("wrapped")) or definition.get("nodeType") == "element"
                content += "".join(_elements(member, data, inner, key, wrapped))
            else:
                content += _element(member, data, inner, key)
    elif isinstance(value, list):
        content = "".join(_elements(value, data, merged, ITEM, wrapped=False))
    else:
        content = escape(_text(value))
    return f"<{tag}{attributes}>{content}</{tag}>" if content else f"<{tag}{attributes}/>"


def _elements(
    value: list[Any], data: Any, merged: Merged, name: str, wrapped: bool
) -> Iterator[str]:
    """Yield an element for each item of a list, in one element around them if it is wrapped."""
    tag, namespace = _tag(merged, name)
    schema = merged.keywords.get("items", True)
    if wrapped:
        yield f"<{tag}{namespace}>"
    for item in value:
        # An item without an ``xml`` name has the name of the list (OpenAPI 3.1, section 4.8.26).
        inner = _merged(data, schema, item)
        yield _element(item, data, inner, name if wrapped or ":" in tag else tag)
    if wrapped:
        yield f"</{tag}>"


def _tag(merged: Merged, name: str) -> tuple[str, str]:
    """Return the name of an element with its prefix, and the declaration of its namespace."""
    definition = _xml(merged)
    local = _name(str(definition.get("name", name)))
    prefix = definition.get("prefix")
    namespace = definition.get("namespace")
    attribute = ""
    if namespace:
        attribute = f" xmlns{f':{_name(prefix)}' if prefix else ''}={quoteattr(str(namespace))}"
    # A prefix without a namespace is not well-formed for a reader that knows namespaces.
    return (f"{_name(prefix)}:{local}" if prefix and namespace else local), attribute


def _name(text: Any) -> str:
    name = NOT_IN_NAMES.sub("_", str(text))
    return name if START_OF_NAME.match(name) else f"_{name}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return NOT_IN_TEXT.sub("\ufffd", str(value))
