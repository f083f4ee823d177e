"""Several processes that do the same work: started, started again when one dies, ended together."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType

log = logging.getLogger("mock_server")

SIGNALS = (signal.SIGTERM, signal.SIGINT)
PAUSE = 1.0  # seconds from the start of a worker before another takes its place


def supervised(count: int, work: Callable[[], int], ending: Callable[[], None]) -> int:
    """Does the work in so many processes until a signal ends them; the exit code.

    A worker that ends by itself before it has lived for a second ends all, with its own code: what
    it died of is in the way of any other. However this process ends, they end with it. ending:
    called when they are to end.
    """
    pids: dict[int, float] = {}
    lifeline = os.pipe()
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        ending()
        for pid in pids:
            os.kill(pid, signal.SIGTERM)

    def start() -> None:
        """Starts one more, unless all are to end: a signal that comes meanwhile is heard when it
        is known."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if not stopping:
                pids[_started(work, lifeline, before)] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    for name in SIGNALS:
        signal.signal(name, stop)
    for _ in range(count):
        start()
    code = 0
    while pids:
        pid, status = os.wait()
        lived = time.monotonic() - pids.pop(pid, 0.0)
        if stopping:
            continue
        ended = os.waitstatus_to_exitcode(status)
        if lived < PAUSE and ended >= 0:  # a signal is not its own doing
            log.error("worker %d ended with %d as soon as it began: all end", pid, ended)
            code = max(code, ended)
            stop(signal.SIGTERM, None)
            continue
        log.error("worker %d ended with %d and is started again", pid, ended)
        time.sleep(max(0.0, PAUSE - lived))
        start()
    return code


def _started(
    work: Callable[[], int], lifeline: tuple[int, int], mask: Iterable[int | signal.Signals]
) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for name in SIGNALS:  # until the work has its own way to end
            signal.signal(name, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        held, by_parent = lifeline
        os.close(by_parent)
        threading.Thread(target=_end_with_parent, args=(held,), daemon=True).start()
        code = work()
    finally:
        os._exit(code)


def _end_with_parent(held: int) -> None:
    """Ends this process once nobody holds the other end of a pipe: the parent has died, and could
    tell nobody."""
    os.read(held, 1)
    os.kill(os.getpid(), signal.SIGTERM)
