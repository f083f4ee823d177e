"""The state of a build at a time. It follows from when and how the build was queued.

Nothing runs in the background: a redeploy stores one `Build`, and every read computes the state.
All times are milliseconds since 1970.
"""

from dataclasses import dataclass
from typing import Any

QUEUED, BUILDING, READY, ERROR, CANCELED = "QUEUED", "BUILDING", "READY", "ERROR", "CANCELED"
STATES = (QUEUED, BUILDING, READY, ERROR, CANCELED)

START_PERCENT = 20  # of the duration, at which the build leaves the queue
# What a build writes to its log, each at a percentage of its duration
LOG = (
    (25, "Cloning the branch"),
    (40, "Installing 412 packages"),
    (70, "Compiling 96 pages"),
    (100, "Deployed to 14 regions"),
)
ERROR_CODE = "build_failed"
ERROR_MESSAGE = "src/cart.tsx(31,9): Type 'null' is not assignable to type 'Cart'."


@dataclass(frozen=True)
class Build:
    """One build of a deployment. number: 1 for its first build. canceled_at: None if it runs on."""

    number: int
    queued_at: int
    duration: int
    fails: bool = False
    canceled_at: int | None = None

    def time(self, percent: int) -> int:
        """Return the time at which this percentage of the duration has passed."""
        return self.queued_at + self.duration * percent // 100

    @property
    def started_at(self) -> int:
        return self.time(START_PERCENT)

    @property
    def ended_at(self) -> int:
        return self.time(100) if self.canceled_at is None else self.canceled_at

    def state(self, now: int) -> str:
        """Return the state at a time."""
        if now < self.ended_at:
            return QUEUED if now < self.started_at else BUILDING
        if self.canceled_at is not None:
            return CANCELED
        return ERROR if self.fails else READY

    def log(self, now: int) -> list[dict[str, Any]]:
        """Return the entries that the build has written."""
        lines = [*LOG[:-1], (100, ERROR_MESSAGE)] if self.fails else LOG
        until = min(now, self.ended_at)
        entries = [{"at": self.time(percent), "text": text} for percent, text in lines]
        return [entry for entry in entries if entry["at"] <= until]  # type: ignore[operator]  # at is a number

    def fields(self, now: int) -> dict[str, Any]:
        """Return the properties of a deployment that its build changes."""
        state = self.state(now)
        fields: dict[str, Any] = {"state": state, "log": self.log(now)}
        if self.started_at <= min(now, self.ended_at) and state != QUEUED:
            fields["buildingAt"] = self.started_at
        if state in (READY, ERROR, CANCELED):
            fields["readyAt"] = self.ended_at
        if state == ERROR:
            fields |= {"errorCode": ERROR_CODE, "errorMessage": ERROR_MESSAGE}
        return fields

    def changes(self) -> list[tuple[int, str, int]]:
        """Return what happens: the time, the kind of the event, and the index of a log entry."""
        entries = self.log(self.ended_at)
        events = [(self.queued_at, "deployment", 0)]
        if self.started_at <= self.ended_at:
            events.append((self.started_at, "deployment", 0))
        events += [(entry["at"], "log", index) for index, entry in enumerate(entries)]
        return [*events, (self.ended_at, "deployment", 0), (self.ended_at, "end", 0)]
