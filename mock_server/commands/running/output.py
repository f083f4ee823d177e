"""The log and the text of a server, which must run on if nobody reads them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ...foundation.dropping_output import DroppingOutput


@contextmanager
def logging_to_stderr(quiet: bool) -> Iterator[None]:
    """Log to stderr during the block. quiet: only warnings and errors."""
    root, handler = logging.getLogger(), _handler(sys.stderr)
    level, handlers = root.level, root.handlers
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    root.handlers = [handler]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers = handlers
        handler.close()


def print_text(text: str) -> None:
    """Print a text on stdout, as far as its reader takes it."""
    try:
        output = DroppingOutput(sys.stdout)
    except OSError:  # in memory
        print(text)
    else:
        output.write(f"{text}\n")
        output.close()


class _DroppingHandler(logging.StreamHandler[DroppingOutput]):
    """A handler for a log that drops lines which are not read."""

    def close(self) -> None:
        self.stream.close()
        super().close()


def _handler(stream: TextIO) -> logging.Handler:
    try:
        return _DroppingHandler(DroppingOutput(stream))
    except OSError:  # in memory
        return logging.StreamHandler(stream)
