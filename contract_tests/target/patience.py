"""Requests that get no response: whether to send them again, and how long to wait for one."""

from __future__ import annotations

from dataclasses import dataclass

import requests

ATTEMPTS = 5  # for a request whose connection was closed
ATTEMPTS_IN_TIME = 2  # for a request without a response in time
FIRST_PAUSE = 0.02  # seconds before the second attempt; doubled for each further one
TIMEOUTS = 2  # in a run, after which the run waits less long
SHORT_TIMEOUT = 2.0  # seconds
NO_SERVER = ("Connection refused", "Name or service not known")
NOT_REPEATED = (
    requests.exceptions.ContentDecodingError,
    requests.exceptions.InvalidURL,
    requests.exceptions.SSLError,
)


class RecoveredError(requests.RequestException):
    """A request got no response, but got one when it was sent again. ``__cause__``: the error."""


@dataclass
class Patience:
    """How a run treats requests without a response; all its threads share it.

    A server that drops connections now and then is unreliable, but it can be judged.
    timeouts: the number of requests without a response in time.
    """

    timeouts: int = 0

    def timeout(self, configured: float) -> float:
        """Return the seconds to wait for bytes, which are fewer if the server hangs repeatedly."""
        return configured if self.timeouts < TIMEOUTS else min(configured, SHORT_TIMEOUT)

    def pause(self, error: requests.RequestException, attempt: int) -> float | None:
        """Return the seconds after which to send a request again; None if it finally failed.

        attempt: the number of the attempt that failed, from 1.
        """
        if isinstance(error, requests.Timeout):
            self.timeouts += 1
            return 0.0 if attempt < ATTEMPTS_IN_TIME else None
        no_server = any(reason in str(error) for reason in NO_SERVER)
        if no_server or not isinstance(error, requests.ConnectionError):
            return None
        if isinstance(error, NOT_REPEATED) or attempt >= ATTEMPTS:
            return None
        return float(FIRST_PAUSE * 2 ** (attempt - 1))
