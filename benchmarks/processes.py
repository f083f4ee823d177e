"""CPU time, memory, threads and descriptors of processes, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes
CORES = os.cpu_count() or 1

# Positions in /proc/PID/stat after the name of the program (proc_pid_stat(5)).
PARENT, TIMES, THREADS = 1, slice(11, 15), 17
# Positions in the first line of /proc/stat: user, nice, system, irq, softirq, steal.
WORK_FIELDS = (1, 2, 3, 6, 7, 8)


@dataclass(frozen=True)
class Work:
    """CPU seconds since the boot of the machine: of all processes, and of this benchmark's."""

    total: float
    own: float


def tree(*roots: int) -> list[int]:
    """Return the ids of these processes and of all their descendants."""
    parents = {pid: int(fields[PARENT]) for pid, fields in _all_processes()}
    pids = [root for root in roots if root in parents]
    for pid in pids:  # the loop also visits the processes that it appends
        pids += [child for child, parent in parents.items() if parent == pid]
    return pids


def cpu(pids: Iterable[int]) -> float:
    """Return the CPU seconds of processes, including those of their ended children."""
    return TICK * sum(int(ticks) for fields in _stats(pids) for ticks in fields[TIMES])


def threads(pids: Iterable[int]) -> int:
    """Return the number of threads."""
    return sum(int(fields[THREADS]) for fields in _stats(pids))


def descriptors(pids: Iterable[int]) -> int:
    """Return the number of open files and sockets."""
    return sum(_read_each(pids, lambda folder: len(list((folder / "fd").iterdir()))))


def pss(pids: Iterable[int]) -> int:
    """Return the proportional set size in bytes: shared pages are divided among processes."""
    return sum(_read_each(pids, lambda folder: _memory(folder, "Pss:")))


def rss(pids: Iterable[int]) -> int:
    """Return the resident set size in bytes. Pages that processes share count for each of them."""
    return sum(_read_each(pids, _resident))


def anonymous_memory(pids: Iterable[int]) -> int:
    """Return the proportional set size in bytes without the pages of files.

    The share of a file page grows when another program ends, so that `pss` can grow without cause.
    """
    return sum(_read_each(pids, lambda folder: _memory(folder, "Pss_Anon:")))


def work() -> Work:
    """Return the CPU seconds of the machine so far."""
    fields = (PROC / "stat").read_text().split("\n", 1)[0].split()
    total = TICK * sum(int(fields[position]) for position in WORK_FIELDS)
    return Work(total, cpu(tree(os.getpid())))


def foreign_share(before: Work, after: Work, seconds: float, cores: int = CORES) -> float:
    """Return the share of the machine, 0 to 1, that other programs used in these seconds."""
    others = (after.total - before.total) - (after.own - before.own)
    return max(0.0, others / (seconds * cores))


def _memory(folder: Path, name: str) -> int:
    lines = (folder / "smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def _resident(folder: Path) -> int:
    return PAGE * int((folder / "statm").read_text().split()[1])


def _read_each(pids: Iterable[int], read: Callable[[Path], int]) -> Iterator[int]:
    for pid in pids:
        with suppress(OSError, StopIteration):  # the process has ended
            yield read(PROC / str(pid))


def _stats(pids: Iterable[int]) -> Iterator[list[str]]:
    for pid in pids:
        with suppress(OSError):
            yield _fields(pid)


def _all_processes() -> Iterator[tuple[int, list[str]]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), _fields(int(folder.name))


def _fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, which may contain any character."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
