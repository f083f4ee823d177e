"""A variation is a valid but unusual release; the same seed gives the same in every process."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.document.spec import Spec
from mock_server.contract.judge import Judge
from mock_server.contract.violations import Violation
from mock_server.fixtures.timeline import Timeline
from mock_server.fixtures.values import Fixture, Fixtures
from mock_server.foundation import timestamps
from mock_server.operations.variations import LONG_LOG, LONG_TEXT, variation
from mock_server.state.dataset import Dataset, dataset_of
from mock_server.state.session_state import new_session_state
from mock_server.state.view import View
from tests.helpers.requests import OWNER, Reply, call, mounted
from tests.mock_server.helpers.copies import FIXTURES, ROOT, SPEC

START = timestamps.parse("2026-01-01T00:00:00.123Z")
NOW = START + 5_000
ID = "rel_successful"
GET, LIST, REBUILD = (f"/package_releases/{name}" for name in ("get", "list", "rebuild"))
SEEDED = "dynamic=true, seed="

Varied = dict[int, dict[str, Any]]
RELEASE = "PackageRelease"


@pytest.fixture(scope="module")
def dataset(judge: Judge, fixtures: Fixtures) -> Dataset:
    return dataset_of(judge.spec, fixtures)


@pytest.fixture(scope="module")
def fixture(fixtures: Fixtures) -> Fixture:
    return fixtures.fixtures["successful"]


@pytest.fixture(scope="module")
def varied(judge: Judge, dataset: Dataset, fixture: Fixture) -> Varied:
    """Two hundred variations of one release."""
    return {seed: varied_release(judge, dataset, fixture, seed) for seed in range(200)}


def varied_release(
    judge: Judge,
    dataset: Dataset,
    fixture: Fixture,
    seed: int,
    now: int = NOW,
    base: Timeline | None = None,
) -> dict[str, Any]:
    """Return a variation of the release of a fixture, in a session that started at START."""
    view = View(dataset, new_session_state(START, START), now)
    return variation(judge, view, dataset.resource_of(fixture), seed, base)


@pytest.fixture(scope="module")
def base(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with mounted(mock_of(judge, fixtures, clock=lambda: START)) as address:
        yield f"{address}/api"


def get(base: str, prefer: str, path: str = GET, key: str = ID) -> Reply:
    return call(base, "POST", path, {"package_release_id": key}, {"Prefer": prefer})


def free(spec: Spec) -> set[str]:
    release = spec.types[RELEASE]
    return set(release.properties) - release.identity


@pytest.mark.slow
def test_variations_of_a_thousand_seeds_are_valid(judge: Judge, dataset: Dataset) -> None:
    releases = list(dataset.fixtures.fixtures.values())
    for seed in range(1000):
        fixture = releases[seed % len(releases)]
        release = varied_release(judge, dataset, fixture, seed)
        assert judge.resource(RELEASE, release, timestamps.to_datetime(NOW)) == [], seed


def test_a_variation_keeps_the_identity_of_the_requested_release(
    judge: Judge, fixture: Fixture, varied: Varied
) -> None:
    identity = fixture.identity(START)
    for release in varied.values():
        assert {name: release[name] for name in identity} == identity
        assert judge.spec.types[RELEASE].identity & set(release) == set(identity)


def test_each_seed_gives_a_different_variation(varied: Varied) -> None:
    assert len({json.dumps(release) for release in varied.values()}) == len(varied)


def test_every_status_of_every_process_occurs(judge: Judge, varied: Varied) -> None:
    for process in judge.spec.timeline(RELEASE).processes:
        statuses = {release[process["status"]] for release in varied.values()}
        assert statuses == set(judge.spec.timeline(RELEASE).phases)


def test_every_optional_property_is_absent_and_every_nullable_one_null(
    judge: Judge, varied: Varied
) -> None:
    spec = judge.spec
    own = spec.types[RELEASE]
    optional = free(spec) - own.required
    nullable = {name for name in free(spec) if own.allows_null(name)}
    assert optional
    assert nullable
    for release in varied.values():
        optional -= set(free(spec)) - set(release)
        nullable -= {name for name in nullable if name in release and release[name] is None}
    assert (optional, nullable) == (set(), set())


def test_logs_are_empty_very_long_and_unusual(judge: Judge, varied: Varied) -> None:
    for name in judge.spec.timeline(RELEASE).role_properties("logs"):
        logs = [release[name] for release in varied.values()]
        assert [] in logs
        assert any(len(log) >= LONG_LOG for log in logs)
        assert any(len(json.dumps(entry)) > 10 * LONG_TEXT for log in logs for entry in log)
        kinds = {type(entry) for log in logs for entry in log}
        assert {type(None), bool, int, float, str, list, dict} <= kinds


def test_every_flag_without_a_rule_has_both_values(judge: Judge, varied: Varied) -> None:
    for name in judge.spec.timeline(RELEASE).role_properties("stale"):
        assert {release[name] for release in varied.values()} == {True, False}


def test_timestamps_have_every_form_and_are_long_ago(judge: Judge, varied: Varied) -> None:
    own = judge.spec.types[RELEASE]
    texts = [
        release[name]
        for release in varied.values()
        for name in own.timestamps.keys() - own.identity
        if release.get(name) is not None
    ]
    forms = [
        r":\d\dZ",
        r"\.\dZ",
        r"\.\d{3}Z",
        r"\.\d{6}Z",
        r"\.\d{9}Z",
        r"\+05:45",
        r"-\d\d:\d\d",
    ]
    for form in forms:
        assert any(re.search(form + r"\Z", text) for text in texts), form
    assert any(text.startswith("1970-01-01T00:00:00") for text in texts)


def test_the_duration_is_zero_huge_and_fractional(judge: Judge, dataset: Dataset) -> None:
    ended = dataset.fixtures.fixtures["successful"]
    missing = {"zero", "huge", "fractional"}
    for seed in range(500):
        release = varied_release(judge, dataset, ended, seed, base=ended.timeline)
        duration = release.get(judge.spec.timeline(RELEASE).duration)
        if duration is not None:
            kinds = {
                "zero": duration == 0,
                "huge": duration > 10**12,
                "fractional": duration % 1,
            }
            missing -= {kind for kind, occurs in kinds.items() if occurs}
        if not missing:
            return
    assert missing == set()


def test_an_error_text_is_empty_long_and_markup(judge: Judge, dataset: Dataset) -> None:
    failed = dataset.fixtures.fixtures["failed-transpilation"]
    missing = {
        "<script>",
        "\u202e",
        "\u200d",
        "\u0000",
        "1234567890",
        "\n",
        "x" * LONG_TEXT,
        "empty",
    }
    for seed in range(500):
        release = varied_release(judge, dataset, failed, seed, base=failed.timeline)
        for name in judge.spec.timeline(RELEASE).role_properties("error"):
            text = "empty" if release.get(name) == "" else release.get(name) or ""
            missing = {sign for sign in missing if sign not in text}
        if not missing:
            return
    assert missing == set()


def test_some_variations_have_undeclared_properties(judge: Judge, varied: Varied) -> None:
    more = {name for release in varied.values() for name in release} - set(
        judge.spec.types[RELEASE].properties
    )
    assert {"", "__proto__", "undeclared"} <= more


def test_a_variation_does_not_depend_on_the_time(
    judge: Judge, dataset: Dataset, varied: Varied
) -> None:
    fixture = dataset.fixtures.fixtures["successful"]
    for seed in range(20):
        later = varied_release(judge, dataset, fixture, seed, NOW + 86_400_000)
        assert later == varied[seed]


PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from mock_server.live import load_sources
from mock_server.operations.variations import variation
from mock_server.state.dataset import dataset_of
from mock_server.state.session_state import new_session_state
from mock_server.state.view import View
judge, fixtures = load_sources(Path(sys.argv[1]), Path(sys.argv[2]))
dataset, fixture = dataset_of(judge.spec, fixtures), fixtures.fixtures["successful"]
start = int(sys.argv[3])
view = View(dataset, new_session_state(start, start), start + 5000)
resource = dataset.resource_of(fixture)
varied = [variation(judge, view, resource, seed) for seed in range(50)]
print(hashlib.sha256(json.dumps(varied).encode()).hexdigest())
"""


