"""The mock's own judge of requests and answers against openapi-core, an independent one."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_core import OpenAPI
from openapi_core.configurations import Config
from openapi_core.datatypes import RequestParameters

from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.openapi_core_check import LENIENT, Opinion, differences
from mock_server.contract.requests import Accepted, Rejected, RequestJudge
from mock_server.contract.violations import Violation
from mock_server.live import load_sources
from tests.mock_server.helpers.copies import FIXTURES, SPEC

JUDGE, SHIPPED = load_sources(SPEC, FIXTURES)
REQUESTS = RequestJudge(JUDGE.spec, JUDGE.schemas)
OPINION = Opinion(JUDGE.spec)
GENERATED = 3000  # requests; and as many answers
NEVER = "2026-01-01T00:00:00.000Z"

TEXTS = ["", "rel_successful", "testuser/blinky", "a@b", "a/b@", "x" * 300, "ünï 🔌", " ", "true"]
ODD: list[Any] = [None, True, False, 0, -1, 1.5, [], {}, [1], {"a": 1}, "true", NEVER, *TEXTS]
RAW = [b"", b"{", b"null", b"[]", b'"text"', b"{}{}", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b" "]
HEADERS = {"WWW-Authenticate": "Bearer", "Retry-After": "1", "Allow": "GET"}
MEDIA = ["application/json", "application/json; charset=utf-8", "text/plain", "application/xml"]


def keys_of(operation: Operation) -> list[str]:
    """Every property that a body of the operation may have."""
    if operation.body is None:
        return []
    schema: Any = JUDGE.spec.data
    for part in operation.body.split("/")[1:]:
        schema = schema[part.replace("~1", "/").replace("~0", "~")]
    return [*JUDGE.spec.schema(schema["$ref"].rpartition("/")[2])["properties"], "unheard_of"]


def generated_request(chance: random.Random) -> tuple[Operation, Request]:
    operation = chance.choice(list(JUDGE.spec.operations.values()))
    query = tuple(
        (parameter.name, chance.choice([*TEXTS, "false", "1", "yes", "7"]))
        for parameter in operation.parameters
        for _ in range(chance.choice([0, 0, 1, 1, 1, 2]))
    )
    body = b""
    headers = {}
    if operation.media_types:
        keys = keys_of(operation)
        chosen = chance.sample(keys, chance.randint(0, min(3, len(keys))))
        data = {key: chance.choice(TEXTS if chance.random() < 0.6 else ODD) for key in chosen}
        body = chance.choice(RAW) if chance.random() < 0.15 else json.dumps(data).encode()
        headers = {"content-type": chance.choice([*[MEDIA[0]] * 8, *MEDIA])}
    return operation, Request(operation.method, operation.path, query, headers, body)


def test_requests_are_judged_as_openapi_core_does_but_for_the_listed_leniencies() -> None:
    chance = random.Random(20260101)
    seen: Counter[str] = Counter()
    for _ in range(GENERATED):
        operation, request = generated_request(chance)
        mine = REQUESTS.judge(operation, request)
        theirs = OPINION.refusals(operation, request)
        if isinstance(mine, Accepted):
            assert not theirs, (operation.id, request, theirs)
            seen["both accept"] += 1
        elif theirs:
            seen["both refuse"] += 1
        else:
            rules = {violation.rule for violation in mine.violations}
            assert rules & set(LENIENT), (operation.id, request, mine)
            seen[", ".join(sorted(rules & set(LENIENT)))] += 1
    assert min(seen["both accept"], seen["both refuse"]) > GENERATED / 10, seen


def test_each_leniency_is_one() -> None:
    """A leniency that openapi-core has lost is to be taken off the list."""
    operation = JUDGE.spec.operations["getPackageRelease"]
    known = b'{"package_release_id":"rel_successful"}'
    sent = {"content-type": "application/json"}
    lenient = {
        "query": Request("POST", operation.path, (("include_logs", "1"),), sent, known),
        "body-size": Request("POST", operation.path, (), sent, known + b" " * 2_000_000),
    }
    assert set(lenient) == set(LENIENT)
    for rule, request in lenient.items():
        mine = REQUESTS.judge(operation, request)
        assert isinstance(mine, Rejected)
        assert [violation.rule for violation in mine.violations] == [rule]
        assert OPINION.refusals(operation, request) == []


def mutated(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it dropped, added, or put in place of another."""
    value = json.loads(json.dumps(value))
    places = list(_places(value))
    if not places:
        return chance.choice(ODD)
    holder, key = chance.choice(places)
    how = chance.random()
    if how < 0.3 and isinstance(holder, dict):
        del holder[key]
    elif how < 0.4 and isinstance(holder, dict):
        holder["unheard_of"] = chance.choice(ODD)
    else:
        holder[key] = chance.choice(ODD)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield value, key
        if isinstance(member, dict | list):
            yield from _places(member)


def answers_of(operation: Operation) -> Iterator[tuple[int, Any]]:
    """A right body for each documented answer in JSON that has an example or shows a release."""
    releases = [fixture.release for fixture in SHIPPED.releases.values()]
    for status, response in operation.responses.items():
        for example in response.examples.values():
            yield status, example
        for name, path in response.entities if status == 200 else ():
            if name == JUDGE.spec.release and path:
                for release in releases[:6]:
                    yield 200, {"ok": True, path[0]: [release] if "*" in path else release}


class _Asked:
    host_url = "http://localhost"
    body = None
    content_type = ""

    def __init__(self, operation: Operation) -> None:
        self.method = operation.method.lower()
        self.path = JUDGE.spec.prefixes[0] + operation.path
        self.parameters = RequestParameters()


class _Told:
    def __init__(self, answer: Response) -> None:
        self.status_code = answer.status
        self.content_type = answer.media_type
        self.data = answer.body
        self.headers = dict(answer.headers)


def test_answers_are_judged_as_openapi_core_does() -> None:
    """The forms alone: the rules between fields are this project's own."""
    config = Config(spec_validator_cls=None)  # type: ignore[arg-type]  # it may be None
    openapi = OpenAPI.from_dict(JUDGE.spec.data, config=config)
    chance = random.Random(20260102)
    right = [
        (operation, status, body)
        for operation in JUDGE.spec.operations.values()
        for status, body in answers_of(operation)
        if operation.responses[status].media_type == "application/json"
    ]
    seen: Counter[bool] = Counter()
    for _ in range(GENERATED):
        operation, status, body = chance.choice(right)
        if chance.random() < 0.75:
            body = mutated(body, chance)
        response = operation.responses[status]
        assert response.schema is not None
        required = {name: HEADERS[name] for name in response.headers}
        headers = {"Content-Type": "application/json", **required}
        answer = Response(status, tuple(headers.items()), json.dumps(body).encode())
        mine = JUDGE.schemas.violations(response.schema, body)
        theirs = list(openapi.response_validator.iter_errors(_Asked(operation), _Told(answer)))
        assert bool(mine) == bool(theirs), (operation.id, status, body, mine, theirs)
        seen[bool(mine)] += 1
    assert min(seen.values()) > GENERATED / 10, seen


def test_check_tells_of_an_example_that_openapi_core_sees_differently() -> None:
    class Blind(RequestJudge):
        def judge(self, *_: Any) -> Accepted | Rejected:
            return Rejected(400, (Violation("blind", "refuses all"),))

    found = list(differences(Blind(JUDGE.spec, JUDGE.schemas)))
    assert {violation.found for violation in found} == {"openapi-core accepts it"}
    assert all(violation.location.startswith(str(SPEC)) for violation in found)
    assert list(differences(REQUESTS)) == []
