"""The releases server of the examples as a process, as it is or with one planted bug."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.detection.catalogue import ROOT, Subject, planted
from benchmarks.detection.serving import serving

__all__ = ["BUGS", "ROOT", "start"]

BUGS = {subject.id: subject for subject in planted()}
AS_IT_IS = Subject("example", "correct", "The server without planted bugs.")


@contextmanager
def start(
    planted_id: str | None = None, *, database: Path | None = None, build_seconds: float = 0.5
) -> Iterator[str]:
    """Runs a copy of the server, with that bug if one is named, and yields its base URL.

    In the end the process is killed, as a power cut would. Without `database` it has a new one of
    its own. Raises NotServingError with what the server printed when it does not come up.
    """
    options = ["--build-seconds", str(build_seconds)]
    if database is not None:
        options += ["--database", str(database)]
    with serving(BUGS[planted_id] if planted_id else AS_IT_IS, *options) as base:
        yield base