@pytest.mark.parametrize("hashing", ["0", "1234"])
def test_another_process_returns_the_same_bytes(varied: Varied, hashing: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SPEC), str(FIXTURES), str(START)],
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hashing},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    first = [varied[seed] for seed in range(50)]
    assert result.stdout.strip() == hashlib.sha256(json.dumps(first).encode()).hexdigest()


def test_a_variation_calls_the_judge_at_most_forty_times(
    judge: Judge, dataset: Dataset, fixture: Fixture
) -> None:
    calls: list[str] = []

    class Counting(Judge):
        def resource(self, name: str, *rest: Any, **more: Any) -> list[Violation]:
            calls.append(name)
            return super().resource(name, *rest, **more)

    counting = Counting(judge.spec, judge.schemas, judge.rules)
    for seed in range(50):
        calls.clear()
        varied_release(counting, dataset, fixture, seed)
        assert 1 <= len(calls) <= 40


def test_the_response_names_the_seed_which_repeats_the_variation(base: str) -> None:
    first, same, other = (get(base, SEEDED + seed) for seed in ("7", "7", "8"))
    assert first.headers["Preference-Applied"] == "dynamic=true, seed=7"
    assert first.content == same.content
    assert first.content != other.content
    assert first.json["package_release"]["package_release_id"] == ID


