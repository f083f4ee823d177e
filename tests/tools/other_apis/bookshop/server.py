"""An API of a bookshop in Flask, with a document that somebody wrote by hand.

The variable FAULT names a fault of the server, which breaks the document; see FAULTS.
"""

import os
from datetime import date
from functools import wraps

from flask import Blueprint, Flask, jsonify, request, url_for
from werkzeug.exceptions import HTTPException

FAULTS = (
    *("wrong-status", "missing-property", "wrong-type", "undocumented-status", "no-authentication"),
    *("crash", "another-resource", "still-found", "not-created", "missing-header"),
)
FAULT = os.environ.get("FAULT", "")
KEY = os.environ.get("API_KEY", "bookshop-key")
GENRES = ("fiction", "science", "history", "poetry")

AUTHORS = {
    1: {"id": 1, "name": "Ursula K. Le Guin", "born": 1929},
    2: {"id": 2, "name": "Bede", "born": None},
}
BOOKS = {}
REVIEWS = {}


def store(values):
    book_id = max(BOOKS, default=0) + 1
    BOOKS[book_id] = {
        "id": book_id,
        "copies": 0,
        "subtitle": None,
        "added_on": date.today().isoformat(),  # noqa: DTZ011
        **values,
    }
    REVIEWS[book_id] = []
    return BOOKS[book_id]


for title, author_id, genre in (
    ("The Dispossessed", 1, "fiction"),
    ("Always Coming Home", 1, None),
    ("The Reckoning of Time", 2, "science"),
):
    store({"title": title, "author_id": author_id, "price": 12.5, "genre": genre, "copies": 3})
REVIEWS[1].append({"id": 1, "book_id": 1, "stars": 5, "text": "I read it twice."})

app = Flask(__name__)
app.json.sort_keys = False
shop = Blueprint("shop", __name__, url_prefix="/shop")


class ApiError(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}


@app.errorhandler(ApiError)
def api_error(error):
    return jsonify(error=str(error)), error.status, error.headers


@app.errorhandler(HTTPException)
def http_error(error):
    response = jsonify(error=error.description)
    response.status_code = error.code
    if getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def key_required(view):
    @wraps(view)
    def checked(**values):
        if FAULT != "no-authentication" and request.headers.get("X-Api-Key") != KEY:
            raise ApiError(401, "Send a key", {"WWW-Authenticate": 'ApiKey realm="bookshop"'})
        return view(**values)

    return checked


def is_number(value, low, high, kinds=(int,)):
    return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


