"""The Zod schemas find valid what the spec finds valid, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.document.spec import resolve
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, replace, script
from tests.helpers.programs import ROOT, run
from tests.mock_server.helpers.strategies import EDGE_TIMESTAMPS, anything, of_schema

JUDGE, FIXTURES = load_sources()
SPEC = JUDGE.spec
WRONG_INSTANTS = [
    *("2025-06-04 12:00:00Z", "2025-06-04T12:00:00", "2025-06-04T12:00Z", "2025-06-04T12:00:00.Z"),
    *(
        "2025-06-04T12:00:00,5Z",
        "2025-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2025-06-31T00:00:00Z",
    ),
    *(
        "2000-02-29T12:00:00Z",
        "2025-00-04T12:00:00Z",
        "2025-13-04T12:00:00Z",
        "2025-06-00T12:00:00Z",
    ),
    *("2025-06-04T12:00:00+24:00", "2025-06-04T12:00:00+23:60", "2025-06-04T12:00:00+2359"),
    *(
        "2025-06-04T24:00:00Z",
        "2025-06-04T12:60:00Z",
        "2025-06-04T12:00:61Z",
        "2025-06-04T12:00:60Z",
    ),
    *("2025-06-04T00:29:60+00:30", "2025-06-04T23:59:60-00:30", "2025-06-04T23:29:60-00:30"),
    *(
        "2025-06-04T12:00:00Z\n",
        " 2025-06-04T12:00:00Z",
        "\uff12025-06-04T12:00:00Z",
        "+2025-06-04T12:00:00Z",
    ),
]

Case = dict[str, Any]


def judges() -> Iterator[tuple[list[str], str]]:
    """Where each exported schema stands in the module, and where in the spec."""
    for name in SPEC.data["components"]["schemas"]:
        yield [name], f"/components/schemas/{name}"
    for operation in SPEC.operations.values():
        if operation.body:
            yield ["bodies", operation.id], operation.body
        for status, response in operation.responses.items():
            if response.schema and response.media_type == "application/json":
                yield ["answers", operation.id, str(status)], response.schema


WHERE = {tuple(path): where for path, where in judges()}


def case(path: tuple[str, ...], value: Any) -> Case:
    valid = JUDGE.schemas.validator(WHERE[path]).is_valid(value)
    return {"path": path, "value": value, "valid": valid}


def mutated(value: Any, dice: Random, other: Any) -> Any:
    """The value with one thing in it replaced, left out or added."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(list(value))
        inner = {**value, key: mutated(value[key], dice, other)}
        without = {name: each for name, each in value.items() if name != key}
        return dice.choice([inner, inner, without, {**value, "more": other}])
    if isinstance(value, list) and value and dice.random() < 0.7:
        place = dice.randrange(len(value))
        return [*value[:place], mutated(value[place], dice, other), *value[place + 1 :]]
    if isinstance(value, str) and dice.random() < 0.5:
        return dice.choice([value + "x", value.upper(), "", *WRONG_INSTANTS, *EDGE_TIMESTAMPS])
    return other


def neighbours(value: Any) -> Iterator[Any]:
    """The value with each single thing in it left out, or replaced by each of a few."""
    yield from (None, True, False, 0, 1.5, "", "ready", "2025-06-04T12:00:00+02:00", [], {})
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: other} for other in neighbours(inner))
    if isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in neighbours(value[0]))


def strategy(where: str) -> st.SearchStrategy[Any]:
    """Values of a schema, or of its shape where a part of it takes anything at all."""
    schema = resolve(SPEC.data, {"$ref": f"#{where}"})
    parts = schema.get("properties", {}).values()
    if all({"type", "$ref"} & set(part) and part.get("type") != "integer" for part in parts):
        return of_schema(SPEC, schema) | anything
    declared = {name: anything | st.integers(-2, 2) for name in schema["properties"]}
    return st.fixed_dictionaries({}, optional=declared)


STRATEGIES = {path: strategy(where) for path, where in WHERE.items()}


