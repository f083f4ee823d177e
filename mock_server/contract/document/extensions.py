"""Validates the form of each extension (``x-…``) with a JSON Schema, before any code reads it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..source.yaml_documents import Document, walk
from ..violations import Violation, pointer
from . import requirements
from .schemas import Schemas

FORMS = Path(__file__).with_suffix(".json")
SHARED = ("x-action", "x-page")  # names that others use too, for something else


def form_violations(document: Document) -> Iterator[Violation]:
    """Yield the violations in the form of the extensions that this project reads.

    A name that is similar to an extension is also a violation, because it is probably misspelled.
    """
    data = json.loads(FORMS.read_text("utf-8"))
    data["$defs"][requirements.EXTENSION]["propertyNames"] = {"enum": sorted(requirements.KNOWN)}
    forms = Schemas(data)
    for where, value in walk(document.data):
        if not isinstance(value, dict) or where.endswith(("/properties", "/example", "/value")):
            continue
        extensions = forms.data["$defs"].keys()
        for name in value.keys() - extensions:
            matches = difflib.get_close_matches(name, extensions, n=1, cutoff=0.8)
            if name.startswith("x-") and matches:
                at, fix = where + pointer((name,)), f"did you mean {matches[0]}?"
                message = "unknown extension"
                yield Violation("extension", message, at, name, fix, document.location(at))
        for name in forms.data["$defs"].keys() & value.keys():
            base = where + pointer((name,))
            for violation in forms.violations(f"/$defs/{name}", value[name], base):
                location = document.location(violation.pointer)
                yield replace(violation, rule=name, location=location)


def remove_foreign(document: Document) -> None:
    """Remove the extensions of others that have the name of one of this project.

    They are those of another form, in a document without any extension that only this project has.
    """
    if document.own or not any(name in document.text for name in SHARED):
        return
    forms = Schemas(json.loads(FORMS.read_text("utf-8")))
    for path, item in document.data.get("paths", {}).items():
        for method, operation in item.items():
            for name in SHARED if isinstance(operation, dict) else ():
                file, _ = document.origin(pointer(("paths", path, method, name)))
                if file.path == document.path and forms.violations(
                    f"/$defs/{name}", operation.get(name)
                ):
                    operation.pop(name, None)
