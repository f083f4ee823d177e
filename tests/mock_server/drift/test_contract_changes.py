"""The document is changed as real APIs changed; the mock follows without a change in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.mock import Mock, mock_of
from mock_server.commands.checking import check_all
from mock_server.export import as_json, as_msw
from mock_server.foundation import timestamps
from mock_server.live import live, load_sources
from tests.helpers.requests import OWNER, Reply, call, mounted
from tests.mock_server.helpers import drifts
from tests.mock_server.helpers.browsing import get_page
from tests.mock_server.helpers.clocks import START, ManualClock
from tests.mock_server.helpers.drifts import Change, copy_with

GET, LIST, REBUILD = "/package_releases/get", "/package_releases/list", "/package_releases/rebuild"
NO_BODY = "\n          description: The builds will start\n"


@dataclass(frozen=True)
class Served:
    """A mock of a changed copy, and its address."""

    mock: Mock
    address: str
    clock: ManualClock

    def post(self, path: str, **body: Any) -> Reply:
        return call(f"{self.address}/api", "POST", path, body, OWNER)

    def get(self, path: str) -> Reply:
        return call(f"{self.address}/api", "GET", path, headers=OWNER)


@contextmanager
def served(folder: Path, change: Change) -> Iterator[Served]:
    copy, clock = copy_with(folder, change), ManualClock()
    mock = mock_of(*load_sources(copy.spec, copy.fixtures), clock=clock)
    with mounted(mock) as address:
        yield Served(mock, address, clock)


VALID: dict[str, Change] = {
    "renamed key": drifts.renamed_key,
    "renamed words": drifts.renamed_words,
    "every success is 201": drifts.created_status,
    "a rebuild returns ok": drifts.rebuild_success(200),
    "a rebuild returns 202": drifts.rebuild_success(202),
    "a rebuild returns 204": drifts.rebuild_success(204, NO_BODY),
    "an optional third process": drifts.third_process,
    "owner by organization": drifts.owner_by_organization,
    "a package without a parent": drifts.no_owner,
    "a path parameter": drifts.path_parameter,
    "numeric ids": drifts.numeric_ids,
    "bare bodies": drifts.bare_bodies,
    "a body combined with allOf": drifts.combined_body,
    "timestamps in logs": drifts.logs_with_timestamps,
    "a filter by status": drifts.filter_by_status,
    "a lookup by status": drifts.lookup_by_status,
    "a nullable status": drifts.nullable_status,
    "no duration": drifts.no_duration,
}


@pytest.mark.slow
@pytest.mark.parametrize("change", VALID)
def test_check_accepts_a_changed_contract_and_each_response_of_its_mock(
    tmp_path: Path, change: str
) -> None:
    copy = copy_with(tmp_path, VALID[change])
    assert check_all(copy.spec, copy.fixtures).violations == ()


@pytest.mark.parametrize("change", VALID)
def test_the_gallery_and_the_exports_follow_a_changed_contract(tmp_path: Path, change: str) -> None:
    with served(tmp_path, VALID[change]) as mock:
        for page in ("", "console", "console/resource", "contract", "states/pending"):
            get_page(mock.address, page)
        assert as_msw.files(mock.mock.dataset)
        assert as_json.files(mock.mock.dataset)


def test_a_renamed_key_is_the_one_of_the_control_api_and_of_the_python_client(
    tmp_path: Path,
) -> None:
    copy = copy_with(tmp_path, drifts.renamed_key)
    with live(*load_sources(copy.spec, copy.fixtures)) as mock:
        assert mock.keys == {"PackageRelease": "build_id"}
        assert mock.show("rel_pending", "successful")["build_id"] == "rel_pending"
        assert mock.play("rel_pending", "succeeds")["display_status"] == "pending"
        mock.next("fails-transpilation", "rel_pending")
        timeline = call(mock.address, "GET", "/_mock/timeline?build_id=rel_pending").json
        assert timeline["build_id"] == "rel_pending"
        unknown = call(mock.address, "POST", "/_mock/show", {"build_id": "x", "fixture": "nulls"})
        assert unknown.json["error"]["issues"][0]["pointer"] == "/build_id"
        console = get_page(mock.address, "console?build_id=rel_pending")
        assert "build_id" in {field.attributes.get("name") for field in console.all("input")}


def key_called(name: str) -> Change:
    return lambda copy: copy.replace(r"\bpackage_release_id\b", name)


def test_a_key_with_the_name_of_another_property_gets_a_prefix_in_the_control_api(
    tmp_path: Path,
) -> None:
    with served(tmp_path, key_called("fixture")) as mock:
        body = {"package_release_fixture": "rel_pending", "fixture": "successful"}
        shown = call(mock.address, "POST", "/_mock/show", body)
        assert shown.json["package_release"]["display_status"] == "successful"


@pytest.mark.parametrize(
    ("change", "status", "body"),
    [
        (drifts.rebuild_success(200), 200, b'{"ok":true}'),
        (drifts.rebuild_success(202), 202, b'{"ok":true}'),
        (drifts.rebuild_success(204, NO_BODY), 204, b""),
    ],
    ids=["200", "202", "204"],
)
def test_a_rebuild_that_returns_no_release_starts_its_builds(
    tmp_path: Path, change: Change, status: int, body: bytes
) -> None:
    with served(tmp_path, change) as mock:
        reply = mock.post(REBUILD, package_release_id="rel_successful")
        assert (reply.status, reply.content) == (status, body)
        release = mock.post(GET, package_release_id="rel_successful").json["package_release"]
        assert release["display_status"] == "pending"


def test_only_scenarios_that_have_not_ended_follow_a_rebuild_without_a_release(
    tmp_path: Path,
) -> None:
    with served(tmp_path, drifts.rebuild_success(200)) as mock:
        scenarios = mock.mock.dataset.fixtures.scenarios
        assert scenarios["succeeds"].can_restart
        assert not scenarios["files-changed"].can_restart


def test_every_success_has_the_documented_status(tmp_path: Path) -> None:
    with served(tmp_path, drifts.created_status) as mock:
        assert mock.post(GET, package_release_id="rel_pending").status == 201
        assert mock.post(LIST, package_id="pkg_3").status == 201
        assert mock.get("/packages/get?package_id=pkg_3").status == 201
        assert call(mock.address, "POST", "/_mock/show", SHOWN).status == 200


SHOWN = {"package_release_id": "rel_pending", "fixture": "successful"}


def test_bodies_without_an_envelope_are_the_release_and_the_list(tmp_path: Path) -> None:
    with served(tmp_path, drifts.bare_bodies) as mock:
        release = mock.post(GET, package_release_id="rel_pending").json
        assert release["package_release_id"] == "rel_pending"
        listed = mock.post(LIST, package_id="pkg_3").json
        assert {each["package_id"] for each in listed} == {"pkg_3"}
        assert mock.post(LIST, package_id="none").json == []
        assert call(mock.address, "POST", "/_mock/show", SHOWN).status == 200


def test_a_combined_body_has_the_members_of_each_part(tmp_path: Path) -> None:
    with served(tmp_path, drifts.combined_body) as mock:
        body = mock.post(GET, package_release_id="rel_pending").json
        assert (list(body), body["ok"]) == (["ok", "package_release"], True)


def test_a_path_parameter_finds_a_release_beside_the_other_route(tmp_path: Path) -> None:
    with served(tmp_path, drifts.path_parameter) as mock:
        body = mock.get("/package_releases/rel_pending").json
        assert body == mock.post(GET, package_release_id="rel_pending").json
        assert mock.get("/package_releases/none").error_code == "package_release_not_found"


def test_a_numeric_id_is_found_by_the_number_and_by_its_text(tmp_path: Path) -> None:
    with served(tmp_path, drifts.numeric_ids) as mock:
        by_path = mock.get("/package_releases/3").json["package_release"]
        assert by_path["package_release_id"] == 3
        assert mock.post(GET, package_release_id="3").json["package_release"] == by_path
        assert mock.post(REBUILD, package_release_id="3").status == 200
        for key in (3, "3"):
            body = {"package_release_id": key, "fixture": "successful"}
            shown = call(mock.address, "POST", "/_mock/show", body).json["package_release"]
            assert shown["package_release_id"] == 3
        listed = call(mock.address, "GET", "/_mock/fixtures").json["fixtures"]
        assert [each["package_release_id"] for each in listed[:3]] == [1, 2, 3]


def test_a_release_without_the_third_process_keeps_the_rules_and_one_with_it_too(
    tmp_path: Path,
) -> None:
    with served(tmp_path, drifts.third_process) as mock:
        judge = mock.mock.context.judge
        release = mock.post(GET, package_release_id="rel_successful").json["package_release"]
        assert "image_generation_display_status" not in release
        now = timestamps.to_datetime(START)
        waiting = {
            "image_generation_display_status": "pending",
            "image_generation_in_progress": True,
            "display_status": "building",
            "total_build_duration_ms": None,
        }
        broken = judge.resource("PackageRelease", {**release, **waiting}, now)
        assert {each.rule for each in broken} == {"in-progress-exactly-when-building"}


@pytest.mark.parametrize("value", ["absent", "null"])
def test_the_console_shows_a_process_that_a_release_lacks_without_a_status(
    tmp_path: Path, value: str
) -> None:
    def change(copy: drifts.Copy) -> None:
        drifts.third_process(copy)
        if value == "null":
            copy.replace(
                r'(?m)^  version: "0.6.0"$', r"\g<0>\n  image_generation_in_progress: null", "*/*"
            )

    with served(tmp_path, change) as mock:
        moments = call(mock.address, "GET", "/_mock/timeline?package_release_id=rel_pending").json[
            "moments"
        ]
        assert moments[0]["processes"][2] == {
            "name": "image_generation",
            "status": None,
            "stale": False,
            "logs": 0,
        }


def test_the_members_of_the_organization_own_its_packages(tmp_path: Path) -> None:
    with served(tmp_path, drifts.owner_by_organization) as mock:
        assert mock.post(REBUILD, package_release_id="rel_successful").status == 200
        assert mock.post(REBUILD, package_release_id="rel_otheruser_failed").status == 403


def test_every_account_may_rebuild_if_the_document_names_no_owners(tmp_path: Path) -> None:
    with served(tmp_path, drifts.no_owner) as mock:
        for release in ("rel_successful", "rel_otheruser_failed"):
            assert mock.post(REBUILD, package_release_id=release).status == 200
        refused = call(mock.address, "POST", f"/api{REBUILD}", {"package_release_id": "rel_nulls"})
        assert refused.status == 401


def test_any_client_may_rebuild_if_the_operation_has_no_security(tmp_path: Path) -> None:
    action = "      x-action: { do: restart, who: owner }\n"
    security = f"      security:\n        - bearer: []\n{action}"
    with served(tmp_path, lambda copy: copy.edit(security, action)) as mock:
        body = {"package_release_id": "rel_successful"}
        assert call(mock.address, "POST", f"/api{REBUILD}", body).status == 200


def test_timestamps_in_log_entries_shift_with_those_of_the_release(tmp_path: Path) -> None:
    with served(tmp_path, drifts.logs_with_timestamps) as mock:
        release = mock.post(GET, package_release_id="rel_successful").json["package_release"]
        entry = release["transpilation_logs"][0]["timestamp"]
        written = timestamps.parse("2025-06-04T11:59:30.000Z")
        at = mock.mock.dataset.fixtures.fixtures["successful"].at or 0
        assert timestamps.parse(entry) == START + written - at
        mock.clock.forward(100)
        mock.post(REBUILD, package_release_id="rel_successful")
        mock.clock.forward(1)
        release = mock.post(GET, package_release_id="rel_successful").json["package_release"]
        first = timestamps.parse(release["transpilation_logs"][0]["timestamp"])
        start = mock.mock.dataset.fixtures.fixtures["pending"].at or 0
        assert first - START - 100_000 == timestamps.parse("2025-06-04T12:00:02.000Z") - start


def test_an_export_has_offsets_for_the_timestamps_in_logs(tmp_path: Path) -> None:
    with served(tmp_path, drifts.logs_with_timestamps) as mock:
        text = as_json.files(mock.mock.dataset)["timelines/succeeds.json"]
        last = json.loads(text)["segments"][-1]
        assert last["values"]["transpilation_logs"][0]["timestamp"] is None
        assert last["offsets"]["/transpilation_logs/0/timestamp"] == 2000 + OFFSET


OFFSET = 0  # of the fixture that the scenario starts with


def ids(reply: Reply) -> set[str]:
    return {each["package_release_id"] for each in reply.json["package_releases"]}


def by_filter(mock: Served, status: str) -> set[str]:
    return ids(mock.post(LIST, package_id="pkg_3", display_status=status))


def by_lookup(mock: Served, status: str) -> set[str]:
    return ids(mock.post(LIST, status_of="pkg_3", display_status=status))


@pytest.mark.parametrize(
    ("change", "find"),
    [(drifts.filter_by_status, by_filter), (drifts.lookup_by_status, by_lookup)],
    ids=["filter", "lookup"],
)
def test_a_list_by_status_follows_what_the_session_shows(
    tmp_path: Path, change: Change, find: Callable[[Served, str], set[str]]
) -> None:
    with served(tmp_path, change) as mock:
        assert "rel_successful" in find(mock, "successful")
        assert "rel_successful" not in find(mock, "pending")
        mock.post(REBUILD, package_release_id="rel_successful")
        assert "rel_successful" not in find(mock, "successful")
        assert "rel_successful" in find(mock, "pending")
        mock.clock.forward(60)
        assert "rel_successful" in find(mock, "successful")
        assert "rel_successful" not in find(mock, "pending")
