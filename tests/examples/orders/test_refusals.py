"""What the mock refuses, and that a refused request changes nothing."""

from typing import Any

import pytest

from tests.helpers.orders import ITEMS, Shop, problems

ORDER = {"customer_id": 1, "items": ITEMS}
CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "/customers", {"email": "hedy@example.com", "name": "Hedy"}),
    ("PUT", "/customers/1", {"email": "ada@example.com", "name": "Ada"}),
    ("PATCH", "/customers/1", {"name": "Ada"}),
    ("DELETE", "/customers/1", None),
    ("POST", "/products", {"name": "Ruler", "price": 300}),
    ("PUT", "/products/101", {"name": "Ruler", "price": 300}),
    ("DELETE", "/products/101", None),
    ("POST", "/orders", ORDER),
    ("PUT", "/orders/1001", ORDER),
    ("PATCH", "/orders/1001", {"note": "x"}),
    ("DELETE", "/orders/1001", None),
    ("POST", "/orders/1001/pay", None),
    ("POST", "/orders/1002/ship", None),
    ("POST", "/orders/1002/cancel", None),
]
OF_ORDERS = [change for change in CHANGES if change[1].startswith("/orders")]
OF_ONE = [change for change in CHANGES if change[0] in ("PUT", "PATCH", "DELETE")]
ALL = ("/customers", "/products", "/orders?sort=id")


def everything(shop: Shop) -> list[Any]:
    return [shop.value(path) for path in ALL]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_needs_a_token(shop: Shop, change: tuple[str, str, Any]) -> None:
    before = everything(shop)
    for token in (None, "unknown"):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        reply = shop.send(*change, **headers)
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert everything(shop) == before


@pytest.mark.parametrize("change", OF_ORDERS, ids=str)
def test_only_the_owner_changes_an_order(
    ada: Shop, grace: Shop, change: tuple[str, str, Any]
) -> None:
    before = everything(ada)
    reply = grace.send(*change)
    assert (reply.status, reply.json["title"]) == (403, "The order belongs to another customer")
    assert everything(ada) == before
    assert 200 <= ada.send(*change).status < 300


@pytest.mark.parametrize("change", OF_ONE, ids=str)
def test_a_change_of_another_version_is_refused(ada: Shop, change: tuple[str, str, Any]) -> None:
    method, path, body = change
    before = everything(ada)
    for tag in ('"another"', '"another", "third"', "another"):
        assert ada.send(method, path, body, If_Match=tag).status == 412
    assert everything(ada) == before
    tag = ada.get(path).headers["ETag"]
    assert 200 <= ada.send(method, path, body, If_Match=f'"another", {tag}').status < 300


def test_a_tag_is_valid_for_one_change(ada: Shop) -> None:
    tag = ada.get("/customers/1").headers["ETag"]
    changed = ada.patch("/customers/1", {"name": "Ada King"}, If_Match=tag)
    assert changed.status == 200
    assert changed.headers["ETag"] != tag
    assert ada.patch("/customers/1", {"name": "Ada"}, If_Match=tag).status == 412
    again = changed.headers["ETag"]
    assert ada.patch("/customers/1", {"name": "Ada"}, If_Match=again).status == 200
    assert ada.patch("/customers/1", {"name": "A"}, If_Match="*").status == 200


@pytest.mark.parametrize("path", ["/customers/1", "/products/101", "/orders/1001"])
def test_a_client_with_this_version_gets_304(shop: Shop, path: str) -> None:
    tag = shop.get(path).headers["ETag"]
    reply = shop.get(path, If_None_Match=tag)
    assert (reply.status, reply.content, reply.headers["ETag"]) == (304, b"", tag)
    assert shop.get(path, If_None_Match='"another"').status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(
            (method, f"/{name}/9")
            for name in ("customers", "orders")
            for method in ("GET", "PATCH")
        ),
        *((method, "/products/9") for method in ("GET", "PUT", "DELETE")),
        *(("POST", f"/orders/9/{verb}") for verb in ("pay", "ship", "cancel")),
    ],
)
def test_an_unknown_id_is_not_found(ada: Shop, method: str, path: str) -> None:
    body = {"name": "x", "price": 1} if method in ("PUT", "PATCH") else None
    reply = ada.send(method, path, body)
    assert reply.status == 404
    assert reply.json["title"] == f"This {path.split('/')[1].rstrip('s')} does not exist"


@pytest.mark.parametrize("key", ["x", "0", "-1", "1.5", "2147483648", "9" * 30, "%00", "1%20"])
def test_a_key_that_is_no_number_is_refused(ada: Shop, key: str) -> None:
    assert ada.get(f"/orders/{key}").status == 400
    assert ada.post(f"/orders/{key}/pay").status == 400


