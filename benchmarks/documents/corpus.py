"""The documents of the benchmark: from npm packages, and from folders on the command line."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from openapi_spec_validator import validate

from ..contenders import PEERS
from .nodes import BrokenReferenceError, Node, document_node, read
from .operations import METHODS, is_swagger

PACKAGES = PEERS / "node_modules"
SOURCES = (
    PACKAGES / "@readme/oas-examples",
    PACKAGES / "@netlify/open-api/dist",
    PACKAGES / "@scalar/galaxy/dist",
    PACKAGES / "@octokit/openapi/generated/api.github.com.json",
)
SUFFIXES = {".json", ".yaml", ".yml"}
VALIDATION_TIMEOUT = 60.0  # seconds
LARGE = 3_000_000  # bytes of the part of the largest document


@dataclass(frozen=True)
class Document:
    """A document. name: the path below its source. size: bytes of the file."""

    name: str
    path: Path
    data: Any
    size: int

    @property
    def root(self) -> Node:
        return document_node(self.path, self.data)


def find_documents(sources: Iterable[Path]) -> Iterator[Document]:
    """Yield the OpenAPI documents among the files of folders, and the files themselves."""
    for source in sources:
        if source.is_file():
            files = [source]
        else:
            files = sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES)
        base = source.parent if source.is_file() else _base(source)
        for path in files:
            document = load(path, str(path.relative_to(base)))
            if document:
                yield document


def _base(source: Path) -> Path:
    return PACKAGES if source.is_relative_to(PACKAGES) else source.parent


def load(path: Path, name: str) -> Document | None:
    """Return a document, or None if a file is not OpenAPI."""
    try:
        data = read(path)
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or not {"openapi", "swagger"} & data.keys():
        return None
    return Document(name, path, data, path.stat().st_size)


def part_of(document: Document, size: int, folder: Path) -> Document:
    """Return a document with the first paths of another one, of about this many bytes.

    It has the components that these paths refer to.
    """
    root = document.root
    paths: dict[str, Any] = {}
    components: dict[str, Any] = {}
    length = 0
    for path, item in root.get("paths").items():
        if length > size:
            break
        paths[path] = item.value
        length += len(json.dumps(item.value))
        length += sum(_add_components(root, item.value, components))
    schemes = document.data.get("components", {}).get("securitySchemes", {})
    data = {**document.data, "paths": paths}
    data["components"] = {**components, "securitySchemes": schemes}
    data.pop("webhooks", None)
    data.pop("x-webhooks", None)
    file = folder / f"{document.path.stem}-part.json"
    file.write_text(json.dumps(data), "utf-8")
    name = f"{document.name}, the first {len(paths)} paths"
    return Document(name, file, data, file.stat().st_size)


def _add_components(root: Node, value: Any, components: dict[str, Any]) -> Iterator[int]:
    """Add the components that a value refers to. Yield the size of each new one."""
    for reference in _references(value):
        kind, _, name = reference.removeprefix("#/components/").partition("/")
        if name not in components.setdefault(kind, {}):
            target = root.target(reference).value
            components[kind][name] = target
            yield len(json.dumps(target))
            yield from _add_components(root, target, components)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from _references(below)
    elif isinstance(value, list):
        for below in value:
            yield from _references(below)


def has_operations(document: Document) -> bool:
    """Return whether a document has an operation. Paths that cannot be read have none."""
    try:
        items = [item.mapping() for _, item in document.root.get("paths").items()]
    except BrokenReferenceError:
        return False
    return any(method in item for item in items for method in METHODS)


def validity(document: Document, timeout: float = VALIDATION_TIMEOUT) -> bool | None:
    """Return whether openapi-spec-validator accepts a document, or None after the time limit."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_validate, args=(document, sender), daemon=True
    )
    process.start()
    sender.close()
    try:
        return bool(receiver.recv()) if receiver.poll(timeout) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def _validate(document: Document, sender: Connection) -> None:
    try:
        validate(document.data, base_uri=document.path.resolve().as_uri())
    except Exception:  # noqa: BLE001 - the validator raises many kinds of errors
        sender.send(False)
    else:
        sender.send(True)


def version_of(document: Document) -> str:
    """Return the version that a document states, such as "3.1"."""
    stated = document.data["swagger" if is_swagger(document.root) else "openapi"]
    return ".".join(str(stated).split(".")[:2])
