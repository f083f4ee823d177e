"""A compressed request that was only observed is judged by its decoded body."""

import gzip
from datetime import UTC, datetime

import pytest

from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.judge import judge_of
from mock_server.contract.traffic import traffic_judge
from tests.mock_server.helpers.small_documents import document, operation, spec_of

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NAMED = {"type": "object", "required": ["name"]}
VALID, INVALID = b'{"name": "a"}', b"{}"


@pytest.mark.parametrize("body", [gzip.compress(VALID), VALID], ids=["sent", "decoded"])
def test_a_valid_body_is_accepted_as_it_was_sent_and_as_a_recording_has_it(body: bytes) -> None:
    assert breaches(body) == []


def test_an_invalid_body_is_reported() -> None:
    assert "name" in " ".join(breaches(gzip.compress(INVALID)))


def breaches(body: bytes) -> list[str]:
    content = {"application/json": {"schema": NAMED}}
    posted = operation(requestBody={"required": True, "content": content})
    judge = traffic_judge(judge_of(spec_of(document({"/resources": {"post": posted}}))))
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    request = Request("POST", "/resources", headers=headers, body=body)
    exchange = Exchange(request, Response(200), "http://localhost/resources", NOW, NOW)
    return [str(breach.violation) for breach in judge.judged(exchange).breaches]
