"""Requests that are sent at the same moment, and judged when all are answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import requests

from ..target.knowledge import TargetClient
from ..target.target import Exchange, TargetSession
from .run import Run

T = TypeVar("T")


def at_once(run: Run, acts: Sequence[Callable[[TargetClient], T]]) -> list[T | None]:
    """Does all of these at the same moment, each over a connection of its own.

    None stands for what got no answer, which the record has noted.
    """
    barrier, heard = Barrier(len(acts)), list[Exchange]()

    def do(act: Callable[[TargetClient], T]) -> T | None:
        session = TargetSession(run.target, heard.append, run.recorder.record_error)
        barrier.wait()
        try:
            return act(TargetClient(run.spec, session))
        except requests.RequestException:
            return None
        finally:
            session.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        done = list(pool.map(do, acts))
    for exchange in sorted(heard, key=lambda each: each.received):
        run.recorder.record(exchange)
    return done
