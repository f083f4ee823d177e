"""The status of an order: placed, paid and shipped, or cancelled before it is shipped."""

import pytest

from tests.helpers.orders import ITEMS, Shop, problems

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
