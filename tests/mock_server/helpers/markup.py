"""A parsed HTML page: its elements, their texts, and its errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "link", "meta", "img", "br", "hr"}
OPTIONAL_END_TAG = {"option"}
REFERENCES = (  # attributes that refer to ids
    "for",
    "list",
    "aria-labelledby",
    "aria-describedby",
)


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    @property
    def text(self) -> str:
        """The text, with its line breaks."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def words(self) -> str:
        """The text with one space between words."""
        return " ".join(self.text.split())

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """Return the elements with a name and attributes.

        ``class_`` is one of the classes, and ``aria_label`` stands for ``aria-label``.
        """
        return [
            element
            for element in self.walk()
            if (not name or element.name == name)
            and all(
                value in element.attributes.get("class", "").split()
                if key == "class_"
                else element.attributes.get(key.replace("_", "-")) == value
                for key, value in attributes.items()
            )
        ]

    def one(self, name: str = "", **attributes: str) -> Element:
        """Return the only element with a name and attributes."""
        (element,) = self.all(name, **attributes)
        return element


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]
        self.errors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.errors.append(f"<{tag}> has a duplicate attribute: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        if tag in OPTIONAL_END_TAG and self.open[-1].name == tag:
            self.open.pop()
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].name in OPTIONAL_END_TAG and self.open[-1].name != tag:
            self.open.pop()
        if self.open[-1].name == tag:
            self.open.pop()
        else:
            self.errors.append(f"</{tag}> at {self.getpos()} closes <{self.open[-1].name}>")

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Element:
    """Return the parsed page; assert that its tags are nested and its references valid."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    errors = parser.errors + [f"<{element.name}> is not closed" for element in parser.open[1:]]
    elements = list(parser.root.walk())
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    errors += [f"duplicate id {each}" for each in set(ids) if ids.count(each) > 1]
    for element in elements:
        references = [n for name in REFERENCES for n in element.attributes.get(name, "").split()]
        href = element.attributes.get("href", "")
        references += [href[1:]] if href.startswith("#") else []
        errors += [
            f"<{element.name}> refers to the unknown id {each}"
            for each in references
            if each not in ids
        ]
    assert errors == [], errors
    return parser.root


def active_content(page: Element) -> list[str]:
    """Return the inline scripts, inline styles and ``javascript:`` links of a page."""
    return [
        f"<{element.name} {name}>"
        for element in page.walk()
        for name in [*element.attributes, ""]
        if name.startswith("on")
        or name == "style"
        or (not name and element.name == "style")
        or (
            not name
            and element.name == "script"
            and (element.text or "src" not in element.attributes)
        )
        or (
            name in ("href", "src", "action") and element.attributes[name].startswith("javascript:")
        )
    ]
