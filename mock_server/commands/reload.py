"""Hot reload: serve edited files at once, and the last valid ones while the files are invalid."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..app.mock import Mock
from ..contract.violations import ContractError

log = logging.getLogger("mock_server")

WATCH_STEP = 50  # milliseconds between two checks for changed files


@dataclass
class Reloader:
    """Has the mock of the last valid version of the files.

    build: returns a mock of the current files that takes over the sessions of another mock. Raises
    ContractError for invalid files.
    """

    mock: Mock
    build: Callable[[Mock], Mock]
    _reloading: threading.Lock = field(default_factory=threading.Lock)

    def reload(self) -> bool:
        """Serve the current files if they are valid. Return whether they are.

        Streams end, so that their clients reconnect to the new version. What is wrong with invalid
        files is logged, and reported by the health of the mock.
        """
        with self._reloading:
            try:
                self.mock = self.build(self.mock)
                self.mock.sessions.end_streams()
            except ContractError as error:
                self.mock.health.problems = error.violations
                for violation in error.violations:
                    log.error("not reloaded: %s", violation)
                return False
            self.mock.health.problems = ()
            self.mock.health.reloads += 1
            log.info("reloaded")
            return True

    def watch(self, paths: Sequence[Path], stop: threading.Event) -> None:
        """Reload after each change of the files, and of files in the folders, until ``stop``."""
        from watchfiles import Change, DefaultFilter, watch

        folders = {path if path.is_dir() else path.parent for path in paths}
        default_filter = DefaultFilter()  # ignores files of editors and of git

        def concerns(change: Change, name: str) -> bool:
            return default_filter(change, name) and _is_below(Path(name), paths)

        for _ in watch(*folders, watch_filter=concerns, stop_event=stop, step=WATCH_STEP):
            self.reload()


def _is_below(changed: Path, paths: Sequence[Path]) -> bool:
    """Return whether a file is one of the paths, or in one of them."""
    resolved = [path.resolve() for path in paths]
    return any(changed.resolve() == path or path in changed.resolve().parents for path in resolved)
