"""When a run ends because its target is broken as a whole, or rejects a token."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from contract_tests.judging.expectations import Expectation
from contract_tests.run.availability import ATTEMPTS, MOST_FAILURES, Availability
from contract_tests.target.target import Target
from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.requests import Accepted
from tests.helpers.shipped import shipped_sources

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
TARGET = Target("http://t/api", token="owner-token", other_token="other-token")
OPERATIONS = shipped_sources()[0].spec.operations


def exchange(status: int, token: str = "") -> Exchange:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = Request("GET", "/accounts/get", (), headers, b"")
    return Exchange(request, Response(status), "http://t/api/accounts/get", NOW, NOW)


def expectation(operation: str, *statuses: int) -> Expectation:
    accepted = Accepted({}, {}) if 200 in statuses else None
    return Expectation(frozenset(statuses), "", OPERATIONS[operation], accepted)


class Run:
    """An availability with responses to repeated requests; findings are counted."""

    def __init__(self, repeated: Sequence[int]) -> None:
        self.availability = Availability[int](TARGET)
        self.repeated, self.findings, self.pauses = list(repeated), 0, 0

    def add(self, status: int, token: str = "", operation: str = "getAccount") -> None:
        expected = expectation(operation, 200)
        self.availability.add(expected, exchange(status, token), lambda: self.findings)
        self.findings += status != 200

    def loss(self) -> tuple[str, int] | None:
        return self.availability.loss(lambda _: exchange(self.repeated.pop(0)), self.pause)

    def pause(self, _seconds: float) -> None:
        self.pauses += 1


def test_a_target_is_lost_if_known_good_requests_fail_again_and_again() -> None:
    run = Run([502] * ATTEMPTS)
    run.add(200, operation="getPackage")
    for _ in range(MOST_FAILURES):
        assert run.loss() is None
        run.add(500)
    reason, before = run.loss() or ("", -1)
    assert reason.startswith("http://t/api returns 5xx to every request since GET /accounts/get")
    assert "a request of getPackage that was successful before (502)" in reason
    assert (before, run.pauses, run.repeated) == (0, ATTEMPTS - 1, [])


@pytest.mark.parametrize("repeated", [[200], [500, 404], [500, 500, 200]])
def test_a_target_is_not_lost_if_a_known_good_request_works_again(repeated: list[int]) -> None:
    run = Run(repeated)
    run.add(200, operation="getPackage")
    for _ in range(MOST_FAILURES):
        run.add(500)
    assert run.loss() is None
    run.add(500)
    assert run.loss() is None, "the count starts again"


def test_a_target_that_never_worked_is_not_lost() -> None:
    run = Run([])
    for _ in range(MOST_FAILURES * 2):
        run.add(500)
    assert run.loss() is None


def test_a_token_is_lost_if_a_request_that_it_allowed_is_rejected_again_and_again() -> None:
    run = Run([401] * ATTEMPTS)
    run.add(200, "other-token")
    run.add(500)
    run.add(401, "other-token")
    run.add(401, "other-token")
    reason, before = run.loss() or ("", -1)
    assert reason.startswith("--other-token: http://t/api rejects the token since 12:00:00 UTC")
    assert before == 1, "the finding before the first rejection stays"


def test_a_token_is_not_lost_if_it_is_accepted_again_or_never_was() -> None:
    run = Run([401, 200])
    run.add(200, "owner-token")
    run.add(401, "owner-token")
    run.add(401, "other-token")
    run.add(401, "unknown-token")
    assert run.loss() is None
    assert run.repeated == []
    run.add(401, "owner-token")
    run.add(200, "owner-token")
    assert run.loss() is None, "it was accepted again"
