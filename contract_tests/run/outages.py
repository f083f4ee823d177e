"""What to do when the target stops responding: find the request that did it, and go on.

A request that crashes a server often gets a response, and the next request is the first one that
fails. Therefore the run waits until the target is back, sends the last requests again, one by one,
and looks after each whether the target still responds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests

from mock_server.contract.exchange import Exchange

from ..process import interruption
from ..target.target import Target, TargetSession, failure_reason
from .recorder import Recorder

LONGEST_PROBE = 2.0  # seconds to wait for a response of a target that may be down
BETWEEN_PROBES = 0.1  # seconds
PROBES = 4  # after a request, as a server may crash a moment after its response
MESSAGE = "must respond to every request, and to the requests after it"
REFUSED = "Connection refused"
NOT_SENT_AGAIN = ("host", "connection", "content-length", "transfer-encoding")


@dataclass
class Outages:
    """Handles the requests of a run's main thread that finally got no response.

    note: takes a line about an outage that no request caused.
    """

    recorder: Recorder
    target: Target
    note: Callable[[str], object]

    def handle(
        self, failed: Exchange, recent: Sequence[Exchange], error: requests.RequestException
    ) -> bool:
        """Return whether to send a request again that got no response: another one is at fault.

        failed: the request. recent: the exchanges before it, the last one first. error: the first
        one of the request. A request that is at fault is reported.
        """
        if not self.recorder.verified or responds(self.target):
            return False  # the target is not running yet; or only this request gets no response
        reached = REFUSED not in str(error)
        suspects = [failed, *recent] if reached or not recent else list(recent)
        started_at, reason = time.monotonic(), failure_reason(error)
        if not self._is_back():
            self.recorder.report_crash(self._most_unusual(suspects[:2]), MESSAGE, reason)
            self.recorder.set_gone()
            return False
        self.recorder.forget_observations()  # a server may start with other data
        for suspect in suspects:
            if self._crashes(suspect):
                self.recorder.report_crash(suspect, MESSAGE, reason)
                if not self._is_back():
                    self.recorder.set_gone()
                    return False
                self.recorder.forget_observations()
                return suspect is not failed
        seconds = time.monotonic() - started_at
        self.note(f"the target did not respond for {seconds:.1f} s; no request does this again")
        return True

    def _most_unusual(self, suspects: list[Exchange]) -> Exchange:
        """Return the request that calls no operation which was successful before."""

        def is_usual(suspect: Exchange) -> bool:
            expected = self.recorder.expectations.of(suspect.request)
            operation = expected.operation
            return operation is not None and operation.id in self.recorder.verified

        return min(suspects, key=is_usual)

    def _crashes(self, suspect: Exchange) -> bool:
        """Return whether the target stops responding after a request."""
        interruption.check()
        session = probing(self.target)
        try:
            repeat(session, suspect)
        except requests.RequestException:
            pass
        finally:
            session.close()
        return not responds(self.target)

    def _is_back(self) -> bool:
        """Wait until the target responds; return whether it does within the request timeout."""
        deadline = time.monotonic() + self.target.timeout
        while not responds(self.target, probes=1):
            if time.monotonic() > deadline:
                return False
            interruption.check()
            time.sleep(BETWEEN_PROBES)
        return True


def probing(target: Target) -> TargetSession:
    """Return a session whose exchanges are not recorded, and which does not wait long."""
    return TargetSession(target.probed(LONGEST_PROBE), lambda _: None)


def responds(target: Target, probes: int = PROBES) -> bool:
    """Return whether a target responds, several times in a row."""
    for probe in range(probes):
        if probe:
            time.sleep(BETWEEN_PROBES)
        session = probing(target)
        try:
            session.send_request("GET", "/")
        except requests.RequestException:
            return False
        finally:
            session.close()
    return True


def repeat(session: TargetSession, exchange: Exchange) -> Exchange:
    """Send the request of an exchange again."""
    request = exchange.request
    headers = {name: text for name, text in request.headers.items() if name not in NOT_SENT_AGAIN}
    return session.send_to_url(request.method, exchange.url, request.body or None, headers)
