"""Validate XML against the subset of XML Schema that the JUnit schema uses."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    """The global elements of a schema file, with their attributes and children."""

    def __init__(self, file: Path) -> None:
        self.root = ET.parse(file).getroot()  # noqa: S314

    @cached_property
    def elements(self) -> dict[str, ET.Element]:
        return {each.attrib["name"]: each for each in self.root.findall(f"{XS}element")}

    @cached_property
    def patterns(self) -> dict[str, str]:
        types = self.root.findall(f"{XS}simpleType")
        return {each.attrib["name"]: each.find(f".//{XS}pattern").get("value") for each in types}  # type: ignore[union-attr,misc]

    def problems(self, element: ET.Element) -> Iterator[str]:
        """Yield each way in which an element, or one below it, is not valid."""
        name, declared = element.tag, self.elements.get(element.tag)
        if declared is None:
            yield f"<{name}> is unknown"
            return
        attributes = {each.attrib["name"]: each for each in declared.iter(f"{XS}attribute")}
        for attribute, value in element.attrib.items():
            if attribute not in attributes:
                yield f"<{name}> must have no attribute {attribute}"
            else:
                pattern = self.patterns.get(attributes[attribute].get("type", ""))
                if pattern and not re.fullmatch(pattern, value):
                    yield f'{attribute}="{value}" of <{name}> must match {pattern}'
        for attribute, each in attributes.items():
            if each.get("use") == "required" and attribute not in element.attrib:
                yield f"<{name}> must have the attribute {attribute}"
        children = {each.get("ref") for each in declared.iter(f"{XS}element")} - {None}
        mixed = declared.get("type") == "xs:string" or declared.find(f"{XS}complexType[@mixed]")
        if (element.text or "").strip() and mixed is None:
            yield f"<{name}> must have no text"
        for child in element:
            if child.tag not in children:
                yield f"<{name}> must have no <{child.tag}>"
            yield from self.problems(child)
