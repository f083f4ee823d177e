"""Drifts of real servers are found by each tool, and the right side is blamed.

A mock of an edited document plays the server that has drifted. `docs/compare.md` shows the table.
"""

import json
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.cli import main
from mock_server.live import live, load_sources
from tests.helpers.proxied import proxy_of
from tests.helpers.recordings import entry, har, pairs
from tests.helpers.requests import call
from tests.mock_server.helpers.copies import SPEC
from tests.mock_server.helpers.drifts import (
    OK_SCHEMA,
    REBUILD_RULES,
    REBUILD_SUCCESS,
    THIRD_PROCESS,
)

ROOT = Path(__file__).parents[2]
TOKENS = ("--token", "testuser-token")
ERRORS = ("transpilation_error", "circuit_json_build_error")
SECURED = "      security:\n        - bearer: []\n      x-action: { do: restart, who: owner }"


@dataclass(frozen=True)
class Drift:
    """A drift: what the server does, in the words of the document.

    diff: the kind of change. recorded: the rule that recorded traffic breaks; "" if the earlier
    document allows the drift. alone: the side that a comparison names; "" for none.
    fixtures: what the server sends, as an edit of each fixture file. release: the one that shows
    the drift. query: of the request that reads it.
    """

    edit: Callable[[str], str]
    diff: str
    recorded: str
    alone: str = "B"
    fixtures: Callable[[str], str] = str
    release: str = "rel_successful"
    query: str = ""


def without(text: str, name: str) -> str:
    """Return the document without a property."""
    return re.sub(rf"^        {name}:\n(?: {{10}}.*\n)+", "", text, flags=re.MULTILINE)


def words(text: str) -> str:
    return text.replace("successful", "complete").replace("failed", "error")


def process(text: str) -> str:
    return text.replace("circuit_json_build", "user_code_job")


def without_property(text: str) -> str:
    return without(text, "is_locked").replace("        - is_locked\n", "")


def optional_property(text: str) -> str:
    return without(text, "fs_sha")


def no_credentials(text: str) -> str:
    return text.replace(SECURED, "      x-action: { do: restart }")


def rebuild_without_release(text: str) -> str:
    return REBUILD_SUCCESS.sub(rf'\1        "200":{OK_SCHEMA}', REBUILD_RULES.sub("", text))


def third_process(text: str) -> str:
    names = "processes: [transpilation, circuit_json_build"
    text = text.replace(f"{names}]", f"{names}, image_generation]")
    return text.replace("    ReleaseLogEntry:\n", f"{THIRD_PROCESS}    ReleaseLogEntry:\n")


def without_duration(text: str) -> str:
    text = text.replace("        duration: total_build_duration_ms\n", "")
    rules = r"        - id: duration-(?:.*\n)*?(?=        - id: (?!duration)|      [a-z])"
    return re.sub(rules, "", without(text, "total_build_duration_ms"))


def without_parameter(text: str) -> str:
    text = re.sub(r"        - id: get-omits-logs\n(?: {10}.*\n)+", "", text)
    return re.sub(r"      parameters:\n        - name: include_logs\n(?: {10}.*\n)+", "", text)


def error_object(text: str) -> str:
    declared = 'type: [string, "null"]\n      description: The error message'
    assert declared in text
    return text.replace(declared, declared.replace("string", "object"))


def sent_as_object(fixture: str) -> str:
    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            name: {"message": each} if name in ERRORS and each else changed(each)
            for name, each in value.items()
        }

    return yaml.safe_dump(changed(yaml.safe_load(fixture)), allow_unicode=True)


def nullable_statuses(text: str) -> str:
    return re.sub(
        r'(_display_status:)\n +\$ref: "#/components/schemas/BuildStatus"\n +default: pending',
        r'\1 { anyOf: [{ $ref: "#/components/schemas/BuildStatus" }, { type: "null" }] }',
        text,
    )


def null_status(fixture: str) -> str:
    pending = "package_release_id: rel_nulls\n"
    status = "circuit_json_build_display_status: "
    return fixture.replace(f"{status}pending", f"{status}null") if pending in fixture else fixture


