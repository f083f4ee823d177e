"""From the URL of ``--store`` to a store, and what is wrong with one, for people."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..contract.violations import ContractError, Violation
from .memory import MemoryStore
from .protocol import Store, StoreUnavailableError
from .sqlite import SqliteStore

OPTION = "--store"
MEMORY = "memory:"
FORMS = "memory:, sqlite:///FILE or redis://HOST:PORT/DATABASE"
MEANT = {  # for each scheme that is none, what was meant
    "sqlite3": "sqlite",
    "file": "sqlite",
    "valkey": "redis",
    "valkeys": "rediss",
}


def open_store(url: str) -> Store:
    """The store of a URL.

    Raises ContractError for a URL that names none, and for a store that cannot be used.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in OPENED:
        meant = MEANT.get(scheme)
        fix = f"did you mean {meant}:{'//' if meant else ''}…?" if meant else ""
        raise _wrong(f"is {FORMS}", url, fix)
    return OPENED[scheme](url)


def _memory(url: str) -> Store:
    if url != MEMORY:
        raise _wrong(f"memory has no place: it is {MEMORY}", url)
    return MemoryStore()


def _sqlite(url: str) -> Store:
    host, path = re.fullmatch(r"sqlite:(?://([^/]*)/)?(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
    if host != "" or not path:
        fix = "sqlite:///FILE for one in this folder, sqlite:////FOLDER/FILE for one elsewhere"
        raise _wrong("names a file after three slashes", url, fix)
    file = Path(unquote(path))
    try:
        if not file.absolute().parent.is_dir():
            raise _wrong(f"there is no folder {file.absolute().parent}", url, "make it first")
        if file.is_dir():
            raise _wrong(f"{file} is a folder", url, "name a file in it")
        return SqliteStore(file)
    except (StoreUnavailableError, OSError, ValueError) as error:
        raise _wrong(f"cannot be used: {error}", url) from None


def _redis(url: str) -> Store:
    try:
        from .redis import RedisStore
    except ModuleNotFoundError:
        fix = "pip install 'package-release-mock[redis]'"
        raise _wrong("needs the Python package redis, which is not installed", url, fix) from None
    if not _is_address(url):
        raise _wrong("is no address of a server", url, "such as redis://127.0.0.1:6379/0")
    try:
        return RedisStore(url)
    except StoreUnavailableError as error:
        raise _wrong(f"cannot be used: {error}", url) from None


def _is_address(url: str) -> bool:
    """Whether a URL is one of redis://HOST:PORT/DATABASE; redis-py passes over what it is not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    known = parts.hostname and port != 0 and re.fullmatch(r"/?|/[0-9]+", parts.path)
    return bool(known) and not parts.query and not parts.fragment


OPENED: dict[str, Callable[[str], Store]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "redis": _redis,
    "rediss": _redis,
}


def _wrong(message: str, url: str, fix: str = "") -> ContractError:
    return ContractError([Violation(OPTION, message, found=without_password(url), fix=fix)])


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    return re.sub(r"(://[^/@:]*:).*@", r"\1[redacted]@", url)