def generated() -> list[Case]:
    """Values of each schema and what becomes of them when they are changed; each time the same."""
    cases: list[Case] = []
    whole: dict[tuple[str, ...], Any] = {}  # the valid value with the most in it

    @settings(
        max_examples=30,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        for path in WHERE:
            value = data.draw(STRATEGIES[path])
            other, seed = data.draw(anything), data.draw(st.integers(0, 2**32))
            dice = Random(seed)
            once = mutated(value, dice, other)
            cases.extend(case(path, each) for each in (value, once, mutated(once, dice, other)))
            if cases[-3]["valid"] and len(str(value)) > len(str(whole.get(path, ""))):
                whole[path] = value

    collect()
    return [*cases, *(case(path, each) for path in whole for each in neighbours(whole[path]))]


def told() -> Iterator[Case]:
    """Instants, right and wrong; the fixtures; the counter-examples; lookups of every mixture."""
    for text in [*EDGE_TIMESTAMPS, *WRONG_INSTANTS]:
        yield case(("Timestamp",), text)
    for fixture in FIXTURES.releases.values():
        yield case((SPEC.release,), fixture.release)
    for file in sorted((ROOT / "fixtures" / "broken").glob("schema-*.yaml")):
        broken = yaml.safe_load(file.read_text("utf-8"))
        yield case((SPEC.release,), json.loads(json.dumps(broken.get("release"), default=str)))
    for index in (0, 1, 1.0, 1.5, -1, -0.0, 2**63, 1e300, "1", None, True):
        yield case(("ReleaseLogEntry",), {"process": "x", "index": index, "entry": None})
        yield case(("ReleaseLogEntry",), {"process": "x", "index": index})
    for name in SPEC.data["components"]["schemas"]:
        declared = list(SPEC.schema(name).get("properties", {}))
        for number in range(2 ** len(declared) if len(declared) < 6 else 0):
            chosen = [key for place, key in enumerate(declared) if number >> place & 1]
            for value in ("x", True, False, ""):
                whole = dict.fromkeys(chosen, "x") | ({chosen[-1]: value} if chosen else {})
                yield case((name,), whole)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = beside_packages(tmp_path_factory.mktemp("zod"))
    export("zod", folder)
    (folder / "cases.json").write_text(json.dumps([*told(), *generated()]))
    return folder


def judged(folder: Path, schemas: Path) -> tuple[int, str]:
    ended = run("node", script("judge.mjs", folder), schemas, folder / "cases.json")
    return ended.returncode, ended.stdout


def test_zod_judges_as_the_spec_does(folder: Path) -> None:
    """Thousands of values, a good part of them valid and a good part not."""
    cases = json.loads((folder / "cases.json").read_text())
    valid = sum(case["valid"] for case in cases)
    assert min(valid, len(cases) - valid) > 1000
    assert judged(folder, folder / "zod" / "schemas.ts") == (
        0,
        f"{len(cases)} of {len(cases)} agree\n",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is_locked: z.boolean(),", "is_locked: z.boolean().optional(),"),
        ("version: z.string().nullable(),", "version: z.string(),"),
        ('z.enum(["pending", ', 'z.enum(["ready", "pending", '),
        ("z.xor([", "z.union(["),
        ("second < 60 || inUtc === 1439", "true"),
        ("z.looseObject({ account_id: present }),", ""),
        ("ok: z.literal(true)", "ok: z.boolean()"),
    ],
)
def test_a_schema_that_is_a_little_off_is_seen(folder: Path, old: str, new: str) -> None:
    changed = folder / "changed.ts"
    changed.write_text((folder / "zod" / "schemas.ts").read_text("utf-8"), "utf-8")
    replace(changed, old, new)
    code, _ = judged(folder, changed)
    assert code == 1


def test_the_types_that_zod_infers_are_strict(folder: Path) -> None:
    use = (
        'import { PackageRelease, answers } from "./zod/schemas.js";\n'
        "export const status = (body: unknown): string =>\n"
        "  answers.getPackageRelease[200].parse(body).package_release.display_status;\n"
        'export const is: PackageRelease["display_status"] = "failed";\n'
    )
    assert compiled(folder, use) == ""
    assert "not assignable" in compiled(folder, use.replace('"failed"', '"error"'))
