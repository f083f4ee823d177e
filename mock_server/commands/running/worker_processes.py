"""Several processes that do the same work, supervised by their parent.

The parent replaces a worker that died, and stops all of them when it is stopped. If the parent
itself is killed, the workers end too: each reads from a pipe that only the parent can write to.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FrameType

from ...foundation.clock import monotonic

log = logging.getLogger("mock_server")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
MANY = 4096  # signals
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
            with suppress(ProcessLookupError):  # it has just ended
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

    woken = _woken_by_signals()
    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    for _ in range(count):
        start()
    exit_code = 0
    while started_at:
        select.select([woken], [], [])
        os.read(woken, MANY)
        for pid, code in _ended():
            lifetime = monotonic() - started_at.pop(pid, 0.0)
            if stopping:
                continue
            if lifetime < MIN_LIFETIME and code >= 0:  # negative: a signal killed it
                log.error("worker %d exited with %d right after its start: stopping all", pid, code)
                exit_code = max(exit_code, code)
                stop(signal.SIGTERM, None)
                continue
            log.error("worker %d exited with %d: starting another", pid, code)
            time.sleep(max(0.0, MIN_LIFETIME - lifetime))
            start()
    return exit_code


def _woken_by_signals() -> int:
    """Return a descriptor that can be read after each signal, also when a worker ends.

    A wait for workers alone would miss a signal that comes just before it: the handler runs only
    when the wait is over.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    return woken


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the process id and the exit code of each worker that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:  # no worker is left
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


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
        signal.set_wakeup_fd(-1)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):  # until ``work`` installs its own handlers
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
