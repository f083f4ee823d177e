"""Defects of requests, errors, headers and connections."""

import re
from dataclasses import replace

from .data import Json
from .edits import Defect, edit, every, header, status, without_header
from .messages import Request, Response, parse_json, strict_body

RULES = "/info/description"
REQUIREMENTS = "/x-requirements"
UNKNOWN = "Unknown keys in a request body are ignored."
ORDER = "Errors are checked in this order: 401, 415, 413, 400, 404, 403."
ORDER_AT = "/paths/~1package_releases~1rebuild/post/description"
ISSUES = "/components/schemas/Issues"


def crash_on_huge(body: bytes) -> Json:
    """Parse a body; a number with hundreds of digits ends in an error of the server."""
    if re.search(rb"\d{300}", body):
        raise OverflowError("int too large to convert to float")
    return strict_body(body)


def crash_on_deep(body: bytes) -> Json:
    """Parse a body; deep nesting ends in an error of the server."""
    if body.count(b"[") + body.count(b"{") > 500:
        raise RecursionError
    return strict_body(body)


def first_of_duplicates(body: bytes) -> Json:
    """Parse a body; a repeated key is valid."""
    return parse_json(body, unique=False)


def sent_token(request: Request, response: Response) -> bool:
    """Match rejected tokens, but not their absence."""
    return response.status == 401 and "authorization" in request.headers


HTTP = {
    "body-before-token": Defect(
        "the body is checked before the token",
        ORDER,
        ORDER_AT,
        {"checks": ("media", "size", "body", "credentials")},
    ),
    "size-before-media": Defect(
        "the size is checked before the media type",
        ORDER,
        ORDER_AT,
        {"checks": ("credentials", "size", "media", "body")},
    ),
    "small-limit": Defect(
        "a body of exactly 16 KiB is too large",
        "The body is larger than the limit of the server, which is at least 16 KiB",
        "/components/responses/ContentTooLarge/description",
        {"limit": 16_383},
    ),
    "no-media-type": Defect(
        "a body without a media type is valid",
        "A request body with another content type than application/json returns 415.",
        f"{REQUIREMENTS}/media-type/text",
        {"is_json": lambda text: text.split(";")[0].strip().lower() in ("", "application/json")},
    ),
    "duplicate-keys": Defect(
        "a repeated key is valid",
        "A JSON object with the same key twice (RFC 8259, section 4) returns 400.",
        f"{REQUIREMENTS}/json-unique-keys/text",
        {"parse": first_of_duplicates},
    ),
    "huge-number": Defect(
        "a huge number in an unknown key is 500", UNKNOWN, RULES, {"parse": crash_on_huge}
    ),
    "deep-nesting": Defect(
        "deep nesting in an unknown key is 500", UNKNOWN, RULES, {"parse": crash_on_deep}
    ),
    "unknown-key": Defect("an unknown key is not valid", UNKNOWN, RULES, {"unknown_keys": False}),
    "first-issue-only": Defect(
        "only the first error of a request has an issue",
        "Each error in the request, with its location",
        f"{ISSUES}/description",
        {"edit_issues": lambda issues: issues[:1]},
    ),
    "pointer-without-slash": Defect(
        "the pointer of an issue has no leading slash",
        "The JSON pointer (RFC 6901) into the body, or the name of the query parameter",
        f"{ISSUES}/items/properties/pointer/description",
        {"edit_issues": lambda issues: [replace(i, pointer=i.pointer.lstrip("/")) for i in issues]},
    ),
    "allow-without-head": Defect(
        "OPTIONS of a path with GET does not name HEAD",
        "Allow lists all methods of a path, with OPTIONS, and HEAD beside GET",
        f"{REQUIREMENTS}/allow/text",
        header(
            "Allow",
            "GET, POST, OPTIONS",
            lambda request, response: (
                response.status == 204 and request.path.endswith(("packages/get", "accounts/get"))
            ),
        ),
    ),
    "no-challenge": Defect(
        "the error for an unknown token has no WWW-Authenticate",
        "The scheme to use (RFC 6750, section 3)",
        "/components/responses/Unauthorized/headers/WWW-Authenticate",
        without_header("WWW-Authenticate", sent_token),
    ),
    "trailing-slash": Defect(
        "a path with a trailing slash is the same path",
        "A path with a trailing slash is a different path.",
        f"{REQUIREMENTS}/trailing-slash/text",
        {"route": lambda path: path.rstrip("/")},
    ),
    "reset": Defect(
        "every ninth success is a reset connection",
        "The release",
        "/paths/~1package_releases~1get/post/responses/200",
        edit(every(9, status(200)), fault="reset"),
    ),
    "cut": Defect(
        "every ninth success is cut in half",
        "The release",
        "/paths/~1package_releases~1get/post/responses/200",
        edit(every(9, status(200)), fault="cut", stream=None),
    ),
}
