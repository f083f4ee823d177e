"""Strict YAML: scalars are never converted by surprise, and each value has a line and a column.

Scalars follow the JSON schema of YAML 1.2 (section 10.2): numbers in the grammar of JSON, ``true``,
``false`` and ``null``. Everything else is text, such as ``no``, ``1:30``, a sha or a timestamp.
Duplicate keys, aliases, tags and huge files are errors. No object is constructed from a tag.
"""

from __future__ import annotations

from pathlib import Path

from ..violations import ContractError
from .documents import Document, walk
from .files import text_of
from .yaml_reader import Reader

__all__ = ["Document", "read", "walk"]


def read(path: Path) -> Document:
    """Parse a YAML file.

    Raises ContractError with all syntax errors of the file.
    """
    text = text_of(path)
    reader = Reader(path, text)
    data = reader.read()
    if reader.problems:
        raise ContractError(reader.problems)
    return Document(path, text, data=data)
