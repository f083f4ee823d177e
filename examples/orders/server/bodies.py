"""Check bodies: each field has a function that returns what is wrong with a value, or None."""

import json
import re

from flask import request
from problems import ProblemError

MAX_KEY, MAX_PRICE = 2**31 - 1, 100_000_000
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
SURROGATE = re.compile("[\ud800-\udfff]")


def text(low, high, null=False, pattern=None):
    def check(value):
        if value is None and null:
            return None
        if not isinstance(value, str) or SURROGATE.search(value):
            return "must be text"
        if not low <= len(value) <= high:
            return f"must have {low} to {high} characters"
        return "must have another form" if pattern and not pattern.fullmatch(value) else None

    return check


def number(low, high):
    def check(value):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a whole number"
        if isinstance(value, float) and not value.is_integer():
            return "must be a whole number"
        return None if low <= value <= high else f"must be from {low} to {high}"

    return check


def fields(checks, required=(), null=False):
    """Return the check of an object with these fields. Other fields are ignored."""

    def check(value):
        if value is None and null:
            return None
        if not isinstance(value, dict):
            return "must be an object"
        missing = [name for name in required if name not in value]
        if missing:
            return f"{missing[0]} is required"
        found = ((name, checks[name](each)) for name, each in value.items() if name in checks)
        return next((f"{name}: {problem}" for name, problem in found if problem), None)

    return check


def items(value):
    if not isinstance(value, list) or len(value) > 200:
        return "must be a list of at most 200 items"
    return next((problem for each in value if (problem := ITEM(each))), None)


ITEM_FIELDS = {
    "product_id": number(1, MAX_KEY),
    "quantity": number(1, 1000),
    "unit_price": number(0, MAX_PRICE),
}
ITEM = fields(ITEM_FIELDS, list(ITEM_FIELDS))
PARTS = {"street": text(1, 200), "city": text(1, 200), "postcode": text(0, 20)}
ADDRESS = fields(PARTS, ["street", "city"])
CUSTOMER = {
    "email": text(3, 254, pattern=EMAIL),
    "name": text(1, 200),
    "phone": text(1, 40),
    "address": ADDRESS,
}
# A merge patch can remove optional fields with null, and contain a part of the address.
CUSTOMER_PATCH = CUSTOMER | {
    "phone": text(1, 40, null=True),
    "address": fields(PARTS | {"postcode": text(0, 20, null=True)}, null=True),
}
PRODUCT = {
    "id": number(1, MAX_KEY),
    "name": text(1, 200),
    "description": text(0, 2000),
    "price": number(0, MAX_PRICE),
}
ORDER = {"customer_id": number(1, MAX_KEY), "items": items, "note": text(0, 1000, null=True)}


def body(checks, required=(), media_type="application/json"):
    """Return the fields of the body. Raises ProblemError: 415, 400."""
    if request.mimetype != media_type:
        raise ProblemError(415)
    try:
        value = json.loads(request.get_data(), parse_constant=_reject)
    except (ValueError, RecursionError):
        raise ProblemError(400, [("", "must be JSON")]) from None
    if problem := fields(checks, required)(value):
        raise ProblemError(400, [("", problem)])
    return _known(value, checks)


def patch(checks):
    """Return a JSON merge patch. Raises ProblemError: 415, 400."""
    return body(checks, media_type="application/merge-patch+json")


def merged(value, changes):
    """Return a value with a JSON merge patch applied (RFC 7396)."""
    if not isinstance(changes, dict):
        return changes
    result = dict(value) if isinstance(value, dict) else {}
    for name, change in changes.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), change)
    return result


def _reject(name):
    raise ValueError(name)


def _known(value, names):
    """Return an object without the fields that the document does not describe."""
    result = {}
    for name in (each for each in value if each in names):
        each = value[name]
        if isinstance(each, dict):
            each = _known(each, PARTS)
        elif isinstance(each, list):
            each = [_known(item, ITEM_FIELDS) for item in each]
        result[name] = _whole(each)
    return result


def _whole(value):
    """Return a value with whole numbers as integers: 1.0 and 1 are equal in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
