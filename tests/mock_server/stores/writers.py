"""A process that writes to a store: ``python -m tests.mock_server.stores.writers KIND URL NAME``.

It starts when it reads a line, prints a line after each successful write, and ends after a hundred
writes; the kind ``forever`` never ends.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from mock_server.stores import Store, open_store
from tests.mock_server.stores.records import add

ROOT = Path(__file__).parents[3]
WRITES = 100


def _add(store: Store, _name: str, number: int) -> object:
    add(store, 1)
    return number


def _append(store: Store, name: str, number: int) -> object:
    return store.append("one", "list", [name, number], 10_000)


def _both(store: Store, name: str, number: int) -> object:
    add(store, 1)
    return _append(store, name, number)


def _count(store: Store, _name: str, _number: int) -> object:
    return store.increment("one", "count")


KINDS: dict[str, tuple[Callable[[Store, str, int], object], int | None]] = {
    "add": (_add, WRITES),
    "append": (_append, WRITES),
    "count": (_count, WRITES),
    "once": (_append, 1),
    "forever": (_both, None),
}


def main(kind: str, url: str, name: str) -> None:
    write, times = KINDS[kind]
    with closing(open_store(url)) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in count() if times is None else range(times):
            print(write(store, name, number), flush=True)


@contextmanager
def writers(kind: str, url: str, number: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
    """Start processes that are ready to write. Each starts to write when it reads a line."""
    program = [sys.executable, "-m", "tests.mock_server.stores.writers", kind, url]
    started = [
        subprocess.Popen(
            [*program, str(index)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(number)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def written(kind: str, url: str, number: int) -> list[list[str]]:
    """Run several processes that write at the same time. Return the lines that each prints."""
    with writers(kind, url, number) as started:
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=120)[0].split() for process in started]


if __name__ == "__main__":
    main(*sys.argv[1:])
