"""A process that writes to a store: ``python -m tests.mock_server.stores.writers WHAT URL NAME``.

It begins when it is told a line, prints a line for each write that was acknowledged, and ends after
a hundred; ``on`` never ends.
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


WHAT: dict[str, tuple[Callable[[Store, str, int], object], int | None]] = {
    "add": (_add, WRITES),
    "append": (_append, WRITES),
    "count": (_count, WRITES),
    "once": (_append, 1),
    "on": (_both, None),
}


def main(what: str, url: str, name: str) -> None:
    write, times = WHAT[what]
    with closing(open_store(url)) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in count() if times is None else range(times):
            print(write(store, name, number), flush=True)


@contextmanager
def writers(what: str, url: str, how_many: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ready to write, each once it is told a line."""
    program = [sys.executable, "-m", "tests.mock_server.stores.writers", what, url]
    started = [
        subprocess.Popen(
            [*program, str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(how_many)
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


def written(what: str, url: str, how_many: int) -> list[list[str]]:
    """What processes print that all write at once."""
    with writers(what, url, how_many) as started:
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=120)[0].split() for process in started]


if __name__ == "__main__":
    main(*sys.argv[1:])
