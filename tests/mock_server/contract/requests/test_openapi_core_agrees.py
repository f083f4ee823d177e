"""The judge agrees with openapi-core, an independent judge, on parameters of every style.

openapi-core cannot read some styles: `test_styles.py` checks these by writing values.
"""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mock_server.contract.document.operation import Parameter
from mock_server.contract.exchange import Request
from mock_server.contract.judge import judge_of
from mock_server.contract.openapi_core_check import LENIENT, OpenAPICore
from mock_server.contract.requests import Accepted, RequestJudge
from tests.mock_server.helpers.small_documents import document, operation, parameter, spec_of
from tests.mock_server.helpers.written_styles import in_query, in_text

GENERATED = 500
SCALARS: dict[str, Any] = {
    "integer": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string", "minLength": 2},
    "enum": {"type": "string", "enum": ["red", "green"]},
}
STRUCTURES: dict[str, Any] = {
    "integers": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
    "strings": {"type": "array", "items": {"type": "string"}},
    "object": {
        "type": "object",
        "required": ["size"],
        "properties": {"size": {"type": "integer"}, "color": {"type": "string"}},
    },
}
# Location → style, whether it is exploded, and the schemas that it can have in openapi-core
STYLES: dict[str, list[tuple[str, bool, list[str]]]] = {
    "query": [
        ("form", True, [*SCALARS, "integers", "strings"]),
        ("form", False, [*SCALARS, *STRUCTURES]),
        ("spaceDelimited", False, ["integers", "strings"]),
        ("pipeDelimited", False, [*STRUCTURES]),
        ("deepObject", True, ["object"]),
    ],
    "path": [("simple", explode, [*SCALARS, *STRUCTURES]) for explode in (True, False)],
    "header": [("simple", explode, [*SCALARS, *STRUCTURES]) for explode in (True, False)],
    "cookie": [("form", False, [*SCALARS, *STRUCTURES])],
}
# No empty text: it is an empty array to the judge, and an array with an empty text to openapi-core.
VALUES: list[Any] = [0, 7, -1, 2.5, True, False, "red", "blue", "x", "yes", "null", "1e3"]


def paths() -> Iterator[tuple[str, Any]]:
    """Yield a path with one operation for each style and schema."""
    for location, styles in STYLES.items():
        for style, explode, kinds in styles:
            for kind in kinds:
                schema = (SCALARS | STRUCTURES)[kind]
                members = {"style": style, "explode": explode, "required": True}
                described = parameter("p", schema, location, **members)
                path = f"/{location}/{style}/{explode}/{kind}"
                yield path + "/{p}" * (location == "path"), {"get": operation(described)}


def generated_value(chance: random.Random, style: str) -> Any:
    kind = chance.random() if style != "deepObject" else 1
    if kind < 0.4:
        return chance.choice(VALUES)
    if kind < 0.7:
        return [chance.choice(VALUES) for _ in range(chance.randint(1, 3))]
    names = chance.sample(["size", "color", "kind"], chance.randint(1, 3))
    return {name: chance.choice(VALUES) for name in names}


def sent(described: Parameter, value: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parts of a request with a value, and the texts of the path parameters."""
    style, explode = described.style, described.explode
    if described.location == "query":
        return {"query": in_query(style, explode, "p", value)}, {}
    text = in_text("simple", explode, "p", value)
    if described.location == "path":
        return {}, {"p": text}
    name, prefix = ("p", "") if described.location == "header" else ("cookie", "p=")
    return {"headers": {name: prefix + text}}, {}


def test_the_judge_and_openapi_core_agree_on_parameters_except_for_the_known_differences() -> None:
    spec = spec_of(document(dict(paths())))
    judge, openapi_core = RequestJudge(spec, judge_of(spec).schemas), OpenAPICore(spec)
    operations = list(spec.operations.values())
    chance = random.Random(20260106)
    counts: Counter[str] = Counter()
    for _ in range(GENERATED):
        tested = chance.choice(operations)
        (described,) = (
            *tested.parameters,
            *tested.path_parameters,
            *tested.header_parameters,
            *tested.cookie_parameters,
        )
        parts, path = sent(described, generated_value(chance, described.style))
        request = Request("GET", tested.path, **parts)
        verdict = judge.judge(tested, request, path)
        errors = openapi_core.errors(tested, request, path)
        if isinstance(verdict, Accepted):
            assert not errors, (tested.path, request, path, errors)
            counts["both accept"] += 1
        elif errors:
            counts["both reject"] += 1
        else:
            lenient = [described.schema.get("type") == "boolean"]
            lenient += [each.rule in LENIENT for each in verdict.violations]
            assert any(lenient), (tested.path, request, path, verdict)
            counts["lenient"] += 1
    assert min(counts["both accept"], counts["both reject"]) > GENERATED / 10, counts
