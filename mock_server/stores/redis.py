"""Records in Redis or Valkey, for mocks on many machines.

Each step is a script (``scripts.lua``), which the server runs as one. A session that is not used
for ``KEEP`` is forgotten by the server itself.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
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
PATIENCE = 2.0  # seconds for the server to answer
CONNECTIONS = 32  # that are open at most

SCRIPTS = Path(__file__).with_name("scripts.lua")


class RedisStore:
    """Records in a database of a server, ``redis://HOST:PORT/DATABASE``.

    Raises StoreUnavailableError when it does not answer, ValueError for a URL that is none.
    """

    shared, max_concurrent_calls = True, 2

    def __init__(self, url: str, keep: int = KEEP) -> None:
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # a script that is run again after its answer was lost would happen twice
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            protocol=2,  # which needs no greeting, so that a refusal speaks of what was asked
        )
        self._redis = Redis(connection_pool=self._pool)
        self._keep = keep
        self._script = self._redis.register_script(SCRIPTS.read_text(encoding="utf-8"))
        self._lookout = ChangeWatcher(self._mark, self._numbers)
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
        with _lost():
            found: Any = self._redis.hmget(f"{PREFIX}session:{session}", ["n:" + name, "v:" + name])
        number, text = found
        return (0, None) if text is None else (int(number), json.loads(text))

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        return bool(self._run("compare_and_set", session, name, version, _text(value)))

    def increment(self, session: str, name: str) -> int:
        return int(self._run("increment", session, name))

    def append(
        self,
        session: str,
        name: str,
        value: Any,
        bound: int,
        weight: int = 0,  # noqa: ARG002 (there is room)
    ) -> int:
        return int(self._run("append", session, name, _text(value), bound))

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        last, *texts = self._run("tail", session, name, after)
        first = int(last) - len(texts) + 1
        return [(number, json.loads(text)) for number, text in enumerate(texts, first)]

    def last(self, session: str, name: str) -> int:
        return int(self._run("last", session, name))

    def forget(self, session: str, name: str) -> None:
        self._run("forget", session, name)

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        return self._lookout.wait((session, name), seen, seconds)

    def close(self) -> None:
        self._pool.disconnect()

    def _mark(self) -> Hashable:
        with _lost():
            return self._redis.get(f"{PREFIX}turn")

    def _numbers(self, keys: Sequence[Key]) -> list[int]:
        found = self._run("numbers", *(part for key in keys for part in key))
        return [int(number) for number in found]

    def _run(self, step: str, *arguments: str | int) -> Any:
        with _lost():
            return self._script(keys=[PREFIX], args=[step, self._keep, *arguments])


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except (RedisError, UnicodeError) as error:  # a host's name may be none
        raise StoreUnavailableError(str(error)) from error


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
