"""The state map: its counts, and the fixtures that it generates."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_server.commands.checking import check_all, check_files
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.gallery.state_map.space import StateMap, StateSpace
from mock_server.live import live, load_sources
from mock_server.state.dataset import dataset_of
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.copies import FIXTURES, ROOT, SPEC
from tests.mock_server.helpers.markup import Element

# The combinations that the rules of the contract allow.
ALLOWED = {
    ("pending", "pending"),
    ("building", "pending"),
    ("failed", "pending"),
    ("successful", "pending"),
    ("successful", "building"),
    ("successful", "successful"),
    ("successful", "failed"),
}


def downloads(page: Element) -> list[str]:
    """Return the paths of the files to download."""
    return [a.attributes["href"] for a in page.all("a") if "download" in a.attributes]


def space(judge: Judge, fixtures: Fixtures) -> StateSpace:
    """Return the state space of the only type with a timeline."""
    (found,) = StateMap(judge, dataset_of(judge.spec, fixtures)).spaces
    return found


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the fixtures without those that are the only ones of their state."""
    folder = tmp_path_factory.mktemp("incomplete") / "fixtures"
    shutil.copytree(FIXTURES, folder)
    for name in ("between-processes", "pending-stale"):
        (folder / "releases" / f"{name}.yaml").unlink()
    for path in (folder / "releases").glob("*-stale*.yaml"):
        if path.name.startswith(("building", "failed")):
            path.unlink()
    return folder


@pytest.fixture(scope="module")
def with_gaps(incomplete: Path) -> Iterator[str]:
    with live(*load_sources(SPEC, incomplete)) as mock:
        yield mock.address


@pytest.fixture(scope="module")
def files(with_gaps: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All generated fixtures, under the names of the download."""
    folder = tmp_path_factory.mktemp("downloads") / "releases"
    folder.mkdir()
    for href in downloads(get_page(with_gaps, "map")):
        reply = browse(with_gaps, href)
        assert reply.headers["Content-Type"] == "application/yaml"
        name = reply.headers["Content-Disposition"].partition('"')[2].rstrip('"')
        (folder / name).write_bytes(reply.content)
    return sorted(folder.iterdir())


def test_every_state_that_the_contract_allows_has_a_fixture(address: str) -> None:
    assert downloads(get_page(address, "map")) == []
    missing = get_page(address, "map/missing")
    assert "Every state that the contract allows has a fixture" in missing.words


def test_a_state_without_a_fixture_has_a_card_with_its_file(
    with_gaps: str, files: list[Path]
) -> None:
    page = get_page(with_gaps, "map/missing")
    cards = page.all("article", class_="ghost")
    assert sorted(a.rpartition("/")[2] for a in downloads(page)) == [each.name for each in files]
    words = next(each.words for each in cards if "Circuit json build pending" in each.words)
    assert "Transpilation successful" in words
    assert "fixtures/releases/package-release-successful-pending.yaml" in words


def test_the_map_has_the_combinations_that_the_rules_allow(
    judge: Judge, fixtures: Fixtures
) -> None:
    table = space(judge, fixtures).tables[0]
    assert {tuple(label.status for label in row.labels) for row in table.allowed} == ALLOWED
    assert len(table.rows) == len(judge.spec.timeline("PackageRelease").phases) ** 2
    violations = [row.violation for row in table.forbidden if row.violation]
    assert {violation.rule for violation in violations} == {"processes-run-in-order"}


def test_a_combination_lists_its_fixtures(address: str, fixtures: Fixtures) -> None:
    table = get_page(address, "map").one("section", id="overall").all("table")[0]
    listed = {
        tuple(s.words for s in row.all(class_="status")): [a.text for a in row.all("a")]
        for row in table.one("tbody").all("tr", class_="covered")
    }
    expected: dict[Any, list[str]] = {}
    for name, fixture in fixtures.fixtures.items():
        expected.setdefault(statuses(fixture.value), []).append(name)
    assert listed == expected


def statuses(release: Mapping[str, Any]) -> tuple[str, str]:
    return release["transpilation_display_status"], release["circuit_json_build_display_status"]


def test_each_generated_fixture_passes_the_check(files: list[Path]) -> None:
    assert len(files) > 5
    assert check_files(files, SPEC, FIXTURES).violations == ()


def test_the_name_of_a_generated_fixture_describes_its_state(
    files: list[Path], incomplete: Path
) -> None:
    names = {path.name for path in files}
    assert {
        "package-release-successful-pending.yaml",
        "transpilation-failed-stale-error.yaml",
    } <= names
    candidates = space(*load_sources(SPEC, incomplete)).candidates
    release = candidates["transpilation-failed-stale-error"].value
    assert release["transpilation_display_status"] == "failed"
    assert release["transpilation_is_stale"] is True
    assert release["transpilation_error"]
    assert statuses(candidates["package-release-successful-pending"].value) == (
        "successful",
        "pending",
    )


def test_with_all_generated_fixtures_every_combination_is_covered(
    files: list[Path], incomplete: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fixtures"
    shutil.copytree(incomplete, folder)
    for file in files:
        shutil.copy(file, folder / "releases")
    assert check_all(SPEC, folder).violations == ()
    with live(*load_sources(SPEC, folder)) as mock:
        assert downloads(get_page(mock.address, "map")) == []


def test_the_totals_are_the_counts_of_the_rows(address: str) -> None:
    page = get_page(address, "map")
    for item in page.one("ul", class_="totals").all("li"):
        section = page.one("section", id=item.one("a").attributes["href"][1:])
        rows = section.all("table")[0].one("tbody").all("tr")
        covered = [row for row in rows if row.all("tr", class_="covered")]
        assert item.one("a").words == f"{len(covered)} of {len(rows)}"


def test_a_generated_fixture_has_the_timestamps_that_its_status_requires(tmp_path: Path) -> None:
    """A rule of the orders requires a time of shipping exactly for those that are shipped."""
    example, folder = ROOT / "examples" / "orders", tmp_path / "fixtures"
    shutil.copytree(example / "fixtures", folder, ignore=shutil.ignore_patterns("broken"))
    (folder / "orders" / "shipped.yaml").unlink()
    judge, fixtures = load_sources(example / "openapi.yaml", folder)
    (made,) = space(judge, fixtures).candidates.values()
    assert (made.name, made.value["status"]) == ("order-shipped", "shipped")
    assert made.value["shipped_at"] is not None
