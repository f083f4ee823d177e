"""An HTML page as a reader of it finds it: its elements, their texts, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "link", "meta", "img", "br", "hr"}
CLOSED_BY_ITSELF = {"option"}  # its end tag may be left out
REFERENCES = ("for", "list", "aria-labelledby", "aria-describedby")


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
        """Its text as it is written, line breaks and all."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def words(self) -> str:
        """Its text with one blank between words."""
        return " ".join(self.text.split())

    def all(self, name: str = "", **wanted: str) -> list[Element]:
        """The elements of a name whose attributes are so; ``class_`` is one of its classes."""
        return [
            element
            for element in self.walk()
            if (not name or element.name == name)
            and all(
                value in element.attributes.get("class", "").split()
                if key == "class_"
                else element.attributes.get(key.replace("_", "-")) == value
                for key, value in wanted.items()
            )
        ]

    def one(self, name: str = "", **wanted: str) -> Element:
        (element,) = self.all(name, **wanted)
        return element


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.wrong.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        if tag in CLOSED_BY_ITSELF and self.open[-1].name == tag:
            self.open.pop()
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].name in CLOSED_BY_ITSELF and self.open[-1].name != tag:
            self.open.pop()
        if self.open[-1].name == tag:
            self.open.pop()
        else:
            self.wrong.append(f"</{tag}> ends <{self.open[-1].name}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Element:
    """The page; raises AssertionError when its tags do not nest or a reference leads nowhere."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    wrong = parser.wrong + [f"<{element.name}> is not closed" for element in parser.open[1:]]
    elements = list(parser.root.walk())
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    wrong += [f"the id {each} stands twice" for each in set(ids) if ids.count(each) > 1]
    for element in elements:
        named = [n for name in REFERENCES for n in element.attributes.get(name, "").split()]
        href = element.attributes.get("href", "")
        named += [href[1:]] if href.startswith("#") else []
        wrong += [
            f"{element.name} names {each}, which is not there" for each in named if each not in ids
        ]
    assert wrong == [], wrong
    return parser.root


def scripted(page: Element) -> list[str]:
    """What would run, or style, and does not come from a file of the gallery."""
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
