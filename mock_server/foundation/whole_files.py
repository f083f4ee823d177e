"""Write files so that a reader finds the old content or the new one, never a part."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

LONGEST_NAME = 60  # characters of the name of a file that its temporary one repeats


def write(path: Path, content: bytes) -> None:
    """Write a file as a whole: create it, or replace its content.

    The content is written to a file beside it, which then takes its name, so that a process which
    is killed leaves the earlier file. A link stays a link. What is no file, such as
    ``/dev/stdout``, is written directly. Raises OSError with the name of the file; then nothing
    has changed.
    """
    write_all({path: content})


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write several files in their order, after the content of all is in files beside them.

    Folders are created. Raises OSError with the name of the file. A full disk or a missing
    permission changes nothing; a process that is killed can leave the first ones replaced.
    """
    with ExitStack() as on_error:
        prepared = []
        for path, content in files.items():
            target = Path(os.path.realpath(path))
            try:
                if target.exists() and not target.is_file():
                    target.write_bytes(content)
                    continue
                _make_folders(target.parent, on_error)
                beside = target.with_name(
                    f".{target.name[:LONGEST_NAME]}.{secrets.token_hex(4)}.part"
                )
                on_error.callback(_remove, beside)
                _write_new(beside, content, target)
            except OSError as error:
                raise _named(error, path) from None
            prepared.append((path, beside, target))
        for path, beside, target in prepared:
            try:
                beside.replace(target)
            except OSError as error:
                raise _named(error, path) from None
        on_error.pop_all()


def _make_folders(folder: Path, on_error: ExitStack) -> None:
    """Create a folder and those above it; remove them if an error follows."""
    if not folder.exists():
        _make_folders(folder.parent, on_error)
        with suppress(FileExistsError):  # another process creates the same
            folder.mkdir()
            on_error.callback(_remove_folder, folder)


def _write_new(path: Path, content: bytes, target: Path) -> None:
    """Write a new file with the permissions of its target."""
    with path.open("xb") as file:
        if target.exists():
            path.chmod(target.stat().st_mode)
        file.write(content)


def _named(error: OSError, path: Path) -> OSError:
    """Return an error that names the file which was to be written, not the one beside it."""
    return type(error)(error.errno, error.strerror, str(path))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _remove_folder(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()
