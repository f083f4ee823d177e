"""A mock of files in a folder, which is reloaded while the files are watched."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of, reloaded
from mock_server.app.sources import load_sources
from mock_server.commands.reload import Reloader, reloader_of
from mock_server.contract.exchange import Request

PATIENCE = 30  # seconds for a change of a file to be noticed


def write_document(path: Path, example: object, **schema: Any) -> None:
    """Write a document with one operation, ``GET /value``, which returns an example."""
    schema = {"example": example, **schema}
    content = {"application/json": {"schema": schema}}
    operation = {"responses": {"200": {"description": "OK", "content": content}}}
    write_yaml(path, {"openapi": "3.1.0", "info": INFO, "paths": {"/value": {"get": operation}}})


INFO = {"title": "A value", "version": "1"}
ITEM: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Items", "version": "1"},
    "paths": {
        "/items/{id}": {
            "get": {
                "operationId": "getItem",
                "x-lookup": {"finds": "Item", "ways": [{"by": {"id": "{Item.id}"}}]},
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                        },
                    },
                    "404": {"description": "None"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                "x-resource": {"key": "id"},
            }
        }
    },
}


def write_item(folder: Path, name: str) -> None:
    """Write a folder of fixtures with one item of the document ``ITEM``."""
    fixture = {"about": {"title": "An item"}, "resource": {"id": "1", "name": name}}
    write_yaml(folder / "items" / "first.yaml", fixture)


def write_yaml(path: Path, data: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")


def reloader_for(
    spec: Path, fixtures: Path | None = None, overlays: Sequence[Path] = ()
) -> Reloader:
    """Return a reloader of these files."""

    def build(earlier: Mock | None) -> Mock:
        sources = load_sources(spec, fixtures, overlays)
        return reloaded(earlier, *sources) if earlier else mock_of(*sources)

    return reloader_of(build)


def body(reloader: Reloader, path: str) -> str:
    """Return the body of a response."""
    return respond(reloader.mock, Request("GET", path)).body.decode()


@contextmanager
def watching(reloader: Reloader) -> Iterator[None]:
    """Watch the files during the block; assert that the watcher still runs at its end."""
    stop = threading.Event()
    watcher = threading.Thread(target=reloader.watch, args=[stop])
    watcher.start()
    try:
        yield
        assert watcher.is_alive()
    finally:
        stop.set()
        watcher.join(PATIENCE)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
