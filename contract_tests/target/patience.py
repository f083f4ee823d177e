"""Requests that get no response: whether to send them again, and how long to wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import requests

from mock_server.contract.exchange import Exchange

ATTEMPTS = 5  # for a request whose connection was closed
ATTEMPTS_IN_TIME = 2  # for a request without a response in time
FIRST_PAUSE = 0.02  # seconds before the second attempt; doubled for each further one
GATEWAY_STATUSES = (502, 503, 504)
ATTEMPTS_AT_GATEWAY = 7  # for a request that a gateway could not pass on
LASTING = 3  # requests in a run that it never passed on, after which none is sent again
TIMEOUTS = 2  # in a run, after which the run waits less long
SHORT_TIMEOUT = 2.0  # seconds
NO_SERVER = ("Connection refused", "Name or service not known")
NOT_REPEATED = (
    requests.exceptions.ContentDecodingError,
    requests.exceptions.InvalidURL,
    requests.exceptions.SSLError,
)


class GatewayError(requests.ConnectionError):
    """A gateway responds in place of the server, which it cannot reach (RFC 9110, 15.6.3-15.6.5).

    exchange: with this response. The text of the error is the status.
    """

    def __init__(self, exchange: Exchange) -> None:
        status = HTTPStatus(exchange.response.status)
        super().__init__(f"{status.value} {status.phrase}")
        self.exchange = exchange


class RecoveredError(requests.RequestException):
    """A request got no response, but got one when it was sent again. ``__cause__``: the error."""


@dataclass
class Patience:
    """How a run treats requests without a response; all its threads share it.

    A server that drops connections now and then is unreliable, but it can be judged. So is one
    behind a gateway that cannot always reach it.
    timeouts: the number of requests without a response in time; gateway_errors: of those to which
    a gateway responded in every attempt.
    """

    timeouts: int = 0
    gateway_errors: int = 0

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
        if isinstance(error, GatewayError):
            if self.gateway_errors >= LASTING:
                return None
            if attempt >= ATTEMPTS_AT_GATEWAY:
                self.gateway_errors += 1
                return None
            return float(FIRST_PAUSE * 2 ** (attempt - 1))
        no_server = any(reason in str(error) for reason in NO_SERVER)
        if no_server or not isinstance(error, requests.ConnectionError):
            return None
        if isinstance(error, NOT_REPEATED) or attempt >= ATTEMPTS:
            return None
        return float(FIRST_PAUSE * 2 ** (attempt - 1))
