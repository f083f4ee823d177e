"""How soon a server gives its first correct answer, and how soon it says how it is used.

    make bench-start
    python -m benchmarks.start --rounds 1 --only mock-server

Processes are started one after the other in rounds. What was measured stands in docs/benchmarks.md
after a run of them all.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from .contenders import OURS, Contender, chosen, environment
from .load.requests import WrongAnswerError
from .report import Must, musts, parser, setting, table, told, versions, write
from .rounds import Reading, Readings, in_rounds
from .serving import serving, the_answer

ANSWER, HELP = "first answer", "--help"
BOUNDS = {ANSWER: 0.7, HELP: 0.25}  # seconds

Subject = tuple[str, str]


def main() -> int:
    options = parser("start", rounds=7, seconds=0).parse_args()
    contenders = {each.name: each for each in chosen(options.only)}
    subjects = [(name, ANSWER) for name in contenders]
    subjects += [(name, HELP) for name, each in contenders.items() if each.help]
    answer = the_answer()

    def measure(subject: Subject) -> Reading:
        name, what = subject
        if what == HELP:
            return {"seconds": _said(contenders[name])}
        with serving(contenders[name], answer) as server:
            return {"seconds": server.started}

    readings = in_rounds(subjects, measure, options.rounds, options.noise)
    lines = [*_tables(readings, list(contenders))]
    print("\n".join(lines))
    if not options.only:
        made = setting("make bench-start", readings.told(), versions())
        write(options.document, "start", [*lines, "", made])
    for subject, why in readings.failed.items():
        print(*subject, why, file=sys.stderr)
    return 1 if readings.failed else 0


def _said(contender: Contender) -> float:
    """Seconds until a program has said how it is used. Raises WrongAnswerError."""
    began = time.monotonic()
    ended = subprocess.run(
        list(map(str, contender.help)), env=environment(), capture_output=True, check=False
    )
    took = time.monotonic() - began
    if not ended.stdout + ended.stderr:
        raise WrongAnswerError(f"it says nothing, and ends with {ended.returncode}")
    return took


def _tables(readings: Readings[Subject], names: Sequence[str]) -> Iterator[str]:
    yield from musts(
        Must(
            f"{what}, seconds",
            f"under {bound:g}",
            told(value, "{:.2f}"),
            value.median < bound if value else None,
        )
        for what, bound in BOUNDS.items()
        for value in [readings.spread((OURS, what), "seconds")]
    )
    yield ""
    yield from table(
        ("", *(f"{what}, seconds" for what in BOUNDS)),
        (
            (name, *(_cell(readings, (name, what)) for what in BOUNDS))
            for name in names
            if (name, ANSWER) in readings.kept
        ),
    )


def _cell(readings: Readings[Subject], subject: Subject) -> str:
    measured = subject in readings.kept
    return told(readings.spread(subject, "seconds"), "{:.2f}") if measured else ""


if __name__ == "__main__":
    sys.exit(main())
