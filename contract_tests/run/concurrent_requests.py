"""Sends requests at the same time, and judges the exchanges when all have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import TypeVar

import requests

from mock_server.contract.exchange import Exchange

from ..target.knowledge import TargetClient
from ..target.target import TargetSession
from .run import Run

T = TypeVar("T")


def run_at_once(run: Run, actions: Sequence[Callable[[TargetClient], T]]) -> list[T | None]:
    """Run actions at the same time, each over its own connection, and return their results.

    The result of an action whose request got no response is None; the recorder has reported it.
    """
    barrier, exchanges = Barrier(len(actions)), list[Exchange]()

    def act(action: Callable[[TargetClient], T]) -> T | None:
        session = TargetSession(run.target, exchanges.append, run.recorder.record_error)
        try:
            barrier.wait()
            return action(TargetClient(run.spec, session))
        except (requests.RequestException, BrokenBarrierError):
            return None
        finally:
            session.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        try:
            results = list(pool.map(act, actions))
        except BaseException:
            barrier.abort()  # an interruption: no thread may wait for one that was not started
            raise
    for exchange in sorted(exchanges, key=lambda exchange: exchange.received):
        run.recorder.record(exchange)
    return results
