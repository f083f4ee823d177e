"""The text of an OpenAPI Overlay: resources, what operations do, and examples."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from ..contract.violations import parts
from .changes import Change
from .examples import NewExamples
from .texts import WIDTH, dumped

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

HEAD = """\
# Changes to {document}, which stays as it is.
# Edit them. docs/resources.md describes the extensions. The mock serves the first example of a
# response, and the others by their names (`Prefer: example=NAME`).
overlay: 1.0.0
info:
  title: {title}
  version: 1.0.0
"""

STATIC_RESPONSES = """\
# Responses for paths that the document does not describe, but that your page calls.
responses:
  - method: GET
    path: {path}
    status: 200
    json: {{ status: ok }}
"""
STATIC_PATHS = ("/health", "/healthz", "/up", "/any-path-that-your-page-calls")


def overlay_text(
    document: str, title: str, changes: Iterable[Change], examples: Iterable[NewExamples]
) -> str:
    """Return the overlay. document: the path of the document; title: of its API.

    changes, examples: with their JSON pointers in the file of the document; at least one.
    """
    quoted = dumped(f"Resources and examples for {title}").strip().removesuffix("...").strip()
    head = HEAD.format(document=document, title=quoted)
    actions = "".join([*map(_of_change, changes), *map(_of_examples, examples)])
    return f"{head}actions:\n{actions}"


def static_text(paths: Iterable[str]) -> str:
    """Return the file of static responses, for a path that the document does not have."""
    taken = set(paths)
    path = next(each for each in STATIC_PATHS if each not in taken)
    return STATIC_RESPONSES.format(path=path)


def json_path(pointer: str) -> str:
    """Return the JSONPath (RFC 9535) of a JSON pointer."""
    steps = (_step(part) for part in parts(pointer))
    return "$" + "".join(steps)


def _step(part: str) -> str:
    if IDENTIFIER.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _of_change(each: Change) -> str:
    return _action(each.purpose, each.where, dict(each.update))


def _of_examples(each: NewExamples) -> str:
    examples = {name: {"value": value} for name, value in each.examples.items()}
    purpose = f"{each.operation.method} {each.operation.path}: {each.status}"
    return _action(purpose, each.where, {"examples": examples})


def _action(purpose: str, where: str, update: dict[str, Any]) -> str:
    text = dumped([{"target": json_path(where), "update": update}])
    lines = [*_comment(purpose), *text.splitlines()]
    return "".join(f"  {line}\n" for line in lines)


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
