"""What the benchmarks of speed write down: tables between marks, each with how it was made."""

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
from .rounds import NOISY, Spread

DOCUMENT = ROOT / "docs/benchmarks.md"
DEBIAN = ("wrk", "nginx-light", "openjdk-17-jre-headless", "redis-server")
MIB = 2**20


@dataclass(frozen=True)
class Must:
    """Something that is claimed. reached: None when it was not measured."""

    what: str
    wanted: str
    measured: str
    reached: bool | None


def parser(command: str, rounds: int, seconds: float) -> argparse.ArgumentParser:
    """The options that all these benchmarks have."""
    made = argparse.ArgumentParser(prog=f"python -m benchmarks.{command}")
    made.add_argument("--rounds", type=int, default=rounds, help="default: %(default)s")
    made.add_argument(
        "--seconds", type=float, default=seconds, help="of load in each reading (%(default)s)"
    )
    made.add_argument(
        "--noise",
        type=float,
        default=NOISY,
        metavar="SHARE",
        help="of the machine that others may have in a reading that is kept (%(default)s)",
    )
    made.add_argument("--only", nargs="+", metavar="NAME", help="these alone; nothing is written")
    made.add_argument(
        "--document", type=Path, default=DOCUMENT, help="where the tables are written"
    )
    return made


def write(document: Path, mark: str, lines: Sequence[str]) -> None:
    """Puts the lines between the marks in a document. Raises ValueError without the marks."""
    document.write_text(written(document.read_text("utf-8"), mark, lines), "utf-8")


def written(text: str, mark: str, lines: Sequence[str]) -> str:
    """The text with these lines between its marks. Raises ValueError without the marks."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"the document has no {begin} and {end}")
    return "\n".join([before + begin, "", *lines, "", end + after])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown, all columns but the first set to the right."""
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def musts(claims: Iterable[Must]) -> Iterator[str]:
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [(each.what, each.wanted, each.measured, words[each.reached]) for each in claims]
    yield from table(("must", "wanted", "measured", "reached"), rows)


def told(value: Spread | None, form: str = "{:,.0f}") -> str:
    """Median and range."""
    if value is None:
        return "no figure"
    median, low, high = (form.format(each) for each in (value.median, value.low, value.high))
    return median if low == high else f"{median} ({low} to {high})"


def megabytes(count: float) -> str:
    return f"{count / MIB:.0f} MB"


def setting(command: str, *more: str) -> str:
    """How, when and on what a table was made."""
    made = f"`{command}`, {date.today().isoformat()}, {CORES} cores, Python"  # noqa: DTZ011
    return ". ".join([f"{made} {platform.python_version()}", *more]) + "."


def versions() -> str:
    """Of the peers, and of the programs that load them."""
    peers = json.loads((PEERS / "package.json").read_text("utf-8"))["devDependencies"]
    asked = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}\n", *DEBIAN]
    try:
        debian = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    except OSError:
        debian = ""
    return ", ".join(
        [*(f"{name} {version}" for name, version in peers.items()), *debian.splitlines()]
    )
