"""What a server and all its processes use, and what else the machine is doing: from /proc."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
CORES = os.cpu_count() or 1

# places in /proc/PID/stat behind the name of the program, and in the first line of /proc/stat
PARENT, TIMES, THREADS = 1, slice(11, 15), 17
WORKING = (1, 2, 3, 6, 7, 8)  # user, nice, system, irq, softirq, stolen by the host


@dataclass(frozen=True)
class Work:
    """Seconds of all cores since the machine began: of everything, and of our own processes."""

    all: float
    own: float


def tree(*roots: int) -> list[int]:
    """These processes and all that they have started, and so on."""
    parents = {pid: int(fields[PARENT]) for pid, fields in _everything()}
    found = [root for root in roots if root in parents]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu(pids: Iterable[int]) -> float:
    """Seconds that processes have computed, and those that they have started and seen end."""
    return TICK * sum(int(ticks) for fields in _each(pids) for ticks in fields[TIMES])


def threads(pids: Iterable[int]) -> int:
    return sum(int(fields[THREADS]) for fields in _each(pids))


def descriptors(pids: Iterable[int]) -> int:
    """How many files and sockets the processes have open."""
    return sum(_of(pids, lambda folder: len(list((folder / "fd").iterdir()))))


def pss(pids: Iterable[int]) -> int:
    """Bytes of memory, those that several processes share divided among them."""
    return sum(_of(pids, lambda folder: _told(folder, "Pss:")))


def own(pids: Iterable[int]) -> int:
    """Bytes of memory but those of files, of which each has more when another program ends."""
    return sum(_of(pids, lambda folder: _told(folder, "Pss_Anon:")))


def work() -> Work:
    """What the machine has worked until now. Our own are this process and all below it."""
    fields = (PROC / "stat").read_text().split("\n", 1)[0].split()
    return Work(TICK * sum(int(fields[place]) for place in WORKING), cpu(tree(os.getpid())))


def foreign(before: Work, after: Work, seconds: float, cores: int = CORES) -> float:
    """The share of the machine, 0 to 1, that others had in so many seconds."""
    others = (after.all - before.all) - (after.own - before.own)
    return max(0.0, others / (seconds * cores))


def _told(folder: Path, name: str) -> int:
    lines = (folder / "smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def _of(pids: Iterable[int], read: Callable[[Path], int]) -> Iterator[int]:
    for pid in pids:
        with suppress(OSError, StopIteration):  # it has ended meanwhile
            yield read(PROC / str(pid))


def _each(pids: Iterable[int]) -> Iterator[list[str]]:
    for pid in pids:
        with suppress(OSError):
            yield _fields(pid)


def _everything() -> Iterator[tuple[int, list[str]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), _fields(int(folder.name))


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