DRIFTS = {
    "statuses are renamed": Drift(words, "enum-value-renamed", "enum"),
    "a process is renamed": Drift(process, "property-renamed", "required"),
    "a required property is dropped": Drift(without_property, "property-removed", "required"),
    "an optional property is dropped": Drift(optional_property, "property-removed", "", ""),
    "an operation needs no credentials": Drift(
        no_credentials, "credentials-changed", "credentials"
    ),
    "an action returns no resource": Drift(rebuild_without_release, "property-removed", "required"),
    "the duration is dropped": Drift(without_duration, "property-removed", "", ""),
    "a parameter is ignored": Drift(
        without_parameter, "parameter-removed", "get-omits-logs", query="?include_logs=false"
    ),
    "an error is sent as an object": Drift(
        error_object,
        "type-added",
        "type",
        fixtures=sent_as_object,
        release="rel_failed_circuit_json",
    ),
    "a status may be null": Drift(
        nullable_statuses, "type-added", "enum", fixtures=null_status, release="rel_nulls"
    ),
    "a process is added": Drift(third_process, "property-added", "", ""),
}


@pytest.fixture(params=DRIFTS)
def drift(request: pytest.FixtureRequest) -> Drift:
    return DRIFTS[request.param]


@pytest.fixture
def drifted(drift: Drift, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the document of the server that has drifted, with its fixtures beside it."""
    spec = tmp_path / "next" / "openapi.yaml"
    spec.parent.mkdir()
    shutil.copytree(SPEC.parent / "fixtures", spec.parent / "fixtures")
    text = SPEC.read_text("utf-8")
    assert drift.edit(text) != text
    spec.write_text(drift.edit(text), "utf-8")
    report = tmp_path / "diff.json"
    main(["diff", str(SPEC), str(spec), "--migrate", "--report-json", str(report)])
    capsys.readouterr()
    for file in (spec.parent / "fixtures").rglob("*.yaml"):
        file.write_text(drift.fixtures(file.read_text("utf-8")), "utf-8")
    return spec


@pytest.mark.slow
def test_a_drift_is_found_by_each_tool(
    drift: Drift, drifted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = json.loads((tmp_path / "diff.json").read_text("utf-8"))["changes"]
    assert drift.diff in {change["kind"] for change in changes}
    with (
        live(*load_sources()) as mock,
        live(*load_sources(drifted, drifted.parent / "fixtures")) as server,
        ExitStack() as stack,
    ):
        token = {"authorization": "Bearer testuser-token"}
        exchanges = []
        seen = []
        proxy = stack.enter_context(proxy_of(server.url.removesuffix("/api")))
        credentials = {} if drift.recorded == "credentials" else token
        wanted = {"package_release_id": drift.release}
        for path, headers in ((f"get{drift.query}", token), ("rebuild", credentials)):
            url = f"/package_releases/{path}"
            reply = call(f"{proxy}/api", "POST", url, wanted, headers)
            seen.append(reply.headers.get("X-Contract-Violations", ""))
            shown = entry("POST", url, reply.status, reply.json, wanted, headers=headers)
            shown["response"]["headers"] = pairs(dict(reply.headers))
            exchanges.append(shown)
        assert any(f'"{drift.recorded}"' in each for each in seen) == bool(drift.recorded), seen
        for each in exchanges:
            each["startedDateTime"] = server.clock.now
        code = main(["judge", str(har(tmp_path, *exchanges))])
        judged = capsys.readouterr().out
        assert (code, f"[{drift.recorded}]" in judged) == (
            bool(drift.recorded),
            bool(drift.recorded),
        )
        server.reset()  # the rebuild above
        code = main(["compare", "--target", mock.url, "--target", server.url, *TOKENS])
        compared = capsys.readouterr().out
    assert (code, f"{drift.alone} stands alone" in compared) == (bool(drift.alone),) * 2, compared


def test_the_table_of_the_documentation_has_each_drift() -> None:
    table = (ROOT / "docs" / "compare.md").read_text("utf-8")
    for name, drift in DRIFTS.items():
        row = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
        assert f"`{drift.diff}`" in row
        assert (f"`{drift.recorded}`" in row) == bool(drift.recorded)
