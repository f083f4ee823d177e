"""Signals that end a run early: SIGINT (Ctrl-C), and SIGTERM, which a CI sends to a cancelled job.

The handler notes the signal. It also raises KeyboardInterrupt where the program can stop at once.
The note is what counts: the CEL engine and ``__del__`` methods swallow exceptions. Therefore every
request looks at the note, and so does the end of the run.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SAME_INTERRUPTION = 1.0  # seconds within which a further signal raises no second exception


@dataclass
class _State:
    """received: the name of the first signal, or "". raises: whether a signal raises an exception.

    raised_at: of the monotonic clock.
    """

    received: str = ""
    raises: bool = False
    raised_at: float = -math.inf


_state = _State()


def listen(*, raises: bool) -> None:
    """Note each signal from now on. raises: whether a signal also raises KeyboardInterrupt.

    A signal that is ignored, as SIGINT in a background job of a shell, stays ignored.
    """
    _state.raises = raises
    if threading.current_thread() is threading.main_thread():
        for each in SIGNALS:
            if signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, _note)


def forget() -> None:
    """Forget the signals of an earlier run in this process."""
    _state.received, _state.raised_at = "", -math.inf


def end() -> str:
    """Ignore all further signals, since the result is complete; return the reason so far."""
    for each in SIGNALS:
        if signal.getsignal(each) is _note:
            signal.signal(each, signal.SIG_IGN)
    return reason()


def reason() -> str:
    """Return why the run stopped, such as ``interrupted (SIGINT)``; "" without a signal."""
    return f"interrupted ({_state.received})" if _state.received else ""


def check() -> None:
    """Raise KeyboardInterrupt in the main thread if a signal was received."""
    if _state.received and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


def stoppable(action: Callable[[], None]) -> None:
    """Run an action that a signal ends early. Signals before and after it are only noted."""
    try:
        _state.raises = True
        check()
        action()
        _state.raises = False
    except KeyboardInterrupt:
        _state.raises = False
        if not _state.received:
            raise
    except BaseException:
        _state.raises = False
        raise


def _note(number: int, _frame: FrameType | None) -> None:
    _state.received = _state.received or signal.Signals(number).name
    now = time.monotonic()
    if _state.raises and now - _state.raised_at > SAME_INTERRUPTION:
        _state.raised_at = now
        raise KeyboardInterrupt
