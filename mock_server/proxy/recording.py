"""Record exchanges as a HAR file, without credentials. The file is valid after each exchange."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ..contract.document.secret_names import NO_NAMES, SecretNames
from ..contract.exchange import Exchange
from ..contract.traffic import Breach
from ..contract.traffic.har_entries import messages_of, times_of
from ..contract.traffic.redaction import redacted
from ..contract.violations import ContractError, Violation
from ..foundation.bounded_cache import BoundedCache

LARGEST = 1024 * 1024  # bytes of a body that is recorded
MAX_KNOWN = 256  # entries
LARGEST_STREAM = 64 * 1024  # bytes of a stream that are recorded
HEAD = (
    '{"log": {"version": "1.2", "creator": {"name": "mock-server", "version": "1"}, "entries": [\n'
)
TAIL = b"\n]}}\n"


@dataclass
class Recorder:
    """Counts exchanges, and writes them to a file if there is one. Thread-safe.

    path: the file, which must not exist yet. names: of the credentials that the document declares.
    exchanges: the number; breaches: by the rule.

    Raises ContractError if the file exists, and OSError if it cannot be written.
    """

    path: Path | None = None
    names: SecretNames = NO_NAMES
    exchanges: int = 0
    breaches: Counter[str] = field(default_factory=Counter)
    _file: BinaryIO | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: BoundedCache[bytes] = field(
        default_factory=lambda: BoundedCache(_weight, MAX_KNOWN, from_second_time=True)
    )

    def __post_init__(self) -> None:
        if self.path is not None:
            self._file = _new_file(self.path)
            self._file.write(HEAD.encode() + TAIL)
            self._file.flush()

    def add(self, exchange: Exchange, breaches: Sequence[Breach], unjudged: str = "") -> None:
        """Record an exchange, whose body is decoded."""
        written = self._file is not None and self._entry(exchange, unjudged)
        with self._lock:
            self.breaches.update(breach.violation.rule for breach in breaches)
            self.exchanges += 1
            if self._file is not None and written:
                self._file.seek(-len(TAIL), 2)
                separator = b",\n" if self.exchanges > 1 else b""
                self._file.write(separator + written + TAIL)
                self._file.flush()

    def recorded(
        self, exchange: Exchange, parts: Generator[bytes, None, None], unjudged: str
    ) -> Generator[bytes, None, None]:
        """Yield the parts of a stream, and record its start when it has ended."""
        start = bytearray()
        try:
            for part in parts:
                start += part[: LARGEST_STREAM - len(start)]
                yield part
        finally:
            parts.close()
            response = replace(exchange.response, body=bytes(start))
            self.add(replace(exchange, response=response), (), unjudged)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _entry(self, exchange: Exchange, unjudged: str) -> bytes:
        """Return the entry of an exchange as JSON. Equal exchanges share all but the times."""
        request, response = exchange.request, exchange.response
        key: tuple[Hashable, ...] = (
            *(exchange.url, request.method, request.path, request.query, request.body),
            *(response.status, response.headers, response.body, unjudged),
            *request.headers.items(),
        )
        rest = self._known.get(key)
        if rest is None:
            rest = self._known.put(key, _untimed(exchange, unjudged, self.names))
        return json.dumps(times_of(exchange)).encode()[:-1] + b", " + rest[1:]


def _new_file(path: Path) -> BinaryIO:
    """Create a file. An earlier recording may exist only once, so it is never replaced."""
    try:
        return path.open("xb")
    except FileExistsError:
        violation = Violation(
            "record",
            "the file exists, and a recording never replaces one",
            fix="choose another name, or remove it",
            location=str(path),
        )
        raise ContractError([violation]) from None


def _weight(entry: bytes) -> int:
    """Return the approximate size in bytes of an entry and of the exchange that is its key."""
    return 2 * len(entry)


def _untimed(exchange: Exchange, unjudged: str, names: SecretNames) -> bytes:
    """Return the entry of an exchange without its times. A body that is too large is left out."""
    request, response = exchange.request, exchange.response
    if len(request.body) > LARGEST:
        exchange = replace(exchange, request=replace(request, body=b""))
    too_large = len(response.body) > LARGEST
    if too_large:
        exchange = replace(exchange, response=replace(response, body=b""))
    entry = messages_of(redacted(exchange, names))
    if too_large or unjudged:
        entry["response"]["content"].pop("text", None)
        entry["response"]["content"]["size"] = max(len(response.body), 1)
        entry["comment"] = unjudged or "the body is too large to be recorded"
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
