"""The text of an OpenAPI Overlay that adds examples, and of the first fixtures."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from ..contract.violations import parts
from .examples import NewExamples
from .resources import Resource

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

HEAD = """\
# Changes to {document}, which stays as it is.
# Edit the examples: the mock serves the first one of a response, and the others by their names
# (`Prefer: example=NAME`).
overlay: 1.0.0
info:
  title: {title}
  version: 1.0.0
"""

STATIC_RESPONSES = """\
# Responses for paths that the document does not describe, but that your page calls.
responses:
  - method: GET
    path: /health
    status: 200
    json: { status: ok }
"""


class _Dumper(yaml.SafeDumper):
    """Writes equal values again instead of an alias, which fixtures and overlays cannot have."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def overlay_text(
    document: str, title: str, examples: Iterable[NewExamples], resources: Sequence[Resource]
) -> str:
    """Return the overlay. document: the path of the document; title: of its API."""
    quoted = _dumped(f"Examples for {title}").strip().removesuffix("...").strip()
    sections = [HEAD.format(document=document, title=quoted), "\n".join(_suggestions(resources))]
    actions = "\n".join(map(_action, examples))
    sections.append(f"actions:\n{actions}" if actions else "actions: []\n")
    return "\n".join(section for section in sections if section)


def json_path(pointer: str) -> str:
    """Return the JSONPath (RFC 9535) of a JSON pointer."""
    steps = (_step(part) for part in parts(pointer))
    return "$" + "".join(steps)


def _step(part: str) -> str:
    if IDENTIFIER.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _action(each: NewExamples) -> str:
    examples = {name: {"value": value} for name, value in each.examples.items()}
    action = [{"target": json_path(each.where), "update": {"examples": examples}}]
    text = "".join(f"  {line}\n" for line in _dumped(action).splitlines())
    return f"  # {each.operation.method} {each.operation.path}: {each.status}\n{text}"


def _dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _suggestions(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield comments that describe the resources, with the extension for each."""
    for resource in resources:
        yield from textwrap.wrap(
            described(resource), 98, initial_indent="# ", subsequent_indent="# "
        )
        yield "# To serve it from fixtures (docs/your-api.md), add this action, with the name of"
        yield "# the example for an unknown key:"
        yield f"#   - target: {json_path('/components/schemas/' + resource.schema)}"
        yield f"#     update: {{ x-resource: {{ key: {resource.key}, unknown: not_found }} }}"
        yield ""


def described(resource: Resource) -> str:
    """Return what was inferred about a resource, in one line."""
    text = f"{resource.schema}: the key is {resource.key} (GET {resource.found_by.path}"
    text += f", listed by GET {resource.listed_by.path})" if resource.listed_by else ")"
    if resource.lifecycle:
        words = ", ".join(
            f"{word} ({phase})" if phase else f"{word} (unknown phase)"
            for word, phase in resource.lifecycle.phases.items()
        )
        text += f"; the lifecycle is {resource.lifecycle.property}: {words}"
    return text
