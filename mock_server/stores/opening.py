"""Opens the store of the URL in ``--store``, with readable errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..contract.violations import ContractError, Violation
from .memory import MemoryStore
from .protocol import Store, StoreUnavailableError

OPTION = "--store"
MEMORY = "memory:"
FORMS = "memory:, sqlite:///FILE or redis://HOST:PORT/DATABASE"
SUGGESTIONS = {  # unknown scheme → the intended one
    "sqlite3": "sqlite",
    "file": "sqlite",
    "valkey": "redis",
    "valkeys": "rediss",
}


def open_store(url: str) -> Store:
    """Open the store of a URL.

    Raises ContractError for an invalid URL, and for a store that cannot be used.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in STORES:
        suggestion = SUGGESTIONS.get(scheme)
        fix = f"did you mean {suggestion}://…?" if suggestion else ""
        raise _error(f"must be {FORMS}", url, fix)
    return STORES[scheme](url)


def _memory(url: str) -> Store:
    if url != MEMORY:
        raise _error(f"must be {MEMORY} without a path", url)
    return MemoryStore()


def _sqlite(url: str) -> Store:
    host, path = re.fullmatch(r"sqlite:(?://([^/]*)/)?(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
    if host != "" or not path:
        fix = "sqlite:///FILE for a file in this folder, sqlite:////FOLDER/FILE for another folder"
        raise _error("must name a file after three slashes", url, fix)
    from .sqlite import SqliteStore  # most mocks keep their sessions in memory

    file = Path(unquote(path))
    try:
        if not file.absolute().parent.is_dir():
            raise _error(f"the folder {file.absolute().parent} does not exist", url, "create it")
        if file.is_dir():
            raise _error(f"{file} is a folder", url, "name a file in it")
        return SqliteStore(file)
    except (StoreUnavailableError, OSError, ValueError) as error:
        raise _error(f"cannot be used: {error}", url) from None


def _redis(url: str) -> Store:
    try:
        from .redis import RedisStore
    except ModuleNotFoundError:
        fix = "pip install 'package-release-mock[redis]'"
        raise _error(
            "requires the Python package redis, which is not installed", url, fix
        ) from None
    if not _is_address(url):
        raise _error("must be the address of a server", url, "such as redis://127.0.0.1:6379/0")
    try:
        return RedisStore(url)
    except StoreUnavailableError as error:
        raise _error(f"cannot be used: {error}", url) from None


def _is_address(url: str) -> bool:
    """Return whether a URL is redis://HOST:PORT/DATABASE. redis-py ignores invalid parts."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    valid = parts.hostname and port != 0 and re.fullmatch(r"/?|/[0-9]+", parts.path)
    return bool(valid) and not parts.query and not parts.fragment


STORES: dict[str, Callable[[str], Store]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "redis": _redis,
    "rediss": _redis,
}


def _error(message: str, url: str, fix: str = "") -> ContractError:
    return ContractError([Violation(OPTION, message, found=without_password(url), fix=fix)])


def without_password(url: str) -> str:
    """Return the URL with its password redacted."""
    return re.sub(r"(://[^/@:]*:).*@", r"\1[redacted]@", url)
