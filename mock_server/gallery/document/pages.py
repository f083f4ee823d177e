"""The OpenAPI document that the mock hands out: one file, with the mock's own address.

It is the document as the mock reads it: with its overlays, in the form of OpenAPI 3.1, without
webhooks and callbacks, which the mock does not serve.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...contract.document.spec import Spec
from ...contract.exchange import Response
from ...contract.violations import parts
from ..page_request import PageRequest
from .bundling import bundled

ADDRESS = "http://mock-server.invalid"  # stands for the address of the mock in a cached text
FORMATS = {"json": "application/json", "yaml": "application/yaml"}  # RFC 9512
SERVERS = "servers"
FIRST = ("openapi", "info")  # members that a reader expects at the top
# At most the texts of one version of the files: the one that was requested last.
_cached: list[tuple[Spec, dict[str, str]]] = []


def document_json(page: PageRequest) -> Response:
    """Return the document as JSON."""
    return _response(page, "json")


def document_yaml(page: PageRequest) -> Response:
    """Return the document as YAML."""
    return _response(page, "yaml")


def served_document(spec: Spec, address: str) -> dict[str, Any]:
    """Return the document of a mock. address: of the mock, with the prefix of a session."""
    data = bundled(spec.data)
    first = {name: data[name] for name in FIRST if name in data}
    paths = {path: _without_servers(item) for path, item in data["paths"].items()}
    for operation in spec.operations.values():
        _, path, method = parts(operation.pointer)
        own = {SERVERS: _servers(operation.prefixes, address)} if operation.prefixes else {}
        paths[path][method] = {**_without_servers(paths[path][method]), **own}
    rest = {name: value for name, value in data.items() if name not in (*FIRST, SERVERS)}
    return {**first, SERVERS: _servers(spec.prefixes, address), **rest, "paths": paths}


def _without_servers(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name != SERVERS}


def _servers(prefixes: tuple[str, ...], address: str) -> list[dict[str, str]]:
    return [{"url": f"{address}{prefix}"} for prefix in prefixes]


def _response(page: PageRequest, name: str) -> Response:
    text = _text(page.spec, name).replace(ADDRESS, f"{page.origin}{page.root}")
    return Response(200, (("Content-Type", FORMATS[name]),), text.encode("utf-8", "replace"))


def _text(spec: Spec, name: str) -> str:
    if not (_cached and _cached[0][0] is spec):
        _cached[:] = [(spec, {})]
    texts = _cached[0][1]
    if name not in texts:
        texts[name] = WRITERS[name](served_document(spec, ADDRESS))
    return texts[name]


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _yaml(data: Any) -> str:
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))


WRITERS: Mapping[str, Callable[[Any], str]] = {"json": _json, "yaml": _yaml}
