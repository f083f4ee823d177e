"""Entity tags: the version of a resource as text (RFC 9110, section 8.8.3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..contract.document.operation import DocumentedResponse


def entity_tag(value: Mapping[str, Any]) -> str:
    """Return the strong entity tag of a resource: equal values have equal tags."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


def has_entity_tag(response: DocumentedResponse) -> bool:
    """Return whether the document describes the header ``ETag`` of a response."""
    return any(name.lower() == "etag" for name in response.headers)
