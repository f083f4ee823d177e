"""Pages of a list: the query parameters, and the headers ``Link`` and ``X-Total-Count``."""

from urllib.parse import urlencode

from flask import jsonify, request
from problems import ProblemError

MAX_PER_PAGE, PER_PAGE = 100, 20


def whole_number(name, low, high, default=None):
    """Return a query parameter as an integer. Raises ProblemError (400)."""
    given = request.args.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and low <= int(given[:20]) <= high):
        raise ProblemError(400, [(name, f"must be a whole number from {low} to {high}")])
    return int(given)


def one_of(name, values):
    """Return a query parameter that has one of these values; None without it."""
    given = request.args.get(name)
    if given is not None and given not in values:
        raise ProblemError(400, [(name, "must be one of " + ", ".join(values))])
    return given


def page(rows, has_bug):
    """Return the page of rows that the request wants. Raises ProblemError (400)."""
    number = whole_number("page", 1, 10**18, 1)
    size = whole_number("per_page", 1, MAX_PER_PAGE, PER_PAGE)
    start = 0 if has_bug("page-repeats") else (number - 1) * size
    shown, last = rows[start : start + size], max((len(rows) - 1) // size + 1, 1)
    positions = {"first": 1, "last": last}
    if number > 1:
        positions["prev"] = min(number - 1, last)
    if number < last:
        positions["next"] = number + 1
    others = [pair for pair in request.args.items(multi=True) if pair[0] != "page"]
    links = (
        f'<{request.path}?{urlencode([*others, ("page", position)])}>; rel="{relation}"'
        for relation, position in positions.items()
    )
    response = jsonify(shown)
    response.headers["Link"] = ", ".join(links)
    response.headers["X-Total-Count"] = str(len(shown if has_bug("count-of-page") else rows))
    return response
