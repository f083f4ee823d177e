"""The paths ``/`` and those of the servers: the gallery for a browser, text for other clients."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

from ..contract.document.spec import Spec
from ..contract.exchange import Request, Response
from ..fixtures.values import Fixtures
from ..http.admin_access import SCHEME
from ..operations.call import Context
from ..state import session_names

ICON_PATH = "/favicon.ico"
DOCUMENTS = ("/openapi.yaml", "/openapi.json")
ICON = Path(__file__).with_name("static") / "icon.svg"
TEXT = (("Content-Type", "text/plain; charset=utf-8"), ("Vary", "Accept"))
WIDTH = 100  # characters of a line
MAX_OPERATIONS = 20
MAX_PATH, MAX_SUMMARY = 45, 60  # characters


def paths(spec: Spec) -> frozenset[str]:
    """Return the paths at which the mock responds if the document has no operation there."""
    prefixes = (prefix for prefix in spec.prefixes if prefix)
    return frozenset(
        [
            "/",
            ICON_PATH,
            *DOCUMENTS,
            *(path for prefix in prefixes for path in (prefix, f"{prefix}/")),
        ]
    )


def document_request(request: Request, index_paths: frozenset[str]) -> Request:
    """Return the request for a page that a request for the document stands for.

    Any other request is returned as it is.
    """
    if not request.path.endswith(DOCUMENTS) or request.method not in ("GET", "HEAD"):
        return request
    inside = session_names.split_path(request.path)[1]
    if inside not in DOCUMENTS or inside not in index_paths:
        return request
    session = request.path.removesuffix(inside)
    return replace(request, path=f"{session}{session_names.CONTROL}{inside}")


def respond(context: Context, index_paths: frozenset[str], request: Request) -> Response | None:
    """Return the response to GET or HEAD of one of the paths; None for any other request."""
    if request.method not in ("GET", "HEAD") or request.parse_error is not None:
        return None
    session, path = session_names.split_path(request.path)
    valid = session is None or session_names.NAME.match(session)
    if path not in index_paths or not valid:
        return None
    if path == ICON_PATH:
        return _icon()
    if accepts_html(request):
        gallery = f"{root_of(request)}{session_names.CONTROL}/"
        return Response(303, (("Location", gallery), ("Vary", "Accept")))
    return text_response(context, request)


def accepts_html(request: Request) -> bool:
    """Return whether a request is from a browser that opens a page."""
    return "text/html" in request.headers.get("accept", "")


def root_of(request: Request) -> str:
    """Return the path of the mock: its mount point, and the session if the path names one."""
    session, _ = session_names.split_path(request.path)
    return request.mount + ("" if session is None else f"{session_names.PREFIX}{session}")


def text_response(context: Context, request: Request) -> Response:
    """Return what the mock serves, as text."""
    host = request.headers.get("host", "localhost")
    address = f"{SCHEME}://{host}{root_of(request)}"
    spec, fixtures = context.dataset.spec, context.dataset.fixtures
    text = "\n".join(_lines(spec, fixtures, address)) + "\n"
    return Response(200, TEXT, text.encode("utf-8", "replace"))


def _lines(spec: Spec, fixtures: Fixtures, address: str) -> Iterator[str]:
    yield f"{one_line(spec.data['info'].get('title', 'API'))}, served by mock-server"
    yield gallery_line(address)
    yield f"API        {bases_text(spec, address)}"
    yield from resource_lines(spec, fixtures, address)
    yield f"document   {address}{session_names.CONTROL}{DOCUMENTS[0]}"
    yield f"control    {address}{session_names.CONTROL}/ (docs/control-api.md)"


def bases_text(spec: Spec, address: str) -> str:
    """Return the base URLs of the API: those of the servers, and the address itself."""
    bases = [address + prefix for prefix in spec.prefixes if prefix]
    bare = f" (and on {address}/)" if any(spec.prefixes) else ""
    return f"{', '.join(bases) or address + '/'}{bare}"


def gallery_line(address: str) -> str:
    """Return the line with the address of the gallery."""
    return f"Gallery    {address}/ (open it in a browser)"


def resource_lines(spec: Spec, fixtures: Fixtures, address: str) -> Iterator[str]:
    """Yield the lines with the operations, the fixtures and the scenarios."""
    yield "operations" if fixtures.fixtures else f"operations {len(spec.operations)}"
    yield from operation_lines(spec, f"{address}{session_names.CONTROL}/operations")
    yield from wrapped("fixtures", fixtures.fixtures) if fixtures.fixtures else ()
    yield from wrapped("scenarios", fixtures.scenarios) if fixtures.scenarios else ()


def operation_lines(spec: Spec, page: str) -> Iterator[str]:
    """Yield a line for each of the first operations, and one for the rest: the URL of a page."""
    listed = list(islice(spec.operations.values(), MAX_OPERATIONS))
    method_width = max((len(operation.method) for operation in listed), default=0)
    path_width = min(max((len(operation.path) for operation in listed), default=0), MAX_PATH)
    for operation in listed:
        summary = textwrap.shorten(one_line(operation.summary), MAX_SUMMARY, placeholder=" …")
        line = f"  {operation.method:{method_width}} {operation.path:{path_width}}   {summary}"
        yield line.rstrip()
    if len(spec.operations) > len(listed):
        yield f"  … and {len(spec.operations) - len(listed)} more: {page}"


def wrapped(label: str, names: Iterable[str]) -> list[str]:
    """Return the lines of a label with names."""
    line = f"{label:10} {', '.join(names)}"
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 11, break_on_hyphens=False)


def one_line(text: object) -> str:
    """Return a text of the document as one line."""
    return " ".join(str(text or "").split())


@cache
def _icon() -> Response:
    headers = (("Content-Type", "image/svg+xml"), ("Cache-Control", "max-age=3600"))
    return Response(200, headers, ICON.read_bytes())
