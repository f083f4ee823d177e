"""Create, replace, change and delete resources in a session."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.helpers.orders import ITEMS, PREFIX, Shop, problems

CUSTOMER = {"email": "hedy@example.com", "name": "Hedy Lamarr"}
CREATED: dict[str, Any] = {
    "/customers": CUSTOMER,
    "/products": {"name": "Ruler", "price": 300},
    "/orders": {"customer_id": 1, "items": ITEMS},
}
REPLACED: dict[str, Any] = {
    "/customers/3": {"email": "turing@example.com", "name": "A. M. Turing"},
    "/products/101": {"name": "Large notebook", "price": 990},
    "/orders/1001": {"customer_id": 1, "items": [], "note": "Nothing after all"},
}
PATCHED: dict[str, Any] = {
    "/customers/1": {"name": "Ada King"},
    "/orders/1001": {"note": "Leave it with a neighbour"},
}
DELETED = ("/customers/3", "/products/101", "/orders/1001")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("path", CREATED)
def test_a_new_resource_is_found_at_its_location_and_in_the_list(ada: Shop, path: str) -> None:
    before = ada.value(path)
    reply = ada.post(path, CREATED[path])
    assert reply.status == 201
    new = reply.json
    assert CREATED[path].items() <= new.items()
    assert new["created_at"] == new["updated_at"]
    location = reply.headers["Location"]
    assert location.endswith(f"{PREFIX}{path}/{new['id']}")
    found = ada.get(f"{path}/{new['id']}")
    assert (found.json, found.headers["ETag"]) == (new, reply.headers["ETag"])
    assert new in ada.value(path)
    assert new["id"] not in [each["id"] for each in before]


@pytest.mark.parametrize("path", REPLACED)
def test_put_replaces_what_a_client_can_write(ada: Shop, path: str) -> None:
    before = ada.value(path)
    reply = ada.put(path, REPLACED[path])
    assert reply.status == 200
    assert REPLACED[path].items() <= reply.json.items()
    assert reply.json["id"] == before["id"]
    assert reply.json["created_at"] == before["created_at"]
    assert moment(reply.json["updated_at"]) > moment(before["updated_at"])
    assert ada.value(path) == reply.json


def test_put_removes_the_optional_properties_that_the_body_lacks(ada: Shop) -> None:
    reply = ada.put("/customers/1", {"email": "ada@example.com", "name": "Ada"})
    assert not {"phone", "address"} & reply.json.keys()
    assert "description" not in ada.put("/products/101", {"name": "Notebook", "price": 1}).json


@pytest.mark.parametrize("path", PATCHED)
def test_patch_changes_only_the_properties_of_the_body(ada: Shop, path: str) -> None:
    before = ada.value(path)
    reply = ada.patch(path, PATCHED[path])
    assert reply.status == 200
    unchanged = {**before, **PATCHED[path], "updated_at": reply.json["updated_at"]}
    assert reply.json == ada.value(path) == unchanged
    assert moment(reply.json["updated_at"]) > moment(before["updated_at"])


def test_patch_merges_an_object_and_replaces_a_list(ada: Shop) -> None:
    address = ada.patch("/customers/1", {"address": {"city": "Paris"}}).json["address"]
    assert address == {"street": "12 St James's Square", "city": "Paris", "postcode": "SW1Y 4JH"}
    order = ada.patch("/orders/1001", {"items": ITEMS}).json
    assert (order["items"], order["total"]) == (ITEMS, 1380)


def test_null_in_a_patch_removes_a_property(ada: Shop) -> None:
    changed = ada.patch("/customers/1", {"phone": None, "address": {"postcode": None}}).json
    assert "phone" not in changed
    assert changed["address"].keys() == {"street", "city"}
    assert "address" not in ada.patch("/customers/1", {"address": None}).json


def test_null_in_a_patch_is_kept_where_the_schema_allows_it(ada: Shop) -> None:
    assert ada.patch("/orders/1001", {"note": "A note"}).json["note"] == "A note"
    assert ada.patch("/orders/1001", {"note": None}).json["note"] is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/customers/1", {"email": None}, 400),
        ("/customers/1", {"name": None}, 400),
        ("/orders/1001", {"items": None}, 400),
        ("/customers/1", {"address": {"city": None}}, 400),
        ("/customers/2", {"address": {"city": "Paris"}}, 422),
    ],
)
def test_a_patch_that_removes_a_required_property_changes_nothing(
    ada: Shop, path: str, body: Any, status: int
) -> None:
    before = ada.value(path)
    reply = ada.patch(path, body)
    assert reply.status == status
    assert list(problems(reply))
    assert ada.value(path) == before


def test_an_empty_patch_changes_only_the_time(ada: Shop) -> None:
    before = ada.value("/customers/1")
    after = ada.patch("/customers/1", {}).json
    assert {**after, "updated_at": before["updated_at"]} == before


@pytest.mark.parametrize("path", DELETED)
def test_a_deleted_resource_is_gone(ada: Shop, path: str) -> None:
    reply = ada.delete(path)
    assert (reply.status, reply.content) == (204, b"")
    assert ada.get(path).status == 404
    assert ada.delete(path).status == 404
    parent, _, key = path.rpartition("/")
    assert int(key) not in [each["id"] for each in ada.value(parent)]


def test_the_orders_of_a_deleted_customer_are_gone(ada: Shop) -> None:
    path = ada.placed()
    assert ada.delete("/customers/1").status == 204
    assert ada.value("/orders?customer_id=1") == []
    assert (ada.get(path).status, ada.get("/orders/1001").status) == (404, 404)
    assert ada.get("/customers/1/orders").status == 404
    assert len(ada.value("/orders?customer_id=2")) == 3


def test_a_new_resource_gets_the_next_key_and_no_key_is_used_twice(ada: Shop) -> None:
    first = ada.post("/customers", CUSTOMER).json["id"]
    assert first == 4
    assert ada.delete(f"/customers/{first}").status == 204
    assert ada.post("/customers", CUSTOMER).json["id"] == first + 1


def test_a_client_can_choose_the_id_of_a_product(ada: Shop) -> None:
    reply = ada.post("/products", {"id": 501, "name": "Ink", "price": 790})
    assert reply.headers["Location"].endswith("/v1/products/501")
    assert ada.value("/products/501")["name"] == "Ink"


def test_after_the_largest_key_a_new_resource_gets_a_free_one(ada: Shop) -> None:
    largest = {"id": 2**31 - 1, "name": "Last", "price": 1}
    assert ada.post("/products", largest).status == 201
    assert [ada.post("/products", CREATED["/products"]).json["id"] for _ in "ab"] == [1, 2]


def test_properties_that_are_read_only_or_unknown_are_ignored(ada: Shop) -> None:
    forged = {"id": 7, "status": "shipped", "total": 1, "paid_at": "2020-01-01T00:00:00Z", "x": 1}
    order = ada.post("/orders", {"customer_id": 1, "items": ITEMS, **forged}).json
    assert (order["status"], order["total"], order["paid_at"]) == ("placed", 1380, None)
    assert order["id"] != 7
    assert "x" not in order
    changed = ada.patch(f"/orders/{order['id']}", forged).json
    assert {**changed, "updated_at": order["updated_at"]} == order


def test_the_total_follows_the_items(ada: Shop) -> None:
    items = [*ITEMS, {"product_id": 102, "quantity": 3, "unit_price": 2450}]
    path = ada.placed()
    assert ada.value(path)["total"] == 2 * 690
    assert ada.patch(path, {"items": items}).json["total"] == 2 * 690 + 3 * 2450
    assert ada.put(path, {"customer_id": 1, "items": []}).json["total"] == 0


def test_a_change_is_only_in_its_session(ada: Shop, address: str) -> None:
    assert ada.delete("/customers/3").status == 204
    assert Shop(f"{address}/_s/another").get("/customers/3").status == 200


def test_a_reset_forgets_all_changes(ada: Shop) -> None:
    before = [each["id"] for each in ada.value("/orders")]
    path = ada.placed()
    assert ada.delete("/orders/1001").status == 204
    ada.control("reset")
    assert ada.get(path).status == 404
    assert [each["id"] for each in ada.value("/orders")] == before


def test_concurrent_requests_create_each_resource_once(ada: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: ada.placed(), range(40)))
    assert len(set(paths)) == 40
    assert ada.get("/orders").headers["X-Total-Count"] == "49"


def test_of_concurrent_changes_of_one_version_only_one_is_accepted(ada: Shop) -> None:
    tag = ada.get("/customers/1").headers["ETag"]

    def rename(number: int) -> int:
        return ada.patch("/customers/1", {"name": f"Ada {number}"}, If_Match=tag).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(rename, range(16)))
    assert statuses == [200, *[412] * 15]