def whole_number(name, low, high, default=None):
    """Return a query parameter as an integer."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and low <= int(text[:20]) <= high):
        raise ApiError(400, f"{name} must be a whole number from {low} to {high}")
    return int(text)


def body():
    values = request.get_json()
    if not isinstance(values, dict):
        raise ApiError(400, "The body must be an object")
    return values


def book_values():
    values = body()
    title, genre = values.get("title"), values.get("genre")
    if not isinstance(title, str) or not 1 <= len(title) <= 200:
        raise ApiError(400, "title must be a text of 1 to 200 characters")
    if not is_number(values.get("author_id"), 1, 10**18, (int, float)):
        raise ApiError(400, "author_id must be a whole number")
    if values["author_id"] not in AUTHORS:
        raise ApiError(400, "author_id must be the id of an author")
    if not is_number(values.get("price"), 0, 10_000, (int, float)) or values["price"] == 0:
        raise ApiError(400, "price must be a number above 0, and at most 10000")
    if genre is not None and genre not in GENRES:
        raise ApiError(400, "genre must be one of " + ", ".join(GENRES))
    copies = values.get("copies", 0)
    if not is_number(copies, 0, 100_000, (int, float)) or copies != int(copies):
        raise ApiError(400, "copies must be a whole number from 0 to 100000")
    return {
        "title": title,
        "author_id": int(values["author_id"]),
        "price": values["price"],
        "genre": genre,
        "copies": int(copies),
    }


def find(resources, key, what):
    if key not in resources:
        raise ApiError(404, f"There is no such {what}")
    return resources[key]


def shown(book):
    """Return the JSON form of a book."""
    if FAULT == "missing-property":
        return {name: value for name, value in book.items() if name != "added_on"}
    return {**book, "price": str(book["price"])} if FAULT == "wrong-type" else book


@shop.get("/books")
def list_books():
    page, per_page = whole_number("page", 1, 10**18, 1), whole_number("per_page", 1, 50, 10)
    author, genre = whole_number("author", 1, 10**18), request.args.get("genre")
    available = request.args.get("available")
    if genre is not None and genre not in GENRES:
        raise ApiError(400, "genre must be one of " + ", ".join(GENRES))
    if available not in (None, "true", "false"):
        raise ApiError(400, "available must be true or false")
    books = sorted(BOOKS.values(), key=lambda book: -book["id"])
    if FAULT == "crash" and author == 2:
        raise KeyError(author)
    if author is not None:
        books = [book for book in books if book["author_id"] == author]
    if genre is not None:
        books = [book for book in books if book["genre"] == genre]
    if available is not None:
        books = [book for book in books if (book["copies"] > 0) == (available == "true")]
    first = (page - 1) * per_page
    response = jsonify([shown(book) for book in books[first : first + per_page]])
    if FAULT != "missing-header":
        response.headers["X-Total-Count"] = str(len(books))
    return response


@shop.post("/books")
@key_required
def add_book():
    book = store(book_values())
    headers = {"Location": url_for("shop.get_book", book_id=book["id"])}
    if FAULT == "not-created":
        BOOKS.pop(book["id"])
    return jsonify(book), 202 if FAULT == "wrong-status" else 201, headers


@shop.get("/books/<int:book_id>")
def get_book(book_id):
    book = find(BOOKS, book_id, "book")
    return jsonify(shown(BOOKS[min(BOOKS)] if FAULT == "another-resource" else book))


@shop.put("/books/<int:book_id>")
@key_required
def replace_book(book_id):
    book = find(BOOKS, book_id, "book")
    book.update(book_values())
    return jsonify(book)


@shop.delete("/books/<int:book_id>")
@key_required
def remove_book(book_id):
    find(BOOKS, book_id, "book")
    if FAULT != "still-found":
        del BOOKS[book_id], REVIEWS[book_id]
    return "", 204


@shop.get("/books/<int:book_id>/reviews")
def list_reviews(book_id):
    find(BOOKS, book_id, "book")
    return jsonify(REVIEWS[book_id])


@shop.post("/books/<int:book_id>/reviews")
def add_review(book_id):
    find(BOOKS, book_id, "book")
    if request.mimetype == "application/x-www-form-urlencoded":
        stars, text = request.form.get("stars", ""), request.form.get("text", "")
        stars = int(stars) if stars.isascii() and stars.isdecimal() and len(stars) < 9 else stars
    else:
        values = body()
        stars, text = values.get("stars"), values.get("text", "")
    if not is_number(stars, 1, 5, (int, float)) or stars != int(stars):
        raise ApiError(400, "stars must be a whole number from 1 to 5")
    if not isinstance(text, str) or len(text) > 500:
        raise ApiError(400, "text must be at most 500 characters long")
    if FAULT == "undocumented-status" and not text:
        return jsonify(error="Write a text"), 409
    review_id = sum(map(len, REVIEWS.values())) + 1
    review = {"id": review_id, "book_id": book_id, "stars": int(stars), "text": text}
    REVIEWS[book_id].append(review)
    return jsonify(review), 201


@shop.get("/authors")
def list_authors():
    return jsonify(list(AUTHORS.values()))


@shop.get("/authors/<int:author_id>")
def get_author(author_id):
    return jsonify(find(AUTHORS, author_id, "author"))


app.register_blueprint(shop)

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
