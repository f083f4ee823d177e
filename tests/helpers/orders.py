"""Call the orders API of examples/orders, as a customer or as nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.helpers.requests import Reply, call

FOLDER = Path(__file__).parents[2] / "examples" / "orders"
DOCUMENT, FIXTURES = FOLDER / "openapi.yaml", FOLDER / "fixtures"
TOKENS = ("ada-token", "grace-token")  # of the customers 1 and 2
ADA, GRACE = 1, 2
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
PREFIX = "/v1"
ITEMS = [{"product_id": 101, "quantity": 2, "unit_price": 690}]


@dataclass(frozen=True)
class Shop:
    """A session of a server of the orders API.

    address: scheme, host and port, and the session. headers: of every request.
    """

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_customer(self, token: str) -> "Shop":
        """Return the same session with the token of a customer."""
        return replace(self, headers={"Authorization": f"Bearer {token}"})

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Reply:
        """Send a request. headers: with ``_`` for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        merge_patch = MERGE_PATCH if method == "PATCH" else {}
        every = {**self.headers, **merge_patch, **named}
        return call(self.address + PREFIX, method, path, body, every)

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Reply:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: object, **headers: str) -> Reply:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: object, **headers: str) -> Reply:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.send("DELETE", path, **headers)

    def value(self, path: str) -> Any:
        """Return the value at a path, which must exist."""
        reply = self.get(path)
        assert reply.status == 200, reply.content
        return reply.json

    def placed(self, customer: int = ADA) -> str:
        """Place an order; return its path."""
        reply = self.post("/orders", {"customer_id": customer, "items": ITEMS})
        assert reply.status == 201, reply.content
        return f"/orders/{reply.json['id']}"

    def control(self, path: str, body: object = None, method: str = "POST") -> Any:
        """Call the control API of the mock in this session."""
        reply = call(self.address, method, f"/_mock/{path}", body)
        assert 200 <= reply.status < 300, reply.content
        return reply.json if reply.content else None


def problems(reply: Reply) -> dict[str, str]:
    """Return what problem details say: JSON pointer → text."""
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["status"] == reply.status
    return {error["pointer"]: error["detail"] for error in reply.json.get("errors", ())}


def links(reply: Reply) -> dict[str, str]:
    """Return the paths in the header ``Link`` by their relations, without the prefix."""
    parts = (link.split("; rel=") for link in reply.headers["Link"].split(", "))
    return {name.strip('"'): url.strip("<>").split(PREFIX, 1)[1] for url, name in parts}
