"""The tables of the benchmarks, and the block of docs/benchmarks.md that each one replaces."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .contenders import PEERS, ROOT
from .processes import CORES
from .rounds import MAX_FOREIGN_SHARE, Spread

DOCUMENT = ROOT / "docs/benchmarks.md"
DEBIAN_PACKAGES = ("wrk", "nginx-light", "openjdk-17-jre-headless", "redis-server")
MIB = 2**20


@dataclass(frozen=True)
class Must:
    """A requirement with its limit and the measured value. met: None if it was not measured."""

    requirement: str
    limit: str
    measured: str
    met: bool | None


def parser(command: str, rounds: int, seconds: float) -> argparse.ArgumentParser:
    """Return a parser with the options that the benchmarks share."""
    options = argparse.ArgumentParser(prog=f"python -m benchmarks.{command}")
    options.add_argument("--rounds", type=int, default=rounds, help="default: %(default)s")
    options.add_argument(
        "--seconds", type=float, default=seconds, help="of load per reading (%(default)s)"
    )
    options.add_argument(
        "--noise",
        type=float,
        default=MAX_FOREIGN_SHARE,
        metavar="SHARE",
        help="discard a reading if other programs used more of the machine (%(default)s)",
    )
    options.add_argument(
        "--only", nargs="+", metavar="NAME", help="measure these servers; update no document"
    )
    options.add_argument(
        "--document", type=Path, default=DOCUMENT, help="the document to update (%(default)s)"
    )
    return options


def update_document(document: Path, mark: str, lines: Sequence[str]) -> None:
    """Replace the lines between the marks of a document. Raise ValueError without the marks."""
    document.write_text(replace_block(document.read_text("utf-8"), mark, lines), "utf-8")


def replace_block(text: str, mark: str, lines: Sequence[str]) -> str:
    """Return a text with these lines between its marks. Raise ValueError without the marks."""
    start, end = (f"<!-- {mark}: {edge} -->" for edge in ("begin", "end"))
    before, has_start, rest = text.partition(start)
    _, has_end, after = rest.partition(end)
    if not has_start or not has_end:
        raise ValueError(f"the document must contain {start} and {end}")
    return "\n".join([before + start, "", *lines, "", end + after])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table. All columns but the first are right-aligned."""
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def must_table(musts: Iterable[Must]) -> Iterator[str]:
    """Yield the table of requirements."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [(must.requirement, must.limit, must.measured, words[must.met]) for must in musts]
    yield from table(("must", "limit", "measured", "met"), rows)


def format_spread(value: Spread | None, form: str = "{:,.0f}") -> str:
    """Return a median with its range, such as ``1,234 (1,000 to 2,000)``."""
    if value is None:
        return "no value"
    median, low, high = (form.format(number) for number in (value.median, value.low, value.high))
    return median if low == high else f"{median} ({low} to {high})"


def megabytes(count: float) -> str:
    return f"{count / MIB:.0f} MB"


def caption(command: str, *details: str) -> str:
    """Return a sentence that states the command, the date and the machine of a table."""
    run = f"`{command}`, {date.today().isoformat()}, {CORES} cores"  # noqa: DTZ011
    return ". ".join([f"{run}, Python {platform.python_version()}", *details]) + "."


def versions() -> str:
    """Return the versions of the peers and of the Debian packages."""
    peers = json.loads((PEERS / "package.json").read_text("utf-8"))["devDependencies"]
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *DEBIAN_PACKAGES]
    try:
        debian = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    except OSError:
        debian = ""
    return ", ".join(
        [*(f"{name} {version}" for name, version in peers.items()), *debian.splitlines()]
    )
