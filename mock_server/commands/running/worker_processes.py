"""Several processes that do the same work, supervised by their parent.

The parent replaces a worker that died, and stops all of them when it is stopped. If the parent
itself is killed, the workers end too: each reads from a pipe that only the parent can write to.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType

from ...foundation.clock import monotonic

log = logging.getLogger("mock_server")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
MIN_LIFETIME = 1.0  # seconds; a worker is not restarted sooner after its start


def supervise(count: int, work: Callable[[], int], on_stop: Callable[[], None]) -> int:
    """Run ``work`` in ``count`` processes until a signal stops them. Return the exit code.

    work: returns the exit code of the worker. If a worker exits by itself within MIN_LIFETIME, all
    end with its exit code, because the next one would fail for the same reason.
    on_stop: called before the workers are stopped.
    """
    started_at: dict[int, float] = {}  # by process id
    pipe = os.pipe()
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        on_stop()
        for pid in started_at:
            os.kill(pid, signal.SIGTERM)

    def start() -> None:
        """Start a worker unless all are stopping.

        Signals are blocked meanwhile: ``stop`` must not run before the new process is listed.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            if not stopping:
                started_at[_fork(work, pipe, mask)] = monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    for _ in range(count):
        start()
    exit_code = 0
    while started_at:
        pid, status = os.wait()
        lifetime = monotonic() - started_at.pop(pid, 0.0)
        if stopping:
            continue
        code = os.waitstatus_to_exitcode(status)
        if lifetime < MIN_LIFETIME and code >= 0:  # negative: a signal killed it
            log.error("worker %d exited with %d right after its start: stopping all", pid, code)
            exit_code = max(exit_code, code)
            stop(signal.SIGTERM, None)
            continue
        log.error("worker %d exited with %d: starting another", pid, code)
        time.sleep(max(0.0, MIN_LIFETIME - lifetime))
        start()
    return exit_code


def _fork(
    work: Callable[[], int], pipe: tuple[int, int], mask: Iterable[int | signal.Signals]
) -> int:
    """Start a worker and return its process id.

    mask: of signals, which the worker restores. Only the parent returns from this function.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in STOP_SIGNALS:  # until ``work`` installs its own handlers
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        end_of_worker, end_of_parent = pipe
        os.close(end_of_parent)
        threading.Thread(target=_end_with_parent, args=(end_of_worker,), daemon=True).start()
        code = work()
    finally:
        os._exit(code)


def _end_with_parent(pipe: int) -> None:
    """End this process when the parent is gone: reading returns once nobody can write."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
