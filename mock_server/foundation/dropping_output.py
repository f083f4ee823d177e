"""Output that never waits for its reader."""

from __future__ import annotations

import os
import select
import threading
from queue import SimpleQueue
from typing import TextIO

MAX_WAITING = 1000  # texts that wait to be written; more are dropped
LAST_WRITES = 1.0  # seconds for the texts that wait at the end
MAX_TOGETHER = 64 * 1024  # bytes of one write


class DroppingOutput:
    """Writes to a stream in a separate thread, and drops what its reader does not take.

    A pipe that nobody reads is full after 64 KiB, and the next write never returns. The stream
    itself stays blocking, since other processes may share it. Raises OSError for one in memory.
    """

    def __init__(self, stream: TextIO) -> None:
        self._descriptor, self._encoding = stream.fileno(), stream.encoding
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._dropped = 0

    def write(self, text: str, /) -> None:
        """Write a text, or drop it. What the encoding does not have is escaped."""
        if self._waiting.qsize() >= MAX_WAITING:
            self._dropped += 1
            return
        self._waiting.put(text.encode(self._encoding, "backslashreplace"))
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Do nothing: the thread writes as soon as it can."""

    def close(self) -> None:
        """Give the texts that wait a second to be written."""
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(LAST_WRITES)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="output", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while (part := self._waiting.get()) is not None:
                parts, size = [part], len(part)
                while size < MAX_TOGETHER and not self._waiting.empty():
                    part = self._waiting.get()
                    if part is None:
                        self._waiting.put(None)
                        break
                    parts.append(part)
                    size += len(part)
                self._write(b"".join(parts))
                if self._dropped:
                    dropped, self._dropped = self._dropped, 0
                    self._write(b"%d lines were dropped: nobody read them\n" % dropped)
        except OSError:  # the reader has gone: from now on all is dropped
            return

    def _write(self, content: bytes) -> None:
        while content:
            try:
                content = content[os.write(self._descriptor, content) :]
            except BlockingIOError:  # another process has made the stream non-blocking
                select.select([], [self._descriptor], [])
