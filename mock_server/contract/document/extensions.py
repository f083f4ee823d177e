"""The form of the extensions: each is judged by a JSON Schema before anything reads it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..source.yaml_documents import Document, walk
from ..violations import Violation, pointer
from .schemas import Schemas

FORMS = Path(__file__).with_suffix(".json")
OTHERS = {"x-outside", "x-event"}  # extensions whose form is judged where they are read


def form_violations(document: Document) -> Iterator[Violation]:
    """What is wrong with the form of any ``x-`` extension that this project reads, wherever it
    stands, each with its place in the file."""
    forms = Schemas(json.loads(FORMS.read_text("utf-8")))
    for where, value in walk(document.data):
        if not isinstance(value, dict) or where.endswith(("/properties", "/example", "/value")):
            continue
        known = forms.data["$defs"].keys() | OTHERS
        for name in value.keys() - known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if name.startswith("x-") and near:
                at, fix = where + pointer((name,)), f"did you mean {near[0]}?"
                message = "an extension is spelt as one that is read"
                yield Violation("extension", message, at, name, fix, document.location(at))
        for name in forms.data["$defs"].keys() & value.keys():
            base = where + pointer((name,))
            for found in forms.violations(f"/$defs/{name}", value[name], base):
                place = document.location(found.pointer)
                yield replace(found, rule=name, location=place)
