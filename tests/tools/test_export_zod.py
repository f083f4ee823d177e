"""The Zod schemas accept the same values as the spec."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.document.references import resolve
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, replace, script
from tests.helpers.programs import ROOT, run
from tests.mock_server.helpers.strategies import EDGE_TIMESTAMPS, anything, of_schema

JUDGE, FIXTURES = load_sources()
SPEC = JUDGE.spec
INVALID_TIMESTAMPS = [
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


def exported_schemas() -> Iterator[tuple[list[str], str]]:
    """Yield the path of each exported schema in the module, and its pointer in the spec."""
    for name in SPEC.data["components"]["schemas"]:
        yield [name], f"/components/schemas/{name}"
    for operation in SPEC.operations.values():
        if operation.body:
            yield ["requests", operation.id], operation.body
        for status, response in operation.responses.items():
            if response.schema and response.media_type == "application/json":
                yield ["responses", operation.id, str(status)], response.schema


POINTERS = {tuple(path): pointer for path, pointer in exported_schemas()}


def case(path: tuple[str, ...], value: Any) -> Case:
    """Return a value with the result of the spec."""
    valid = JUDGE.schemas.validator(POINTERS[path]).is_valid(value)
    return {"path": path, "value": value, "valid": valid}


def mutated(value: Any, random: Random, other: Any) -> Any:
    """Return the value with one part replaced, removed or added."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        inner = {**value, key: mutated(value[key], random, other)}
        without = {name: each for name, each in value.items() if name != key}
        return random.choice([inner, inner, without, {**value, "more": other}])
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        return [*value[:index], mutated(value[index], random, other), *value[index + 1 :]]
    if isinstance(value, str) and random.random() < 0.5:
        return random.choice(
            [value + "x", value.upper(), "", *INVALID_TIMESTAMPS, *EDGE_TIMESTAMPS]
        )
    return other


def neighbours(value: Any) -> Iterator[Any]:
    """Yield the value with each part removed, or replaced by each of a few values."""
    yield from (None, True, False, 0, 1.5, "", "ready", "2025-06-04T12:00:00+02:00", [], {})
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: other} for other in neighbours(inner))
    if isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in neighbours(value[0]))


def strategy(pointer: str) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a schema.

    For a schema with an untyped or integer property, the properties have any values.
    """
    schema = resolve(SPEC.data, {"$ref": f"#{pointer}"})
    parts = schema.get("properties", {}).values()
    if all({"type", "$ref"} & set(part) and part.get("type") != "integer" for part in parts):
        return of_schema(SPEC, schema) | anything
    declared = {name: anything | st.integers(-2, 2) for name in schema["properties"]}
    return st.fixed_dictionaries({}, optional=declared)


STRATEGIES = {path: strategy(pointer) for path, pointer in POINTERS.items()}


def generated() -> list[Case]:
    """Return generated values of each schema and mutations of them, the same in every run."""
    cases: list[Case] = []
    largest: dict[tuple[str, ...], Any] = {}  # valid value of each schema

    @settings(
        max_examples=30,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        for path in POINTERS:
            value = data.draw(STRATEGIES[path])
            other, seed = data.draw(anything), data.draw(st.integers(0, 2**32))
            random = Random(seed)
            once = mutated(value, random, other)
            cases.extend(case(path, each) for each in (value, once, mutated(once, random, other)))
            if cases[-3]["valid"] and len(str(value)) > len(str(largest.get(path, ""))):
                largest[path] = value

    collect()
    return [*cases, *(case(path, each) for path in largest for each in neighbours(largest[path]))]


def chosen() -> Iterator[Case]:
    """Yield timestamps, fixtures, counter-examples, and all combinations of lookup properties."""
    for text in [*EDGE_TIMESTAMPS, *INVALID_TIMESTAMPS]:
        yield case(("Timestamp",), text)
    for fixture in FIXTURES.fixtures.values():
        yield case(("PackageRelease",), fixture.value)
    for file in sorted((ROOT / "fixtures" / "broken").glob("schema-*.yaml")):
        broken = yaml.safe_load(file.read_text("utf-8"))
        yield case(("PackageRelease",), json.loads(json.dumps(broken.get("release"), default=str)))
    for index in (0, 1, 1.0, 1.5, -1, -0.0, 2**63, 1e300, "1", None, True):
        yield case(("ReleaseLogEntry",), {"process": "x", "index": index, "entry": None})
        yield case(("ReleaseLogEntry",), {"process": "x", "index": index})
    for name in SPEC.data["components"]["schemas"]:
        declared = list(SPEC.schema(name).get("properties", {}))
        for number in range(2 ** len(declared) if len(declared) < 6 else 0):
            keys = [key for index, key in enumerate(declared) if number >> index & 1]
            for value in ("x", True, False, ""):
                lookup = dict.fromkeys(keys, "x") | ({keys[-1]: value} if keys else {})
                yield case((name,), lookup)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = beside_packages(tmp_path_factory.mktemp("zod"))
    export("zod", folder)
    (folder / "cases.json").write_text(json.dumps([*chosen(), *generated()]))
    return folder


def run_cases(folder: Path, schemas: Path) -> tuple[int, str]:
    ended = run("node", script("check_cases.mjs", folder), schemas, folder / "cases.json")
    return ended.returncode, ended.stdout


def test_zod_and_the_spec_accept_the_same_values(folder: Path) -> None:
    """Thousands of values: more than 1000 valid, more than 1000 invalid."""
    cases = json.loads((folder / "cases.json").read_text())
    valid = sum(case["valid"] for case in cases)
    assert min(valid, len(cases) - valid) > 1000
    assert run_cases(folder, folder / "zod" / "schemas.ts") == (
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
        ("second < 60 || utcMinute === 1439", "true"),
        ("z.looseObject({ account_id: present }),", ""),
        ("ok: z.literal(true)", "ok: z.boolean()"),
    ],
)
def test_a_small_change_of_a_schema_is_noticed(folder: Path, old: str, new: str) -> None:
    changed = folder / "changed.ts"
    changed.write_text((folder / "zod" / "schemas.ts").read_text("utf-8"), "utf-8")
    replace(changed, old, new)
    code, _ = run_cases(folder, changed)
    assert code == 1


def test_the_inferred_types_are_strict(folder: Path) -> None:
    use = (
        'import { PackageRelease, responses } from "./zod/schemas.js";\n'
        "export const status = (body: unknown): string =>\n"
        "  responses.getPackageRelease[200].parse(body).package_release.display_status;\n"
        'export const is: PackageRelease["display_status"] = "failed";\n'
    )
    assert compiled(folder, use) == ""
    assert "not assignable" in compiled(folder, use.replace('"failed"', '"error"'))
