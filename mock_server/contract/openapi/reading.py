"""Reads an OpenAPI document from its files, and normalises it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..source.documents import Document, SourceFile
from ..violations import ContractError, Violation, pointer, show
from . import relocation as relocating
from .files import ParsedFile, parse_file
from .following import break_cycles, copy_examples, follow
from .operations import complete, operations_of
from .origins import Origins
from .overlays import Overlays, apply_overlays
from .path_items import inline_path_items
from .references import FILES, Folder
from .relocation import Relocation
from .report import Report, Where, steps
from .schemas.repair import visit_schema
from .structure import Structure, visit_members
from .swagger.conversion import convert

# The start of a version → the version that decides how to read the document.
SUPPORTED = {
    "openapi": {"3.0": "3.0", "3.1": "3.1", "3.2": "3.2", "3": "3.0"},
    "swagger": {"2.0": "2.0", "2": "2.0"},
}
# Field → the format that it identifies, for files that are not OpenAPI documents.
OTHER_FORMATS = {
    "asyncapi": "an AsyncAPI document",
    "arazzo": "an Arazzo document",
    "overlay": "an OpenAPI Overlay: give it with --overlay",
    "swaggerVersion": "a Swagger 1 document: convert it to OpenAPI 3",
    "item": "probably a Postman collection: export it as OpenAPI",
    "resources": "probably a HAR file or a discovery document",
    "$schema": "a JSON Schema",
}


def read_document(path: Path, overlays: Sequence[Path] = ()) -> Document:
    """Read an OpenAPI document (3.0, 3.1, 3.2; JSON or YAML) in the form of OpenAPI 3.1.

    The data of the result has these properties:

    - ``paths`` is a mapping of path items without references; each path starts with a slash and has
      its path parameters; each operation has a unique ``operationId`` and at least one response.
    - Each object of OpenAPI has only values of the types that OpenAPI defines; each parameter has a
      name, a location, and a schema or content.
    - Each ``$ref`` is ``#/…`` (percent-encoded), has a target of the same kind, and never leads
      only to other references. Other files of the folder are in ``x-files``.
    - Each schema is an object that is valid JSON Schema 2020-12; only ``additionalProperties`` and
      ``unevaluated…`` may be true or false. Each pattern compiles in Rust and in Python.
    - ``components.schemas`` and ``servers`` exist. There are no webhooks and no callbacks.

    Raises ContractError with all problems that make it impossible to serve the document. Others are
    its notes, unless the document uses extensions of this project: then they are errors too.
    """
    with _without_garbage_collection():
        return _read(path, overlays)


def _read(path: Path, overlays: Sequence[Path]) -> Document:
    main = parse_file(path)
    report, origins = Report(), Origins()
    _require_mapping(main)
    applied = apply_overlays(main.data, overlays, origins)
    version = _version(main)
    folder = Folder(path, main)
    data = main.data
    structure = Structure(folder, report, version)
    for problem in main.problems:
        report.add_located(problem)
    inline_path_items(structure, data, origins)
    if version == "2.0":
        _convert(structure, data, origins)
    folder.forget()
    structure.add(data, "document", None, "")
    _visit_all(structure)
    break_cycles(structure)
    relocation = Relocation()
    complete(structure, data, relocation)
    _leave_out(structure, data)
    relocating.apply(structure, relocation)
    origins.move(relocation.origins)
    _attach_files(structure, data)
    if version != "3.1":
        data["openapi"] = "3.1.0"
    document = Document(
        path,
        main.file.text,
        json=main.file.json,
        data=data,
        origins=_source_files(folder, applied, origins),
        remarks=report.notes,
        own=main.own,
        extended=main.own or applied.own,
    )
    _require_operations(document, report)
    _raise_errors(document, folder, report, set(map(id, applied.files.values())))
    return document


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the collector: a large document creates many objects, and none of them is garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _require_mapping(main: ParsedFile) -> None:
    if not isinstance(main.data, dict):
        found = "an empty file" if main.data is None else show(main.data)
        message, location = "an OpenAPI document must be a mapping", main.file.location()
        raise ContractError([Violation("openapi", message, found=found, location=location)])


def _version(main: ParsedFile) -> str:
    """Return the version of OpenAPI. Raises ContractError if it is not supported."""
    data, file = main.data, main.file
    key = "openapi" if "openapi" in data else "swagger"
    stated = data.get(key)
    version = ".".join(str(stated).strip().split(".")[:2])
    if version in SUPPORTED[key]:
        return SUPPORTED[key][version]
    if stated is None:
        other = next((other for key, other in OTHER_FORMATS.items() if key in data), "")
        violation = Violation(
            "openapi",
            "an OpenAPI document must have the field `openapi`",
            found=other or ", ".join(list(data)[:5]) or "an empty mapping",
            fix="add openapi: 3.1.0 if this is one",
            location=file.location(),
        )
    else:
        violation = Violation(
            "openapi",
            "must be OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0",
            pointer=f"/{key}",
            found=show(stated),
            fix="write 3.1.0" if key == "openapi" else "write 2.0",
            location=file.location(f"/{key}"),
        )
    raise ContractError([violation])


def _convert(structure: Structure, data: dict[str, Any], origins: Origins) -> None:
    """Convert a Swagger 2.0 document. Adds the origins of what moves."""
    conversion = convert(data, structure.folder, structure.report, structure.copied_from)
    structure.copied_from.update(conversion.copied_from)
    for here, there in conversion.origins.items():
        structure.folder.moved.setdefault(there, here)
    origins.move(conversion.origins)


def _visit_all(structure: Structure) -> None:
    """Visit all objects, then follow references until there are no more."""
    while structure.queue or structure.pending:
        while structure.queue:
            visit = structure.queue.popleft()
            if visit.kind == "schema":
                visit_schema(structure, visit)
            else:
                visit_members(structure, visit)
        if structure.pending:
            follow(structure, structure.pending.popleft())
    copy_examples(structure)


def _leave_out(structure: Structure, data: Any) -> None:
    """Remove webhooks and callbacks, unless a reference needs a part of them."""
    report = structure.report
    targets = [steps(each.target.where) for each in structure.references if each.target]

    def needed(*base: str | int) -> bool:
        return any(target[: len(base)] == base for target in targets)

    if "webhooks" in data:
        report.remark("webhooks", (None, "webhooks"), "webhooks are not served")
        if not needed("webhooks"):
            del data["webhooks"]
    components = data.get("components", {})
    for key in ("callbacks", "pathItems"):
        if key in components and not needed("components", key):
            del components[key]
    for path, method, operation, where in operations_of(data):
        if "callbacks" in operation:
            report.remark("callbacks", (where, "callbacks"), "callbacks are not sent")
            if not needed("paths", path, method, "callbacks"):
                del operation["callbacks"]
    for path, item in data["paths"].items():
        for key in ("query", "additionalOperations"):
            if key in item:
                at: Where = (((None, "paths"), path), key)
                report.remark("openapi", at, "operations of other methods are not served")
                del item[key]


def _attach_files(structure: Structure, data: Any) -> None:
    files = {name: each.data for name, each in structure.folder.files.items() if name}
    if files:
        data[FILES] = files


def _source_files(
    folder: Folder, overlays: Overlays, origins: Origins
) -> dict[str, tuple[SourceFile, str]]:
    """Return JSON pointer → file and JSON pointer there, also for the other files."""
    files = {pointer((FILES, name)): (name, "") for name in folder.files if name}
    sources = {name: each.file for name, each in folder.files.items()} | overlays.files
    listed = {**files, **dict(origins)}
    return {here: (sources[name], there) for here, (name, there) in listed.items()}


def _require_operations(document: Document, report: Report) -> None:
    if report.errors or next(operations_of(document.data), None) is not None:
        return
    if any(note.rule == "webhooks" for note in report.notes):
        message = "the document has only webhooks, which are not served"
        report.error("paths", None, message, fix="add operations under paths")
    else:
        message = "the document has no operations under paths: nothing to serve"
        where: Where = (None, "paths") if "paths" in document.data else None
        report.error("paths", where, message)


def _raise_errors(document: Document, folder: Folder, report: Report, overlays: set[int]) -> None:
    """Raise ContractError if there are errors. Notes are errors in a file of the user.

    overlays: the ids of the overlay files.
    """
    errors = list(report.errors)
    if document.own or overlays:
        errors += [
            note
            for note in report.each_note
            if document.own or id(document.origin(note.pointer)[0]) in overlays
        ]
    located = [
        each if each.location else replace(each, location=document.location(each.pointer))
        for each in errors
    ]
    if located or folder.problems:
        raise ContractError([*folder.problems, *located])
