"""Values of a document that know where they are, so that a reference can be followed.

A reference leads to another place of the same file, or to a file in the folder of the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

import yaml
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

MAX_REFERENCES = 50  # in a chain


class BrokenReferenceError(ValueError):
    """A reference that leads nowhere, or to itself."""


class _TextLoader(yaml.CSafeLoader):
    """A YAML loader that keeps dates as text, as JSON has them."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read(path: Path) -> Any:
    """Return the data of a JSON or YAML file. Raise ValueError if it is neither."""
    text = path.read_text("utf-8-sig")
    if path.suffix == ".json":
        return json.loads(text)
    try:
        return _with_text_keys(yaml.load(text, _TextLoader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError) as error:  # an alias may contain itself
        raise ValueError(str(error)) from error


def _with_text_keys(value: Any) -> Any:
    """Return YAML data with the keys of JSON: the status 200 becomes "200"."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_with_text_keys(below) for below in value]
    return value


@dataclass
class Files:
    """The files of a document, and schemas that are in no file, by address."""

    folder: Path
    contents: dict[str, Any] = field(default_factory=dict)

    def content(self, address: str) -> Any:
        """Return the content at an address. Raise BrokenReferenceError outside the folder."""
        if address not in self.contents:
            path = Path(unquote(urlsplit(address).path)).resolve()
            if not address.startswith("file:") or not path.is_relative_to(self.folder.resolve()):
                raise BrokenReferenceError(f"{address} is not in the folder of the document")
            try:
                self.contents[address] = read(path)
            except (OSError, ValueError) as error:
                raise BrokenReferenceError(f"{address}: {error}") from error
        return self.contents[address]

    def inline(self, schema: Any) -> Node:
        """Return a node for a schema that is in no file."""
        address = f"urn:inline:{len(self.contents)}"
        self.contents[address] = schema
        return Node(self, address, "", schema)

    def registry(self) -> Registry[Any]:
        """Return these files in the form that the validators of jsonschema need."""

        def retrieve(address: str) -> Resource[Any]:
            try:
                return DRAFT202012.create_resource(self.content(address))
            except BrokenReferenceError as error:
                raise NoSuchResource(address) from error

        return Registry(retrieve=retrieve)  # type: ignore[call-arg]


@dataclass(frozen=True)
class Node:
    """A value of a document. file: its address. pointer: a JSON pointer (RFC 6901) in the file."""

    files: Files = field(repr=False, compare=False)
    file: str
    pointer: str
    value: Any = field(compare=False)

    @property
    def reference(self) -> dict[str, str]:
        """Return a schema that refers to this node."""
        return {"$ref": f"{self.file}#{quote(self.pointer)}"}

    def get(self, *keys: str | int) -> Node:
        """Return the value below these keys, None if absent. References on the way are followed.

        The value itself may be a reference, since a schema may have keywords beside it.
        """
        node = self
        for key in keys:
            node = node.resolved()
            value = node.value
            if isinstance(value, dict):
                below = value.get(key)
            else:
                inside = isinstance(value, list) and isinstance(key, int) and key < len(value)
                below = value[key] if inside else None
            token = str(key).replace("~", "~0").replace("/", "~1")
            node = Node(node.files, node.file, f"{node.pointer}/{token}", below)
        return node

    def mapping(self) -> dict[str, Any]:
        """Return the resolved value if it is an object, else an empty one."""
        value = self.resolved().value
        return value if isinstance(value, dict) else {}

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object."""
        for key in self.mapping():
            yield str(key), self.get(key)

    def elements(self) -> Iterator[Node]:
        """Yield the elements of a list."""
        value = self.resolved().value
        for index in range(len(value) if isinstance(value, list) else 0):
            yield self.get(index)

    def resolved(self) -> Node:
        """Follow references. Raise BrokenReferenceError."""
        node = self
        for _ in range(MAX_REFERENCES):
            reference = node.value.get("$ref") if isinstance(node.value, dict) else None
            if not isinstance(reference, str):
                return node
            node = node.target(reference)
        raise BrokenReferenceError(f"{self.pointer}: a chain of references without an end")

    def target(self, reference: str) -> Node:
        """Return the value that a reference leads to. Raise BrokenReferenceError."""
        address, fragment = urldefrag(urljoin(self.file, reference))
        if not urlsplit(reference).path:
            address = self.file  # a relative reference in a URN stays in the URN
            fragment = reference.partition("#")[2]
        value = self.files.content(address)
        for token in unquote(fragment).split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, dict) and key in value:
                value = value[key]
            else:
                raise BrokenReferenceError(f"{reference}: `{key}` does not exist")
        return Node(self.files, address, unquote(fragment), value)


def document_node(path: Path, data: Any) -> Node:
    """Return the root of a document that was read from a file."""
    address = path.resolve().as_uri()
    return Node(Files(path.resolve().parent, {address: data}), address, "", data)
