"""Standard output and the environment of a run, made safe for pytest."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ..exit_codes import BROKEN, HOLDS, UNJUDGED

# Variables of pytest that belong to other test suites
FOREIGN_VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


RESET, BOLD = "\x1b[0m", "\x1b[1m"
COLOURS = {HOLDS: "\x1b[1;32m", BROKEN: "\x1b[1;31m", UNJUDGED: "\x1b[1;33m"}
HEADING = re.compile(r"\d+\. ")  # of a finding


def width_of_terminal(environ: Mapping[str, str]) -> int:
    """Return the columns of the terminal; 0 if the output is no terminal, or a dumb one."""
    if environ.get("TERM") in (None, "", "dumb") or not sys.stdout.isatty():
        return 0
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


def has_colours(environ: Mapping[str, str]) -> bool:
    """Return whether to print in colour: on a terminal, without NO_COLOR (https://no-color.org)."""
    return bool(width_of_terminal(environ)) and not environ.get("NO_COLOR")


def coloured(lines: Iterable[str], exit_code: int) -> Iterator[str]:
    """Yield the lines about a verdict with the first one in a colour and headings in bold."""
    for number, line in enumerate(lines):
        is_heading = bool(HEADING.match(line))
        style = COLOURS[exit_code] if number == 0 else BOLD if is_heading else ""
        yield f"{style}{line}{RESET}" if style else line


class TolerantOutput:
    """A stream whose writes succeed also after its reader has gone, as in ``… | head -1``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except BrokenPipeError:
            self._discard()
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._discard()

    def _discard(self) -> None:
        """Discard this and all later output, also what Python writes at its end."""
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def tolerant_output() -> Iterator[None]:
    """Ignore that the reader of the output has gone, or that there is no output."""
    before = sys.stdout, sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        for stream in before:
            if isinstance(stream, io.TextIOWrapper):  # for characters that the terminal lacks
                stream.reconfigure(errors="backslashreplace")
        sys.stdout, sys.stderr = (TolerantOutput(stream or nothing) for stream in before)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdout, sys.stderr = before


@contextmanager
def without_foreign_settings() -> Iterator[None]:
    """Hide the variables that change pytest, and the plugins that other test suites need."""
    before = dict(os.environ)
    for name in FOREIGN_VARIABLES:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
