"""Hot reload: serve edited files at once, and the last valid ones while the files are invalid."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..app.mock import Mock
from ..contract.source.files import State, recorded, state_of
from ..contract.violations import ContractError, Violation, is_failure
from ..foundation.clock import monotonic

log = logging.getLogger("mock_server")

PAUSE = 0.1  # seconds between two looks at the files
SHARE = 0.02  # of the time that looking may take, so that many files are looked at less often
MAX_LOOKS = 20  # at files that change all the time


# Returns a mock of the current files, which takes over the sessions of an earlier one. Raises
# ContractError for invalid files.
Build = Callable[[Mock | None], Mock]


@dataclass
class Reloader:
    """Has the mock of the last valid version of the files.

    files: those that the current version was read from, or that the last reload tried to read.
    """

    mock: Mock
    build: Build
    files: Mapping[Path, State]
    _reloading: threading.Lock = field(default_factory=threading.Lock)

    def reload(self) -> bool:
        """Serve the current files if they are valid. Return whether they are.

        Streams end, so that their clients reconnect to the new version. What is wrong with invalid
        files is logged, and reported by the health of the mock. So is every other failure.
        """
        with self._reloading:
            try:
                with recorded() as self.files:
                    self.mock = self.build(self.mock)
                self.mock.sessions.end_streams()
            except BaseException as error:
                if not is_failure(error):
                    raise
                self._report(error)
                return False
            self.mock.health.problems = ()
            self.mock.health.reloads += 1
            log.info("reloaded")
            return True

    def watch(self, stop: threading.Event) -> None:
        """Reload after each change of a file that was read, until ``stop``.

        The files are looked at again and again. Events of the system would need one watch for each
        folder, of which there is a limit, and network file systems and many containers send none.
        """
        pause = PAUSE
        while not stop.wait(pause):
            started_at = monotonic()
            changed = any(state_of(path) != state for path, state in list(self.files.items()))
            pause = max(PAUSE, (monotonic() - started_at) / SHARE)
            if changed:
                self._wait_until_written(stop)
                self.reload()

    def _wait_until_written(self, stop: threading.Event) -> None:
        """Wait until the files stay the same: an editor writes them in several steps."""
        before = None
        for _ in range(MAX_LOOKS):
            states = [state_of(path) for path in list(self.files)]
            if states == before or stop.wait(PAUSE / 2):
                return
            before = states

    def _report(self, error: BaseException) -> None:
        violations = (
            error.violations
            if isinstance(error, ContractError)
            else (Violation("internal", f"{type(error).__name__}: {error}"),)
        )
        self.mock.health.problems = violations
        for violation in violations:
            log.error("not reloaded: %s", violation)


def reloader_of(build: Build) -> Reloader:
    """Return a reloader of the current files. Raises ContractError for invalid files."""
    with recorded() as files:
        mock = build(None)
    return Reloader(mock, build, files)
