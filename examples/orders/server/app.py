"""The orders API in Flask and SQLite. It shares no code with the tools that test it.

``--bug NAME`` (or the variable BUG) gives the server a bug, which breaks the document; see BUGS.
"""

import argparse
import hashlib
import json
import os

import bodies
import lists
import problems
from database import Database, now
from flask import Blueprint, Flask, jsonify, make_response, request, url_for
from problems import ProblemError
from werkzeug.exceptions import HTTPException

# Name → what the server does wrong
BUGS = {
    "patch-replaces": "PATCH removes the optional fields and the items that it does not contain",
    "put-recreates": "PUT sets created_at to the time of the request",
    "put-keeps": "PUT keeps the optional fields that the body does not contain",
    "delete-keeps": "DELETE responds with 204, and deletes nothing",
    "wrong-location": "Location leads to another resource",
    "not-listed": "the list lacks what was created",
    "page-repeats": "each page is the first one",
    "count-of-page": "X-Total-Count counts only the items on the page",
    "sort-ignored": "sort changes nothing",
    "filter-ignored": "the filter by status changes nothing",
    "if-match-ignored": "a change with a wrong If-Match is accepted",
    "same-etag": "the ETag stays the same after a change",
    "email-not-unique": "two customers can have the same e-mail",
    "id-overwrites": "a product with an existing id replaces the other one",
    "unknown-customer": "an order of a customer that does not exist is accepted",
    "total-without-quantity": "the total counts each item once",
    "ships-placed": "an order that is not paid can be shipped",
    "refused-but-applied": "an order that cannot be shipped gets 409, and is shipped all the same",
    "any-owner": "each customer can change the orders of the others",
}
STATUSES = ("placed", "paid", "shipped", "cancelled")
BUG = os.environ.get("BUG", "")

database = Database()


class App(Flask):
    def dispatch_request(self):
        """Run each request in its own transaction."""
        with database.transaction():
            return super().dispatch_request()


app = App(__name__)
app.json.sort_keys = False
app.json.ensure_ascii = False
shop = Blueprint("shop", __name__, url_prefix="/v1")
created = set()  # the tables and keys of new rows, for a bug


def has_bug(name):
    return name == BUG


def etag(row):
    value = row["id"] if has_bug("same-etag") else json.dumps(row, sort_keys=True)
    return f'"{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"'


def one(row, status=200, headers=None):
    """Return a response with one resource."""
    response = make_response(jsonify(row), status, headers or {})
    response.headers["ETag"] = etag(row)
    return response


def read(table, key):
    row = database.get(table, key)
    known = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
    if etag(row) in known or "*" in known:
        return "", 304, {"ETag": etag(row)}
    return one(row)


