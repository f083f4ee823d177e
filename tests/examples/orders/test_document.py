"""The document and the fixtures of the example are complete: each rule works, each state exists."""

import pytest

from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.source import yaml_documents
from mock_server.fixtures import loading
from mock_server.fixtures.counterexamples import judge_counterexample
from mock_server.probing.inspection import inspect
from tests.helpers.orders import DOCUMENT, FIXTURES

JUDGE, LOADED = load_sources(DOCUMENT)
COUNTEREXAMPLES = {path.stem: path for path in loading.files(FIXTURES / "broken")}


def test_the_mock_can_serve_every_operation() -> None:
    inspection = inspect(mock_of(JUDGE, LOADED))
    assert (inspection.problems, inspection.notes) == ((), ())
    assert JUDGE.spec.document.notes == ()


def test_each_rule_has_a_counter_example_with_its_name() -> None:
    assert COUNTEREXAMPLES.keys() == JUDGE.rules.by_id.keys()


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_a_counter_example_breaks_exactly_its_rule(name: str) -> None:
    violations = judge_counterexample(yaml_documents.read(COUNTEREXAMPLES[name]), JUDGE)
    assert [violation.rule for violation in violations] == [name]


def test_each_status_has_a_fixture() -> None:
    (order,) = JUDGE.spec.with_timelines
    assert order.timeline is not None
    assert {fixture.status for fixture in LOADED.fixtures.values()} == order.timeline.phases.keys()


def test_the_fixtures_have_edge_cases_of_a_page() -> None:
    sizes = {name: len(each.value["items"]) for name, each in LOADED.fixtures.items()}
    assert (sizes["empty"], sizes["many-items"]) == (0, 200)
    assert "<img" in LOADED.fixtures["hostile"].value["note"]
