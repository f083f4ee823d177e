"""Hot reload: an edit of spec or fixtures is served at once; a broken one is told, not served."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..app.handle import respond
from ..app.mock import Mock
from ..contract.exchange import Request, Response
from ..contract.violations import ContractError

log = logging.getLogger("mock_server")

STEP = 50  # milliseconds between two looks at the files


@dataclass
class Reloader:
    """Answers with the last good version of the files.

    build: makes a mock of the files as they are, taking over the sessions of the one before. It
    raises ContractError for files that are broken.
    """

    mock: Mock
    build: Callable[[Mock], Mock]
    _one: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Response:
        """The answer of the last good version."""
        return respond(self.mock, request)

    def reload(self) -> bool:
        """Takes the files as they are now, if they are sound; whether they are."""
        with self._one:
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
        """Reloads at each change below the paths, until told to stop."""
        from watchfiles import Change, DefaultFilter, watch

        folders = {path if path.is_dir() else path.parent for path in paths}
        looked_at = DefaultFilter()

        def concerns(change: Change, name: str) -> bool:
            return looked_at(change, name) and _concerns(Path(name), paths)

        for _ in watch(*folders, watch_filter=concerns, stop_event=stop, step=STEP):
            self.reload()


def _concerns(changed: Path, paths: Sequence[Path]) -> bool:
    resolved = [path.resolve() for path in paths]
    return any(changed.resolve() == path or path in changed.resolve().parents for path in resolved)
