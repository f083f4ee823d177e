"""The status of an order: placed, paid and shipped, or cancelled before it is shipped."""

from pathlib import Path

import pytest

from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.server.in_process import running
from tests.helpers.orders import DOCUMENT, FIXTURES, ITEMS, Shop, problems
from tests.helpers.requests import call

STATUSES = ("placed", "paid", "shipped", "cancelled")
AFTER = {"pay": "paid", "ship": "shipped", "cancel": "cancelled"}
ALLOWED = {"pay": {"placed"}, "ship": {"paid"}, "cancel": {"placed", "paid"}}
STEPS = {"placed": (), "paid": ("pay",), "shipped": ("pay", "ship"), "cancelled": ("cancel",)}


def order_in(shop: Shop, status: str) -> str:
    """Place an order and move it to a status; return its path."""
    path = shop.placed()
    for verb in STEPS[status]:
        assert shop.post(f"{path}/{verb}").status == 200
    return path


@pytest.mark.parametrize("verb", AFTER)
@pytest.mark.parametrize("status", STATUSES)
def test_an_order_moves_only_from_the_documented_statuses(
    ada: Shop, status: str, verb: str
) -> None:
    path = order_in(ada, status)
    before = ada.value(path)
    reply = ada.post(f"{path}/{verb}")
    if status in ALLOWED[verb]:
        assert (reply.status, reply.json["status"]) == (200, AFTER[verb])
        assert ada.value(path) == reply.json
        assert reply.headers["ETag"] == ada.get(path).headers["ETag"]
    else:
        assert reply.status == 409
        assert f'found "{status}"' in str(problems(reply))
        assert ada.value(path) == before


@pytest.mark.parametrize(("key", "status"), [(1001, "placed"), (1002, "paid"), (1003, "shipped")])
def test_an_order_of_the_fixtures_moves_like_a_new_one(ada: Shop, key: int, status: str) -> None:
    for verb, sources in ALLOWED.items():
        expected = 200 if status in sources else 409
        assert ada.post(f"/orders/{key}/{verb}").status == expected
        ada.control("reset")


def test_the_timestamps_follow_the_status(ada: Shop) -> None:
    path = ada.placed()
    placed = ada.value(path)
    assert (placed["paid_at"], placed["shipped_at"]) == (None, None)
    paid = ada.post(f"{path}/pay").json
    assert placed["updated_at"] <= paid["updated_at"] == paid["paid_at"]
    assert paid["shipped_at"] is None
    shipped = ada.post(f"{path}/ship").json
    assert paid["updated_at"] <= shipped["updated_at"] == shipped["shipped_at"]
    assert (shipped["paid_at"], shipped["created_at"]) == (paid["paid_at"], placed["created_at"])


def test_the_clock_of_the_session_dates_a_change(ada: Shop) -> None:
    path = ada.placed()
    ada.control("clock", {"freeze": True})
    first = ada.post(f"{path}/pay").json["paid_at"]
    ada.control("clock", {"advance": 3600})
    second = ada.post(f"{path}/ship").json["shipped_at"]
    assert second[11:13] != first[11:13]
    assert second[13:] == first[13:]


@pytest.mark.parametrize("status", ["paid", "shipped", "cancelled"])
def test_an_order_that_is_paid_or_ended_keeps_its_items(ada: Shop, status: str) -> None:
    path = order_in(ada, status)
    before = ada.value(path)
    assert ada.patch(path, {"note": "Changed"}).status == 409
    assert ada.put(path, {"customer_id": 1, "items": ITEMS}).status == 409
    assert ada.value(path) == before
    assert ada.delete(path).status == 204


def test_an_order_can_be_shown_in_any_status_of_the_fixtures(ada: Shop) -> None:
    """The control API gives an order the status of a fixture: nothing else of it changes."""
    before = ada.value("/orders/1001")
    ada.control("show", {"id": 1001, "fixture": "cancelled"})
    assert ada.value("/orders/1001") == {**before, "status": "cancelled"}
    assert ada.post("/orders/1001/pay").status == 409


def test_an_order_shown_in_another_status_has_its_timestamps(ada: Shop) -> None:
    """What only transitions set moves with the status, and the order is as old as that."""
    before = ada.value("/orders/1001")
    ada.control("show", {"id": 1001, "fixture": "shipped"})
    order = ada.value("/orders/1001")
    assert order["status"] == "shipped"
    assert order["created_at"] <= order["paid_at"] <= order["shipped_at"]
    assert (order["items"], order["total"]) == (before["items"], before["total"])


def test_a_client_can_prefer_the_status_of_a_fixture(ada: Shop) -> None:
    before = ada.value("/orders/1001")
    shown = ada.get("/orders/1001", Prefer="example=paid")
    assert (shown.json["status"], shown.json["items"]) == ("paid", before["items"])
    assert shown.headers["Preference-Applied"] == "example=paid"
    assert ada.value("/orders/1001") == before


def test_a_new_order_can_move_by_itself(ada: Shop) -> None:
    ada.control("clock", {"freeze": True})
    ada.control("next", {"scenario": "fulfilled"})
    path = ada.placed()
    seen = []
    for seconds in (2, 2, 5):
        ada.control("clock", {"advance": seconds})
        seen.append(ada.value(path))
    assert [each["status"] for each in seen] == ["placed", "paid", "shipped"]
    assert (seen[0]["paid_at"], seen[1]["shipped_at"]) == (None, None)
    assert seen[0]["created_at"] < seen[1]["paid_at"] < seen[2]["shipped_at"]
    assert seen[2]["paid_at"] == seen[1]["paid_at"]
    assert ada.value(ada.placed())["status"] == "placed", "only the next order plays it"


def test_a_change_of_an_order_that_moves_keeps_what_it_plays(ada: Shop) -> None:
    ada.control("clock", {"freeze": True})
    ada.control("play", {"id": 1001, "scenario": "refunded"})
    assert ada.patch("/orders/1001", {"note": "Hurry"}).status == 200
    ada.control("clock", {"advance": 4})
    assert (ada.value("/orders/1001")["status"], ada.value("/orders/1001")["note"]) == (
        "paid",
        "Hurry",
    )
    assert ada.post("/orders/1001/ship").status == 200
    ada.control("clock", {"advance": 60})
    assert ada.value("/orders/1001")["status"] == "shipped", "a transition ends what it plays"


def test_a_status_that_does_not_fit_an_order_is_refused(tmp_path: Path) -> None:
    """A rule binds the status to what a fixture does not change, here the items."""
    rule = """        - id: shipped-with-items
          message: a shipped order must have items
          rule: self.status != 'shipped' || size(self.items) > 0
"""
    text = DOCUMENT.read_text("utf-8")
    name = "        - id: paid-after-created\n"
    document = tmp_path / "openapi.yaml"
    document.write_text(text.replace(name, rule + name, 1), "utf-8")
    with running(mock_of(*load_sources(document, FIXTURES))) as own:
        shop = Shop(own)
        reply = call(own, "POST", "/_mock/show", {"id": 1007, "fixture": "shipped"})
        preferred = shop.get("/orders/1007", Prefer="example=shipped")
        assert (reply.status, preferred.status) == (400, 400)
        for each in (reply, preferred):
            assert b"a shipped order must have items" in each.content
        assert shop.value("/orders/1007")["status"] == "placed"
        assert shop.get("/orders/1001", Prefer="example=shipped").status == 200
