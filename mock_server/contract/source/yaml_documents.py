"""Strict YAML: scalars are never converted by surprise, and each value has a line and a column.

Scalars follow the JSON schema of YAML 1.2 (section 10.2): numbers in the grammar of JSON, ``true``,
``false`` and ``null``. Everything else is text, such as ``no``, ``1:30``, a sha or a timestamp.
Duplicate keys, aliases, tags and huge files are errors. No object is constructed from a tag.
"""

from __future__ import annotations

from pathlib import Path

from ..violations import ContractError, Violation
from .documents import Document, walk
from .yaml_reader import Reader

__all__ = ["MAX_FILE_SIZE", "Document", "read", "text_of", "walk"]

MAX_FILE_SIZE = 8 * 1024 * 1024  # bytes


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


def text_of(path: Path, max_size: int = MAX_FILE_SIZE) -> str:
    """Return the text of a UTF-8 file. Raises ContractError if it is not one, or too large."""
    try:
        size = path.stat().st_size
        if size > max_size:
            raise ContractError(
                [
                    Violation(
                        "file-size",
                        f"must have at most {max_size} bytes",
                        found=f"{size} bytes",
                        fix="split it",
                        location=str(path),
                    )
                ]
            )
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            violation = Violation(
                "utf-8",
                "must be UTF-8 text",
                found=f"byte {error.object[error.start]:#04x} at offset {error.start}",
                fix="save it as UTF-8",
                location=str(path),
            )
        else:
            reason = getattr(error, "strerror", None) or str(error)
            violation = Violation("file", f"cannot read: {reason}", location=str(path))
        raise ContractError([violation]) from None
