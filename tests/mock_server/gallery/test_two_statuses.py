"""The gallery of a resource whose status is in two properties, and whose key is in three."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from mock_server.app.mock import mock_of
from mock_server.live import load_sources
from tests.helpers.requests import mounted
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.small_documents import OK, document

RUN = """
type: object
x-resource: { key: [owner, repo, number], fixtures: runs, unique: [slug] }
x-timeline: { status: [status, conclusion], roles: { started_at: startedAt, logs: lines } }
x-invariants:
  - id: conclusion-exactly-when-completed
    message: a run must have a conclusion exactly when it is completed
    rule: (self.conclusion != null) == (self.status == 'completed')
required: [owner, repo, number, slug, status, conclusion]
properties:
  owner: { type: string }
  repo: { type: string }
  number: { type: integer }
  slug: { type: string }
  status:
    enum: [queued, in_progress, completed]
    x-statuses:
      queued: { phase: waiting }
      in_progress: { phase: running }
      completed: { phase: ended-well }
  conclusion:
    enum: [success, failure, null]
    x-statuses: { success: { phase: ended-well }, failure: { phase: ended-badly } }
  startedAt: { type: integer, format: unixtime }
  lines: { type: array, items: { type: string } }
"""
FIXTURE = """
about: { title: Successful }
at: "2025-06-15T12:00:00Z"
resource:
  owner: ada
  repo: tools
  number: 4
  slug: first
  status: completed
  conclusion: success
  startedAt: 1749988700
  lines: [one, two]
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("two_statuses")
    spec, fixtures = folder / "openapi.yaml", folder / "fixtures"
    spec.write_text(
        yaml.safe_dump(
            document(
                {"/health": {"get": {"operationId": "health", "responses": OK}}},
                {"Run": yaml.safe_load(RUN)},
            )
        ),
        "utf-8",
    )
    (fixtures / "runs").mkdir(parents=True)
    (fixtures / "runs" / "success.yaml").write_text(FIXTURE, "utf-8")
    with mounted(mock_of(*load_sources(spec, fixtures), clock=ManualClock())) as address:
        yield address


def made(address: str, name: str) -> dict[str, object]:
    """Return the resource of a fixture that the state map generates."""
    content = browse(address, f"/_mock/map/{name}.yaml").content
    value: dict[str, object] = yaml.safe_load(content)["resource"]
    return value


def test_the_status_is_the_last_one_that_is_not_null(address: str) -> None:
    card = get_page(address).one("article", id="success")
    assert card.one(class_="headline").words == "success"
    assert [item.one("bdi").text for item in card.one("section").all("li")] == ["one", "two"]


def test_a_generated_fixture_has_a_status_for_its_conclusion(address: str) -> None:
    failed = made(address, "run-failure")
    assert (failed["status"], failed["conclusion"]) == ("completed", "failure")
    running = made(address, "run-in-progress")
    assert (running["status"], running["conclusion"]) == ("in_progress", None)


def test_a_generated_fixture_shares_neither_its_key_nor_a_unique_value(address: str) -> None:
    queued, failed = made(address, "run-queued"), made(address, "run-failure")
    for name in ("number", "slug"):
        assert len({str(each[name]) for each in (queued, failed)} | {"4", "first"}) == 4
    assert queued["owner"] == "ada"


def test_the_console_shows_a_resource_by_its_joined_key(address: str) -> None:
    panel = get_page(address, "console/resource?owner_repo_number=ada/tools/4")
    assert panel.one("div", class_="current").attributes["data-key"] == "ada/tools/4"
    assert "no scenario" in get_page(address, "console").one("p", id="position-hint").words
