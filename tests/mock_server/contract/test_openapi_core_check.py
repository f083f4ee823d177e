"""The judge agrees with openapi-core, an independent judge, on generated requests and responses."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_core import OpenAPI
from openapi_core.configurations import Config
from openapi_core.datatypes import RequestParameters

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.openapi_core_check import LENIENT, OpenAPICore, differences
from mock_server.contract.requests import Accepted, Rejected, RequestJudge
from mock_server.contract.violations import Violation
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.copies import SPEC

JUDGE, SHIPPED = shipped_sources()
REQUESTS = RequestJudge(JUDGE.spec, JUDGE.schemas)
OPENAPI_CORE = OpenAPICore(JUDGE.spec)
GENERATED = 1500  # requests, and the same number of responses
TIMESTAMP = "2026-01-01T00:00:00.000Z"

TEXTS = ["", "rel_successful", "testuser/blinky", "a@b", "a/b@", "x" * 300, "ünï 🔌", " ", "true"]
VALUES: list[Any] = [None, True, False, 0, -1, 1.5, [], {}, [1], {"a": 1}, "true"]
VALUES += [TIMESTAMP, *TEXTS]
RAW = [b"", b"{", b"null", b"[]", b'"text"', b"{}{}", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b" "]
HEADERS = {"WWW-Authenticate": "Bearer", "Retry-After": "1", "Allow": "GET"}
MEDIA = ["application/json", "application/json; charset=utf-8", "text/plain", "application/xml"]


def keys_of(operation: Operation) -> list[str]:
    """Return the declared properties of a body of the operation, and an undeclared one."""
    if operation.body is None:
        return []
    schema: Any = JUDGE.spec.data
    for part in operation.body.split("/")[1:]:
        schema = schema[part.replace("~1", "/").replace("~0", "~")]
    return [*JUDGE.spec.schema(schema["$ref"].rpartition("/")[2])["properties"], "undeclared"]


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
        data = {key: chance.choice(TEXTS if chance.random() < 0.6 else VALUES) for key in chosen}
        body = chance.choice(RAW) if chance.random() < 0.15 else json.dumps(data).encode()
        headers = {"content-type": chance.choice([*[MEDIA[0]] * 8, *MEDIA])}
    return operation, Request(operation.method, operation.path, query, headers, body)


def test_the_judge_and_openapi_core_agree_on_requests_except_for_the_known_differences() -> None:
    chance = random.Random(20260101)
    counts: Counter[str] = Counter()
    for _ in range(GENERATED):
        operation, request = generated_request(chance)
        verdict = REQUESTS.judge(operation, request)
        errors = OPENAPI_CORE.errors(operation, request)
        if isinstance(verdict, Accepted):
            assert not errors, (operation.id, request, errors)
            counts["both accept"] += 1
        elif errors:
            counts["both reject"] += 1
        else:
            rules = {violation.rule for violation in verdict.violations}
            assert rules & set(LENIENT), (operation.id, request, verdict)
            counts[", ".join(sorted(rules & set(LENIENT)))] += 1
    assert min(counts["both accept"], counts["both reject"]) > GENERATED / 10, counts


def test_each_known_difference_still_exists() -> None:
    """If openapi-core becomes strict, its entry must be removed from LENIENT."""
    operation = JUDGE.spec.operations["getPackageRelease"]
    body = b'{"package_release_id":"rel_successful"}'
    headers = {"content-type": "application/json"}
    lenient = {
        "query": Request("POST", operation.path, (("include_logs", "1"),), headers, body),
        "repeated-parameter": Request(
            "POST", operation.path, (("include_logs", "true"),) * 2, headers, body
        ),
        "body-size": Request("POST", operation.path, (), headers, body + b" " * 2_000_000),
    }
    assert set(lenient) == set(LENIENT)
    for rule, request in lenient.items():
        verdict = REQUESTS.judge(operation, request)
        assert isinstance(verdict, Rejected)
        assert [violation.rule for violation in verdict.violations] == [rule]
        assert OPENAPI_CORE.errors(operation, request) == []


def mutated(value: Any, chance: random.Random) -> Any:
    """Return the value with one member removed, added or replaced."""
    value = json.loads(json.dumps(value))
    members = list(_members(value))
    if not members:
        return chance.choice(VALUES)
    holder, key = chance.choice(members)
    kind = chance.random()
    if kind < 0.3 and isinstance(holder, dict):
        del holder[key]
    elif kind < 0.4 and isinstance(holder, dict):
        holder["undeclared"] = chance.choice(VALUES)
    else:
        holder[key] = chance.choice(VALUES)
    return value


def _members(value: Any) -> Iterator[tuple[Any, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield value, key
        if isinstance(member, dict | list):
            yield from _members(member)


def bodies_of(operation: Operation) -> Iterator[tuple[int, Any]]:
    """Yield valid bodies: each example, and releases in each response that contains one."""
    releases = [fixture.value for fixture in SHIPPED.fixtures.values()]
    for status, response in operation.responses.items():
        for example in response.examples.values():
            yield status, example
        for name, path in response.resources if status == 200 else ():
            if name == "PackageRelease" and path:
                for release in releases[:6]:
                    yield 200, {"ok": True, path[0]: [release] if "*" in path else release}


class _RequestAdapter:
    host_url = "http://localhost"
    body = None
    content_type = ""

    def __init__(self, operation: Operation) -> None:
        self.method = operation.method.lower()
        self.path = JUDGE.spec.prefixes[0] + operation.path
        self.parameters = RequestParameters()


class _ResponseAdapter:
    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.content_type = response.media_type
        self.data = response.body
        self.headers = dict(response.headers)


def test_the_schemas_and_openapi_core_agree_on_responses() -> None:
    """Compares only schemas: openapi-core does not know the rules between fields."""
    config = Config(spec_validator_cls=None)  # type: ignore[arg-type]  # it may be None
    openapi = OpenAPI.from_dict(JUDGE.spec.data, config=config)
    chance = random.Random(20260102)
    valid = [
        (operation, status, body)
        for operation in JUDGE.spec.operations.values()
        for status, body in bodies_of(operation)
        if operation.responses[status].media_type == "application/json"
    ]
    counts: Counter[bool] = Counter()
    for _ in range(GENERATED):
        operation, status, body = chance.choice(valid)
        if chance.random() < 0.75:
            body = mutated(body, chance)
        documented = operation.responses[status]
        assert documented.schema is not None
        required = {name: HEADERS[name] for name in documented.headers}
        headers = {"Content-Type": "application/json", **required}
        response = Response(status, tuple(headers.items()), json.dumps(body).encode())
        violations = JUDGE.schemas.violations(documented.schema, body)
        validator, adapted = openapi.response_validator, _ResponseAdapter(response)
        errors = list(validator.iter_errors(_RequestAdapter(operation), adapted))
        assert bool(violations) == bool(errors), (operation.id, status, body, violations, errors)
        counts[bool(violations)] += 1
    assert min(counts.values()) > GENERATED / 10, counts


def test_check_reports_an_example_on_which_openapi_core_disagrees() -> None:
    class RejectAll(RequestJudge):
        def judge(self, *_: Any) -> Accepted | Rejected:
            return Rejected(400, (Violation("reject", "rejects every request"),))

    violations = list(differences(RejectAll(JUDGE.spec, JUDGE.schemas)))
    assert {violation.found for violation in violations} == {"openapi-core accepts it"}
    assert all(violation.location.startswith(str(SPEC)) for violation in violations)
    assert list(differences(REQUESTS)) == []
