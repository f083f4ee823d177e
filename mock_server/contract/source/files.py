"""Reads the files that people write, and records which ones were read.

Only regular files are read: a pipe or a device could keep the reader waiting, or never end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..violations import ContractError, Violation

MAX_FILE_SIZE = 8 * 1024 * 1024  # bytes
MAX_ENTRIES = 100_000  # below one folder
HIDDEN = (".", "#")  # starts the names of hidden files, and of backups of editors
YAML = (".yaml", ".yml")
KINDS = {  # of files that are not regular
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

# Of a file: its identity, size and time. Of a folder: the paths of its YAML files. None if it
# cannot be read.
State = tuple[object, ...] | None

_recorded: ContextVar[dict[Path, State] | None] = ContextVar("_recorded", default=None)


@contextmanager
def recorded() -> Iterator[dict[Path, State]]:
    """Yield the files and folders that the block uses, with their state when it used them first.

    The mapping also has those that do not exist.
    """
    paths: dict[Path, State] = {}
    token = _recorded.set(paths)
    try:
        yield paths
    finally:
        _recorded.reset(token)


def record(path: Path) -> None:
    """Record that the result of the block depends on a path. All functions of this module do so."""
    paths = _recorded.get()
    if paths is not None and path not in paths:
        paths[path] = state_of(path)


def state_of(path: Path) -> State:
    """Return the state of a file or folder, which differs after each change."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            return tuple(sorted(_below(path)))
    except (OSError, ValueError, ContractError):
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def text_of(path: Path, max_size: int = MAX_FILE_SIZE) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises ContractError if it is not one, or too large.
    """
    content = bytes_of(path, max_size)
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        found = f"byte {content[error.start]:#04x} at offset {error.start}"
        raise _refused(path, "utf-8", "must be UTF-8 text", found, "save it as UTF-8") from None


def bytes_of(path: Path, max_size: int = MAX_FILE_SIZE) -> bytes:
    """Return the content of a file. Raises ContractError if it cannot be read, or is too large."""
    record(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            found = KINDS.get(stat.S_IFMT(status.st_mode), "another kind")
            raise _refused(path, "file", "must be a regular file", found)
        # O_NONBLOCK: the file may have become a pipe
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            content = file.read(max_size + 1) or b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, "file", f"cannot be read: {reason}") from None
    if len(content) > max_size:
        found = f"{max(status.st_size, len(content))} bytes"
        raise _refused(path, "file-size", f"must have at most {max_size} bytes", found, "split it")
    return content


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files below a folder, also those behind links, sorted by their paths.

    Hidden files, backups of editors, and what hidden folders contain are left out. Raises
    ContractError for a folder that cannot be read, or that contains too many files.
    """
    record(folder)
    try:
        return sorted(_below(folder))
    except OSError as error:
        raise _refused(folder, "folder", f"cannot be read: {error.strerror}") from None


def _below(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder.

    Raises OSError if the folder itself cannot be read; folders in it that cannot are left out.
    Raises ContractError for too many files.
    """
    found = 0
    # Each with the identities of the folders around it: a link to one of them is left out.
    pending: list[tuple[Path, tuple[tuple[int, int], ...]]] = [(folder, ())]
    while pending:
        current, around = pending.pop()
        try:
            status, paths = current.stat(), list(current.iterdir())
        except OSError:
            if current is folder:
                raise
            continue
        identity = (status.st_dev, status.st_ino)
        found += len(paths)
        if found > MAX_ENTRIES:
            raise _refused(folder, "folder", f"must contain at most {MAX_ENTRIES} files")
        for path in paths if identity not in around else ():
            if path.name.startswith(HIDDEN):
                continue
            if os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises without permission)
                pending.append((path, (*around, identity)))
            elif path.suffix in YAML:
                yield path


def _refused(path: Path, rule: str, message: str, found: str = "", fix: str = "") -> ContractError:
    return ContractError([Violation(rule, message, "", found, fix, str(path))])