def caller():
    """Return the customer of the token. Raises ProblemError (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = database.find("customers", "token = ?", token.strip()) if token.strip() else None
    if scheme.lower() != "bearer" or found is None:
        raise ProblemError(401, headers={"WWW-Authenticate": "Bearer"})
    return found


def check_version(row):
    """Raise ProblemError (412) if the client wants to change another version."""
    wanted = request.headers.get("If-Match")
    tags = [each.strip() for each in (wanted or "*").split(",")]
    if "*" not in tags and etag(row) not in tags and not has_bug("if-match-ignored"):
        raise ProblemError(412)


def check_unique_email(email, key=None):
    other = database.find("customers", "email = ? AND id IS NOT ?", email, key)
    if other is not None and not has_bug("email-not-unique"):
        raise ProblemError(409, [("/email", "must be unique")])


def add(table, endpoint, values):
    time = now()
    row = database.insert(table, {**values, "created_at": time, "updated_at": time})
    created.add((table, row["id"]))
    shown = row["id"] + 1 if has_bug("wrong-location") else row["id"]
    return one(row, 201, {"Location": url_for(f"shop.{endpoint}", key=shown)})


def replace(table, row, values, optional):
    """Replace a row; fields that the values lack become null."""
    absent = {} if has_bug("put-keeps") else dict.fromkeys(optional)
    times = dict.fromkeys(["updated_at", *["created_at"] * has_bug("put-recreates")], now())
    return one(database.update(table, row["id"], {**absent, **values, **times}))


def remove(table, row):
    check_version(row)
    if not has_bug("delete-keeps"):
        database.delete(table, "id", row["id"])
        if table == "customers":
            database.delete("orders", "customer_id", row["id"])
    return "", 204


def listed(table, where="1", *values, order="id"):
    rows = database.all(table, where, *values, order=order)
    if has_bug("not-listed"):
        rows = [row for row in rows if (table, row["id"]) not in created]
    return lists.page(rows, has_bug)


def sorted_by(names, default):
    """Return the order of a list in SQL."""
    wanted = lists.one_of("sort", [*names, *(f"-{name}" for name in names)]) or default
    wanted = default if has_bug("sort-ignored") else wanted
    return f"{wanted.removeprefix('-')} {'DESC' if wanted.startswith('-') else 'ASC'}"


@shop.get("/customers")
def list_customers():
    return listed("customers")


@shop.post("/customers")
def create_customer():
    caller()
    values = bodies.body(bodies.CUSTOMER, ["email", "name"])
    check_unique_email(values["email"])
    return add("customers", "get_customer", values)


@shop.get("/customers/<int:key>")
def get_customer(key):
    return read("customers", key)


@shop.put("/customers/<int:key>")
def replace_customer(key):
    caller()
    values = bodies.body(bodies.CUSTOMER, ["email", "name"])
    row = database.get("customers", key)
    check_version(row)
    check_unique_email(values["email"], key)
    return replace("customers", row, values, ["phone", "address"])


@shop.patch("/customers/<int:key>")
def update_customer(key):
    caller()
    changes = bodies.patch(bodies.CUSTOMER_PATCH)
    row = database.get("customers", key)
    check_version(row)
    before = {name: row[name] for name in bodies.CUSTOMER if name in row}
    if has_bug("patch-replaces"):
        before = {"email": row["email"], "name": row["name"]}
    values = bodies.merged(before, changes)
    if problem := bodies.fields(bodies.CUSTOMER, ["email", "name"])(values):
        raise ProblemError(422, [("", problem)])
    check_unique_email(values["email"], key)
    absent = dict.fromkeys(bodies.CUSTOMER)
    return one(database.update("customers", key, {**absent, **values, "updated_at": now()}))


@shop.delete("/customers/<int:key>")
def delete_customer(key):
    caller()
    return remove("customers", database.get("customers", key))


@shop.get("/customers/<int:key>/orders")
def list_orders_of_customer(key):
    status = lists.one_of("status", STATUSES)
    database.get("customers", key)
    return listed_orders(status, key, "created_at DESC")


@shop.get("/products")
def list_products():
    return listed("products", order=sorted_by(["id", "name", "price"], "id"))


@shop.post("/products")
def create_product():
    caller()
    values = bodies.body(bodies.PRODUCT, ["name", "price"])
    if "id" in values and database.find("products", "id = ?", values["id"]):
        if not has_bug("id-overwrites"):
            raise ProblemError(409, [("/id", "must be unique")])
        database.delete("products", "id", values["id"])
    values.setdefault("id", database.free_key("products", bodies.MAX_KEY))
    return add("products", "get_product", values)


@shop.get("/products/<int:key>")
def get_product(key):
    return read("products", key)


@shop.put("/products/<int:key>")
def replace_product(key):
    caller()
    values = bodies.body(bodies.PRODUCT, ["name", "price"])
    row = database.get("products", key)
    check_version(row)
    values.pop("id", None)
    return replace("products", row, values, ["description"])


@shop.delete("/products/<int:key>")
def delete_product(key):
    caller()
    return remove("products", database.get("products", key))


def listed_orders(status, customer, order):
    conditions, values = ["1"], []
    if status is not None and not has_bug("filter-ignored"):
        conditions, values = [*conditions, "status = ?"], [*values, status]
    if customer is not None:
        conditions, values = [*conditions, "customer_id = ?"], [*values, customer]
    return listed("orders", " AND ".join(conditions), *values, order=order)


@shop.get("/orders")
def list_orders():
    status = lists.one_of("status", STATUSES)
    customer = lists.whole_number("customer_id", 1, bodies.MAX_KEY)
    return listed_orders(status, customer, sorted_by(["id", "created_at", "total"], "-created_at"))


def with_total(values):
    counts = (
        1 if has_bug("total-without-quantity") else each["quantity"] for each in values["items"]
    )
    prices = (each["unit_price"] for each in values["items"])
    return {
        **values,
        "total": sum(count * price for count, price in zip(counts, prices, strict=True)),
    }


def check_customer(values):
    """Raise ProblemError (422) if the customer of an order does not exist."""
    if database.find("customers", "id = ?", values["customer_id"]) is None:
        raise ProblemError(422, [("/customer_id", "must be the id of a customer")])


def own_order(key, customer):
    """Return an order that the customer may change. Raises ProblemError: 404, 403, 412."""
    row = database.get("orders", key)
    if row["customer_id"] != customer["id"] and not has_bug("any-owner"):
        raise ProblemError(403)
    check_version(row)
    return row


@shop.post("/orders")
def create_order():
    customer = caller()
    values = bodies.body(bodies.ORDER, ["customer_id", "items"])
    if not has_bug("unknown-customer"):
        check_customer(values)
        if values["customer_id"] != customer["id"] and not has_bug("any-owner"):
            raise ProblemError(403)
    return add("orders", "get_order", with_total(values))


@shop.get("/orders/<int:key>")
def get_order(key):
    return read("orders", key)


@shop.put("/orders/<int:key>")
def replace_order(key):
    customer = caller()
    values = bodies.body(bodies.ORDER, ["customer_id", "items"])
    row = own_order(key, customer)
    check_status(row, ["placed"])
    check_customer(values)
    return replace("orders", row, with_total(values), ["note"])


@shop.patch("/orders/<int:key>")
def update_order(key):
    customer = caller()
    changes = bodies.patch(bodies.ORDER)
    row = own_order(key, customer)
    check_status(row, ["placed"])
    before = {name: row[name] for name in bodies.ORDER if name in row}
    if has_bug("patch-replaces"):
        before = {"customer_id": row["customer_id"], "items": []}
    values = {"note": None, **bodies.merged(before, changes)}
    check_customer(values)
    return one(database.update("orders", key, {**with_total(values), "updated_at": now()}))


@shop.delete("/orders/<int:key>")
def delete_order(key):
    customer = caller()
    return remove("orders", own_order(key, customer))


def check_status(row, allowed):
    if row["status"] not in allowed:
        raise ProblemError(409, [("/status", f"must be {' or '.join(allowed)}")])


def moved(key, allowed, status, timestamp=None):
    """Give an order another status. Raises ProblemError: 401, 404, 403, 409."""
    row, time = own_order(key, caller()), now()
    changes = {"status": status, "updated_at": time} | ({timestamp: time} if timestamp else {})
    if status == "shipped" and row["status"] == "placed":
        if has_bug("ships-placed"):
            allowed = ["placed", "paid"]
        if has_bug("refused-but-applied"):
            database.update("orders", key, {**changes, "paid_at": time})
            database.commit()
    if has_bug("ships-placed") and status == "shipped":
        changes["paid_at"] = row["paid_at"] or time
    check_status(row, allowed)
    return one(database.update("orders", key, changes))


@shop.post("/orders/<int:key>/pay")
def pay_order(key):
    return moved(key, ["placed"], "paid", "paid_at")


@shop.post("/orders/<int:key>/ship")
def ship_order(key):
    return moved(key, ["paid"], "shipped", "shipped_at")


@shop.post("/orders/<int:key>/cancel")
def cancel_order(key):
    return moved(key, ["placed", "paid"], "cancelled")


app.register_blueprint(shop)
app.register_error_handler(ProblemError, problems.response)
app.register_error_handler(HTTPException, problems.of_framework)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=3301)
    parser.add_argument("--bug", choices=BUGS, default=BUG, metavar="NAME", help=", ".join(BUGS))
    options = parser.parse_args()
    BUG = options.bug
    app.run(port=options.port, threaded=True)
