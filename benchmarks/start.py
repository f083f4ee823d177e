"""Measure the time to the first correct response, and the time of --help.

    make bench-start
    python -m benchmarks.start --rounds 1 --only mock-server

Processes start one after the other, in rounds. A run of all servers updates docs/benchmarks.md.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from .contenders import OURS, Contender, environment, select_contenders
from .load.requests import WrongResponseError
from .report import (
    Must,
    caption,
    format_spread,
    must_table,
    parser,
    table,
    update_document,
    versions,
)
from .rounds import Reading, Readings, in_rounds
from .serving import reference_response, serving

FIRST_RESPONSE, HELP = "first response", "--help"
LIMITS = {FIRST_RESPONSE: 0.7, HELP: 0.25}  # seconds

Subject = tuple[str, str]  # the names of a contender and of a measurement


def main() -> int:
    """Run the benchmark. Return 1 if a contender failed."""
    options = parser("start", rounds=7, seconds=0).parse_args()
    contenders = {contender.name: contender for contender in select_contenders(options.only)}
    subjects = [(name, FIRST_RESPONSE) for name in contenders]
    subjects += [(name, HELP) for name, contender in contenders.items() if contender.help_command]
    response = reference_response()

    def measure(subject: Subject) -> Reading:
        name, measurement = subject
        if measurement == HELP:
            return {"seconds": _help_seconds(contenders[name])}
        with serving(contenders[name], response) as server:
            return {"seconds": server.start_seconds}

    readings = in_rounds(subjects, measure, options.rounds, options.noise)
    lines = [*_tables(readings, list(contenders))]
    print("\n".join(lines))
    if not options.only:
        note = caption("make bench-start", readings.summary(), versions())
        update_document(options.document, "start", [*lines, "", note])
    for subject, error in readings.errors.items():
        print(*subject, error, file=sys.stderr)
    return 1 if readings.errors else 0


def _help_seconds(contender: Contender) -> float:
    """Return the seconds that a program needs for its help text. Raise WrongResponseError."""
    started_at = time.monotonic()
    done = subprocess.run(
        list(map(str, contender.help_command)), env=environment(), capture_output=True, check=False
    )
    seconds = time.monotonic() - started_at
    if not done.stdout + done.stderr:
        raise WrongResponseError(f"no output of --help; exit code {done.returncode}")
    return seconds


def _tables(readings: Readings[Subject], names: Sequence[str]) -> Iterator[str]:
    yield from must_table(
        Must(
            f"{measurement}, seconds",
            f"under {limit:g}",
            format_spread(value, "{:.2f}"),
            value.median < limit if value else None,
        )
        for measurement, limit in LIMITS.items()
        for value in [readings.spread((OURS, measurement), "seconds")]
    )
    yield ""
    yield from table(
        ("", *(f"{measurement}, seconds" for measurement in LIMITS)),
        (
            (name, *(_cell(readings, (name, measurement)) for measurement in LIMITS))
            for name in names
            if (name, FIRST_RESPONSE) in readings.accepted
        ),
    )


def _cell(readings: Readings[Subject], subject: Subject) -> str:
    if subject not in readings.accepted:
        return ""
    return format_spread(readings.spread(subject, "seconds"), "{:.2f}")


if __name__ == "__main__":
    sys.exit(main())