def test_two_customers_cannot_have_the_same_email(ada: Shop) -> None:
    before = everything(ada)
    for reply in (
        ada.post("/customers", {"email": "ada@example.com", "name": "Another"}),
        ada.put("/customers/2", {"email": "ada@example.com", "name": "Grace"}),
        ada.patch("/customers/2", {"email": "ada@example.com"}),
    ):
        assert reply.status == 409
        assert problems(reply).keys() == {"/email"}
    assert everything(ada) == before
    assert ada.patch("/customers/1", {"email": "ada@example.com"}).status == 200


def test_an_email_is_free_after_its_customer_was_deleted(ada: Shop) -> None:
    assert ada.delete("/customers/3").status == 204
    assert ada.post("/customers", {"email": "alan@example.com", "name": "Alan"}).status == 201


def test_two_products_cannot_have_the_same_id(ada: Shop) -> None:
    before = everything(ada)
    reply = ada.post("/products", {"id": 101, "name": "Another", "price": 1})
    assert (reply.status, set(problems(reply))) == (409, {"/id"})
    assert everything(ada) == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_order_needs_a_customer_that_exists(ada: Shop, method: str) -> None:
    before = everything(ada)
    path = "/orders" if method == "POST" else "/orders/1001"
    reply = ada.send(method, path, {**ORDER, "customer_id": 99})
    assert (reply.status, set(problems(reply))) == (422, {"/customer_id"})
    assert everything(ada) == before


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/customers", {"email": "nobody", "name": "Hedy"}, "/email"),
        ("/customers", {"email": "a@example.com"}, ""),
        ("/customers", {"email": "a@example.com", "name": ""}, "/name"),
        ("/customers", {"email": "a@example.com", "name": 7}, "/name"),
        ("/customers", [], ""),
        ("/customers", "text", ""),
        ("/products", {"name": "Ruler", "price": 1.5}, "/price"),
        ("/products", {"name": "Ruler", "price": -1}, "/price"),
        ("/products", {"name": "Ruler", "price": True}, "/price"),
        ("/products", {"name": "Ruler", "price": 1, "id": 0}, "/id"),
        ("/orders", {"customer_id": 1}, ""),
        ("/orders", {**ORDER, "note": 7}, "/note"),
        ("/orders", {**ORDER, "items": [{"product_id": 1}]}, "/items/0"),
        ("/orders", {**ORDER, "items": [{**ITEMS[0], "quantity": 0}]}, "/items/0/quantity"),
        ("/orders", {**ORDER, "items": ITEMS * 201}, "/items"),
    ],
)
def test_a_body_that_breaks_its_schema_is_refused(
    ada: Shop, path: str, body: Any, pointer: str
) -> None:
    before = everything(ada)
    reply = ada.post(path, body)
    assert reply.status == 400
    assert pointer in problems(reply)
    assert everything(ada) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"name": 1, "name": 2}', b"NaN"])
def test_a_body_that_is_no_json_object_is_refused(ada: Shop, body: bytes) -> None:
    reply = ada.send("POST", "/customers", body, Content_Type="application/json")
    assert reply.status == 400


def test_a_merge_patch_has_its_own_media_type(ada: Shop) -> None:
    reply = ada.send("PATCH", "/orders/1001", {"note": "x"}, Content_Type="application/json")
    assert reply.status == 415
    merge_patch = "application/merge-patch+json"
    assert ada.send("POST", "/orders", ORDER, Content_Type=merge_patch).status == 415


def test_a_session_holds_a_limited_number_of_changes(ada: Shop) -> None:
    """An order with 200 items has about 11 kB as JSON, and a session holds 1 MiB."""
    large = {"customer_id": 1, "items": ITEMS * 200}
    replies = [ada.post("/orders", large) for _ in range(120)]
    statuses = [reply.status for reply in replies]
    assert statuses == sorted(statuses), "a full session accepts nothing more"
    assert set(statuses) == {201, 507}
    assert "reset the session" in str(problems(replies[-1]))
    assert ada.get("/orders").headers["X-Total-Count"] == str(9 + statuses.count(201))
    before = ada.value("/orders/1001")
    assert ada.patch("/orders/1001", {"items": ITEMS * 200}).status == 507
    assert ada.value("/orders/1001") == before
    ada.control("reset")
    assert ada.post("/orders", large).status == 201


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_fault_in_the_place_of_a_change_changes_nothing(
    ada: Shop, change: tuple[str, str, Any]
) -> None:
    before = everything(ada)
    ada.control("faults", {"kind": "status", "status": 503})
    assert ada.send(*change).status == 503
    ada.control("faults", method="DELETE")
    assert everything(ada) == before


def test_a_fault_after_a_change_keeps_it(ada: Shop) -> None:
    """A response that is lost does not undo what the operation did."""
    ada.control("faults", {"kind": "truncate", "operation": "createOrder", "first": 1})
    assert ada.post("/orders", ORDER).status == 201
    assert ada.get("/orders").headers["X-Total-Count"] == "10"
