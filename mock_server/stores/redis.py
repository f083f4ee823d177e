"""A store in Redis or Valkey, for mocks on several machines.

Each call runs a script (``scripts.lua``), which the server executes atomically. The server deletes
a session that is not used for ``KEEP`` seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .change_watcher import ChangeWatcher, Key
from .protocol import StoreUnavailableError

PREFIX = "mock-server:"  # of every key
KEEP = 7 * 24 * 3600  # seconds
TIMEOUT = 2.0  # seconds to wait for a response of the server
MAX_CONNECTIONS = 32

SCRIPTS = Path(__file__).with_name("scripts.lua")


class RedisStore:
    """Stores records in a database of a server: ``redis://HOST:PORT/DATABASE``.

    Raises StoreUnavailableError if the server does not respond, ValueError for an invalid URL.
    """

    shared, max_concurrent_calls = True, 2

    def __init__(self, url: str, keep: int = KEEP) -> None:
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            # no retries: if only the response was lost, a retry would run the script twice
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            protocol=2,  # has no handshake, so that an error is about the command itself
        )
        self._redis = Redis(connection_pool=self._pool)
        self._keep = keep
        self._script = self._redis.register_script(SCRIPTS.read_text(encoding="utf-8"))
        self._watcher = ChangeWatcher(self._mark, self._numbers)
        try:
            self._run("names")
        except StoreUnavailableError:
            self.close()
            raise

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        dropped: list[str] | None = self._run("use", session, at, most, before)
        return dropped

    def renew(self, sessions: Iterable[str], at: int) -> None:
        self._run("renew", at, *sessions)

    def names(self) -> list[str]:
        names: list[str] = self._run("names")
        return names

    def drop(self, session: str) -> bool:
        return bool(self._run("drop", session))

    def read(self, session: str, name: str) -> tuple[int, Any]:
        with _unavailable_on_error():
            fields: Any = self._redis.hmget(
                f"{PREFIX}session:{session}", ["n:" + name, "v:" + name]
            )
        number, text = fields
        return (0, None) if text is None else (int(number), json.loads(text))

    def compare_and_set(
        self,
        session: str,
        name: str,
        version: int,
        value: Any,
        weight: int = 0,  # noqa: ARG002 (this store has no memory limit)
    ) -> bool:
        return bool(self._run("compare_and_set", session, name, version, _text(value)))

    def increment(self, session: str, name: str) -> int:
        return int(self._run("increment", session, name))

    def append(
        self,
        session: str,
        name: str,
        value: Any,
        bound: int,
        weight: int = 0,  # noqa: ARG002 (this store has no memory limit)
    ) -> int:
        return int(self._run("append", session, name, _text(value), bound))

    def tail(
        self, session: str, name: str, after: int = 0, most: int | None = None
    ) -> list[tuple[int, Any]]:
        first, *texts = self._run("tail", session, name, after, most or 0)
        return [(number, json.loads(text)) for number, text in enumerate(texts, int(first))]

    def last(self, session: str, name: str) -> int:
        return int(self._run("last", session, name))

    def forget(self, session: str, name: str) -> None:
        self._run("forget", session, name)

    def watch(
        self, session: str, name: str, previous: int, changed: Callable[[], None]
    ) -> Callable[[], None]:
        return self._watcher.watch((session, name), previous, changed)

    def wait(self, session: str, name: str, previous: int, seconds: float) -> int:
        return self._watcher.wait((session, name), previous, seconds)

    def close(self) -> None:
        self._pool.disconnect()

    def _mark(self) -> Hashable:
        with _unavailable_on_error():
            return self._redis.get(f"{PREFIX}turn")

    def _numbers(self, keys: Sequence[Key]) -> list[int]:
        numbers = self._run("numbers", *(part for key in keys for part in key))
        return [int(number) for number in numbers]

    def _run(self, command: str, *arguments: str | int) -> Any:
        with _unavailable_on_error():
            return self._script(keys=[PREFIX], args=[command, self._keep, *arguments])


@contextmanager
def _unavailable_on_error() -> Iterator[None]:
    try:
        yield
    except (RedisError, UnicodeError) as error:  # UnicodeError: an invalid host name
        raise StoreUnavailableError(str(error)) from error


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
