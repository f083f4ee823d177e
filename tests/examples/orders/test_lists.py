"""Lists: pages, their headers, filters and orders."""

import pytest

from tests.helpers.orders import ITEMS, Shop, links, problems


def keys(shop: Shop, path: str) -> list[int]:
    return [item["id"] for item in shop.value(path)]


@pytest.mark.parametrize("path", ["/customers", "/products", "/orders", "/customers/1/orders"])
def test_a_list_is_a_bare_array_with_its_total(shop: Shop, path: str) -> None:
    reply = shop.get(path)
    assert isinstance(reply.json, list)
    assert reply.headers["X-Total-Count"] == str(len(reply.json)) != "0"


@pytest.mark.parametrize("path", ["/customers", "/products", "/orders?sort=total"])
def test_the_links_lead_to_each_resource_once_in_both_directions(shop: Shop, path: str) -> None:
    every = keys(shop, path)
    separator = "&" if "?" in path else "?"
    page: str | None = f"{path}{separator}per_page=2"
    found: list[int] = []
    while page is not None:
        reply = shop.get(page)
        found += [item["id"] for item in reply.json]
        assert reply.headers["X-Total-Count"] == str(len(every))
        page, last = links(reply).get("next"), page
    assert found == every
    assert links(reply)["last"] == last
    backwards = [reply.json]
    while (previous := links(reply).get("prev")) is not None:
        reply = shop.get(previous)
        backwards.append(reply.json)
    assert [item["id"] for page_items in reversed(backwards) for item in page_items] == every
    assert shop.get(links(reply)["first"]).json == reply.json


def test_links_keep_the_filters_and_the_order(shop: Shop) -> None:
    reply = shop.get("/orders?status=placed&sort=-total&per_page=1")
    assert links(reply)["next"] == "/orders?status=placed&sort=-total&per_page=1&page=2"


@pytest.mark.parametrize("page", ["3", "1000000000000000000"])
def test_a_page_after_the_last_one_is_empty_and_leads_back(shop: Shop, page: str) -> None:
    reply = shop.get(f"/customers?per_page=2&page={page}")
    assert (reply.status, reply.json, reply.headers["X-Total-Count"]) == (200, [], "3")
    assert links(reply).keys() == {"first", "prev", "last"}
    assert links(reply)["prev"] == links(reply)["last"] == "/customers?per_page=2&page=2"


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=two", "page=1.5", "page=", "per_page=0", "per_page=101"],
)
def test_an_invalid_page_is_refused(shop: Shop, query: str) -> None:
    reply = shop.get(f"/customers?{query}")
    assert reply.status == 400
    assert problems(reply).keys() == {query.partition("=")[0]}


def test_a_list_without_resources_has_one_empty_page(shop: Shop) -> None:
    reply = shop.get("/customers/3/orders")
    assert (reply.json, reply.headers["X-Total-Count"]) == ([], "0")
    assert links(reply).keys() == {"first", "last"}


def test_filters_select_by_status_and_customer(shop: Shop) -> None:
    orders = shop.value("/orders")
    for status in ("placed", "paid", "shipped", "cancelled"):
        wanted = [each["id"] for each in orders if each["status"] == status]
        assert keys(shop, f"/orders?status={status}") == wanted != []
    both = [e["id"] for e in orders if (e["status"], e["customer_id"]) == ("placed", 2)]
    assert keys(shop, "/orders?status=placed&customer_id=2") == both
    assert keys(shop, "/customers/2/orders?status=placed") == both


def test_a_filter_for_no_order_is_an_empty_list(shop: Shop) -> None:
    assert shop.value("/orders?customer_id=99") == []


@pytest.mark.parametrize("query", ["status=lost", "customer_id=ada", "sort=note", "sort="])
def test_an_unknown_filter_value_or_order_is_refused(shop: Shop, query: str) -> None:
    reply = shop.get(f"/orders?{query}")
    assert reply.status == 400
    assert problems(reply).keys() == {query.partition("=")[0]}


def test_the_orders_of_an_unknown_customer_are_not_found(shop: Shop) -> None:
    reply = shop.get("/customers/99/orders")
    assert (reply.status, reply.json["title"]) == (404, "This customer does not exist")


@pytest.mark.parametrize("name", ["id", "created_at", "total"])
def test_sort_orders_a_list_in_both_directions(shop: Shop, name: str) -> None:
    values = [order[name] for order in shop.value(f"/orders?sort={name}")]
    assert values == sorted(values)
    backwards = [order[name] for order in shop.value(f"/orders?sort=-{name}")]
    assert backwards == sorted(values, reverse=True)


def test_the_newest_order_is_first(shop: Shop, ada: Shop) -> None:
    path = ada.placed()
    assert f"/orders/{keys(shop, '/orders')[0]}" == path


def test_equal_values_are_in_the_order_of_their_numbers(ada: Shop) -> None:
    """9 comes before 10: keys are compared as numbers."""
    for key in (10, 9):
        assert ada.post("/products", {"id": key, "name": "Same", "price": 5}).status == 201
    assert [key for key in keys(ada, "/products?sort=price") if key < 11] == [9, 10]


def test_a_list_follows_each_change(ada: Shop) -> None:
    before = keys(ada, "/orders?status=placed")
    path = ada.placed()
    key = int(path.rpartition("/")[2])
    assert keys(ada, "/orders?status=placed") == [key, *before]
    assert ada.post(f"{path}/pay").status == 200
    assert keys(ada, "/orders?status=placed") == before
    assert key in keys(ada, "/orders?status=paid")
    assert ada.delete(path).status == 204
    assert key not in keys(ada, "/orders")


def test_a_list_of_many_orders_has_full_pages(ada: Shop) -> None:
    for _ in range(30):
        assert ada.post("/orders", {"customer_id": 1, "items": ITEMS}).status == 201
    assert len(ada.value("/orders")) == 20
    assert ada.get("/orders").headers["X-Total-Count"] == "39"
    assert len(ada.value("/orders?per_page=100")) == 39
