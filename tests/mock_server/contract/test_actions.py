"""Mistakes in actions and pages of a document are found when it is loaded, with their lines."""

from pathlib import Path

import pytest

from mock_server.app.sources import load_sources
from mock_server.contract.document.loading import load
from mock_server.contract.judge import judge_of
from tests.helpers.orders import DOCUMENT
from tests.mock_server.helpers.mistakes import mistakes

SUM = 'total: { cel: "sum(self.items.map(item, item.quantity * item.unit_price))" }'


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (SUM, 'total: { cel: "sum(" }', "must be an expression in CEL"),
        (SUM, 'total: { cel: "sum(self.itens)" }', "found self.itens; did you mean items"),
        (SUM, 'total: { cel: "sun(self.items)" }', "found sun; did you mean sum"),
        (SUM, 'total: { cel: "size(selv.items)" }', "found selv; did you mean self"),
        (SUM, "totale: { cel: size(self.items) }", "found totale; did you mean total"),
        ("who: owner", "who: onwer", "found onwer; did you mean owner"),
        ("who: owner", "who: caller.id ==", "must be owner, or an expression in CEL"),
        ("who: owner", "who: caler.id == 1", "found caler; did you mean caller"),
        ("from: placed", "from: place", "must be a phase or a status of Order; found place"),
        (
            "set: { updated_at: now } }\n      parameters",
            "from: placed, set: { updated_at: now } }\n      parameters",
            "replace needs a resource whose status changes; found Customer",
        ),
        (
            "headers: { total: X-Total-Count }",
            "headers: { total: X-Total }",
            "must name a header of the response; found X-Total",
        ),
        ("headers: { total: X-", "headers: { sum: X-", "found sum"),
        ("headers: { total: X-Total-Count }", 'headers: { total: "a b" }', "found"),
    ],
)
def test_a_mistake_is_found_with_its_line(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    (found,) = mistakes(DOCUMENT, tmp_path, right, wrong)
    assert message in found
    assert "openapi.yaml:" in found


def test_an_expression_can_define_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    rule = "who: request.body.items.all(item, item.quantity > 0)"
    text = DOCUMENT.read_text("utf-8")
    path.write_text(text.replace("who: owner", rule, 1), "utf-8")
    judge_of(load(path))


def test_an_example_of_a_request_needs_no_read_only_property() -> None:
    """The example of a new customer has no id, which every response has."""
    judge, _ = load_sources(DOCUMENT)
    assert judge.spec.document.notes == ()
    assert "id" in judge.spec.types["Customer"].required


def test_an_example_of_a_response_needs_every_required_property(tmp_path: Path) -> None:
    right = 'examples:\n            invalid: { value: { type: "about:blank", title: The'
    (found,) = mistakes(DOCUMENT, tmp_path, right, right.replace('type: "about:blank", ', ""))
    assert "an example type is required" in found
