"""The unusual texts and bodies, and the combinations of lookups, that a run sends."""

import json

import pytest

from contract_tests.cases import edge_cases
from contract_tests.checks.test_precedence import irrelevant_values
from contract_tests.checks.test_unknown import inexact_texts
from mock_server.contract.document.operation import Lookup, LookupWay

BY_ID = LookupWay({"id": "{Thing.id}"}, {})
LATEST = LookupWay({"name": "{Owner.name}"}, {"latest": True})
BY_NUMBER = LookupWay({"number": "{Thing.number}"}, {})
LOOKUP = Lookup("Thing", (BY_ID, LATEST, BY_NUMBER), (), None)
BODIES = list(edge_cases.extreme_bodies({"id": "x"}))
CHAIN = {"Owner": {"name": "ada/board"}, "Thing": {"version": "1.0.2"}}


def test_the_beginnings_of_a_version_end_at_its_separators() -> None:
    assert list(edge_cases.beginnings("1.0.2-rc")) == ["1", "1.", "1.0", "1.0.", "1.0.2", "1.0.2-"]


def test_each_part_of_a_compound_text_is_varied_alone() -> None:
    texts = set(inexact_texts("{Owner.name}@{Thing.version}", [CHAIN]))
    assert {"ada/board@1.0", "ada/board@v1.0.2", "ada/board@latest"} <= texts
    assert {"board@1.0.2", "ADA/BOARD@1.0.2", "@ada/board@1.0.2"} <= texts
    assert list(inexact_texts("{Owner.name}", [CHAIN])) == []


def test_a_value_of_an_earlier_lookup_stays_incomplete() -> None:
    unknown = edge_cases.UNKNOWN
    beside_id = list(irrelevant_values(LOOKUP, 0))
    assert {"latest": False} in beside_id
    assert {"name": unknown, "latest": True} in beside_id
    assert {"name": unknown, "number": unknown} in beside_id
    assert {"id": unknown} not in list(irrelevant_values(LOOKUP, 1))
    for values in irrelevant_values(LOOKUP, 2):
        assert values.get("latest") is not True
        assert "id" not in values


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_an_extreme_body_has_the_valid_values_and_is_json(body: bytes) -> None:
    assert body.startswith(b'{"id": "x", ')
    if body.count(b"[") + body.count(b"{") < 500:  # Python limits the depth that it parses
        assert json.loads(body, parse_int=str)["id"] == "x"