@pytest.mark.parametrize("prefer", ["dynamic=true", "dynamic", 'dynamic="true"'])
def test_without_a_seed_the_response_names_a_random_one(base: str, prefer: str) -> None:
    response = get(base, prefer)
    applied = response.headers["Preference-Applied"]
    assert re.fullmatch(r"dynamic=true, seed=\d+", applied)
    assert get(base, applied).content == response.content
    assert len({get(base, prefer).headers["Preference-Applied"] for _ in range(5)}) > 1


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ("dynamic=true, seed=x", "seed must be a whole number"),
        ("dynamic=true, seed=", "seed must be a whole number"),
        ("dynamic=true, seed=-1", "seed must be a whole number"),
        ("dynamic=true, seed=1.5", "seed must be a whole number"),
        ("dynamic=true, seed=1234567890123456789", "seed must be a whole number"),
        ("dynamic=yes, seed=1", "dynamic must be true or false"),
        ("dynamic=true, seed=1, example=nope", "example must be a fixture"),
    ],
)
def test_an_invalid_preference_is_400_with_the_reason(base: str, prefer: str, message: str) -> None:
    reply = get(base, prefer)
    assert (reply.status, reply.error_code) == (400, "invalid_request")
    (issue,) = reply.json["error"]["issues"]
    assert message in issue["message"]


@pytest.mark.parametrize("prefer", ["dynamic=false, seed=7", "seed=7", "respond-async"])
def test_without_the_preference_nothing_varies(base: str, prefer: str) -> None:
    reply = get(base, prefer)
    assert "Preference-Applied" not in reply.headers
    assert reply.json["package_release"]["display_status"] == "successful"
    assert get(base, "").content == reply.content


def test_include_logs_false_empties_the_logs_of_a_variation(base: str, judge: Judge) -> None:
    for seed in range(20):
        complete = get(base, f"{SEEDED}{seed}").json["package_release"]
        without_logs = get(base, f"{SEEDED}{seed}", f"{GET}?include_logs=false").json[
            "package_release"
        ]
        empty: dict[str, list[Any]] = {
            name: [] for name in judge.spec.timeline(RELEASE).role_properties("logs")
        }
        assert without_logs == {**complete, **empty}


def test_an_example_selects_the_fixture_that_a_variation_starts_with(base: str) -> None:
    for seed in range(20):
        reply = get(base, f"example=failed-transpilation, {SEEDED}{seed}")
        assert reply.json["package_release"]["transpilation_display_status"] == "failed"
        applied = f"example=failed-transpilation, {SEEDED}{seed}"
        assert reply.headers["Preference-Applied"] == applied


def test_the_releases_of_a_list_vary_independently(base: str) -> None:
    plain = call(base, "POST", LIST, {"package_id": "pkg_3"}).json["package_releases"]
    assert len(plain) > 3
    for seed in range(30):
        reply = call(base, "POST", LIST, {"package_id": "pkg_3"}, {"Prefer": f"{SEEDED}{seed}"})
        assert reply.headers["Preference-Applied"] == f"dynamic=true, seed={seed}"
        assert len(reply.content) < 1_000_000
        listed = reply.json["package_releases"]
        ids = [release["package_release_id"] for release in listed]
        assert ids == [release["package_release_id"] for release in plain]
        assert len({release["display_status"] for release in listed}) > 1


def test_a_variation_does_not_change_the_session(base: str) -> None:
    before = get(base, "").content
    get(base, f"{SEEDED}3")
    assert get(base, "").content == before


def test_a_rebuild_and_a_package_do_not_vary(base: str) -> None:
    headers = {**OWNER, "Prefer": f"{SEEDED}3", "X-Mock-Session": "rebuilt"}
    rebuilt = call(base, "POST", REBUILD, {"package_release_id": ID}, headers)
    package = call(base, "POST", "/packages/get", {"package_id": "pkg_3"}, headers)
    assert (rebuilt.status, package.status) == (200, 200)
    assert "Preference-Applied" not in {**rebuilt.headers, **package.headers}
