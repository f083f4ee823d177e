"""The operations of the API, and the route to each."""

import hmac
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from .builds import utc_now
from .database import read_transaction, write_transaction
from .releases import (
    find_account,
    find_package,
    find_release,
    find_releases,
    rebuild,
    serialize_package,
    serialize_release,
)
from .requests import Request, missing_criteria, read_body, read_flag, read_query
from .responses import ApiError, Response

# The documented keys of each request, with their types.
RELEASE_LOOKUP = {
    "package_release_id": str,
    "package_name_with_version": str,
    "package_name": str,
    "package_id": str,
    "is_latest": bool,
}
RELEASE_FILTERS = {"is_latest": bool, "version": str, "commit_sha": str}
RELEASE_LISTING = {"package_id": str, "package_name": str, **RELEASE_FILTERS}
REBUILD_REQUEST = {"package_release_id": str}
PACKAGE_LOOKUP = {"package_id": str, "name": str}
ACCOUNT_LOOKUP = {"account_id": str, "github_username": str}


@dataclass(frozen=True)
class App:
    """The settings of the server. build_ms: the duration of every build in milliseconds."""

    database: Path
    build_ms: int


def get_package_release(app: App, request: Request) -> dict[str, Any]:
    """Return one release. If a request has several criteria, the most specific one decides."""
    criteria = read_body(request, RELEASE_LOOKUP)
    with_logs = read_flag(request, "include_logs", default=True)
    latest = criteria.get("is_latest") is True
    with read_transaction(app.database) as db:
        if "package_release_id" in criteria:
            release_id = criteria["package_release_id"]
            release = find_release(db, "releases.package_release_id = ?", release_id)
        elif "package_name_with_version" in criteria:
            name_with_version = criteria["package_name_with_version"]
            release = find_release(db, "name || '@' || version = ?", name_with_version)
        elif "package_name" in criteria and latest:
            if find_package(db, "name = ?", criteria["package_name"]) is None:
                raise ApiError("package_not_found")
            release = find_release(db, "name = ? AND is_latest", criteria["package_name"])
        elif "package_id" in criteria and latest:
            package_id = criteria["package_id"]
            release = find_release(db, "releases.package_id = ? AND is_latest", package_id)
        else:
            raise missing_criteria(
                "package_release_id",
                "package_name_with_version",
                "package_name with is_latest: true",
                "package_id with is_latest: true",
            )
    if release is None:
        raise ApiError("package_release_not_found")
    return {"ok": True, "package_release": serialize_release(release, utc_now(), with_logs)}


def list_package_releases(app: App, request: Request) -> dict[str, Any]:
    """Return the releases of a package that match all filters."""
    criteria = read_body(request, RELEASE_LISTING)
    if ("package_id" in criteria) == ("package_name" in criteria):
        raise missing_criteria("package_id", "package_name, but not both")
    package_column = "releases.package_id" if "package_id" in criteria else "packages.name"
    values = [criteria.get("package_id", criteria.get("package_name"))]
    filters = [name for name in RELEASE_FILTERS if name in criteria]
    where = " AND ".join(f"{column} = ?" for column in (package_column, *filters))
    values += [criteria[name] for name in filters]
    with read_transaction(app.database) as db:
        releases = find_releases(db, where, *values)
    now = utc_now()
    bodies = [serialize_release(release, now) for release in releases]
    return {"ok": True, "package_releases": bodies}


def rebuild_package_release(app: App, request: Request) -> dict[str, Any]:
    """Queue a new build of a release. Only the owner of the package may do this."""
    with read_transaction(app.database) as db:
        account_id = authenticate(db, request)
    release_id = read_body(request, REBUILD_REQUEST).get("package_release_id")
    if release_id is None:
        raise missing_criteria("package_release_id")
    with write_transaction(app.database) as db:
        now = utc_now()
        release = get_release_or_404(db, release_id)
        if release["creator_account_id"] != account_id:
            raise ApiError("forbidden")
        rebuild(db, release, app.build_ms, now)
        rebuilt = get_release_or_404(db, release_id)
        return {"ok": True, "package_release": serialize_release(rebuilt, now)}


def get_package(app: App, request: Request) -> dict[str, Any]:
    return look_up_package(app, read_query(request, PACKAGE_LOOKUP))


def find_package_by_body(app: App, request: Request) -> dict[str, Any]:
    return look_up_package(app, read_body(request, PACKAGE_LOOKUP))


def get_account(app: App, request: Request) -> dict[str, Any]:
    """Return an account; without criteria, that of the bearer token."""
    criteria = read_query(request, ACCOUNT_LOOKUP)
    if not criteria:
        with read_transaction(app.database) as db:
            criteria = {"account_id": authenticate(db, request)}
    return look_up_account(app, criteria)


def find_account_by_body(app: App, request: Request) -> dict[str, Any]:
    return look_up_account(app, read_body(request, ACCOUNT_LOOKUP))


def look_up_package(app: App, criteria: dict[str, Any]) -> dict[str, Any]:
    with read_transaction(app.database) as db:
        if "package_id" in criteria:
            package = find_package(db, "packages.package_id = ?", criteria["package_id"])
        elif "name" in criteria:
            package = find_package(db, "name = ?", criteria["name"])
        else:
            raise missing_criteria("package_id", "name")
    if package is None:
        raise ApiError("package_not_found")
    return {"ok": True, "package": serialize_package(package)}


def look_up_account(app: App, criteria: dict[str, Any]) -> dict[str, Any]:
    with read_transaction(app.database) as db:
        if "account_id" in criteria:
            account = find_account(db, "account_id = ?", criteria["account_id"])
        elif "github_username" in criteria:
            account = find_account(db, "github_username = ?", criteria["github_username"])
        else:
            raise missing_criteria("account_id", "github_username")
    if account is None:
        raise ApiError("account_not_found")
    return {"account": dict(account)}


def get_release_or_404(db: sqlite3.Connection, release_id: str) -> sqlite3.Row:
    """Return the release with this id. Raise ApiError (404)."""
    release = find_release(db, "releases.package_release_id = ?", release_id)
    if release is None:
        raise ApiError("package_release_not_found")
    return release


def authenticate(db: sqlite3.Connection, request: Request) -> str:
    """Return the id of the account that the bearer token belongs to. Raise ApiError (401)."""
    credentials = request.headers.get_all("Authorization", [])
    scheme, _, token = "".join(credentials[:1]).partition(" ")
    if len(credentials) == 1 and scheme.lower() == "bearer":
        sent_token = token.strip(" ").encode("latin-1")
        # Compare every token in constant time: the response time must not reveal a part of one.
        for account_id, stored_token in db.execute("SELECT account_id, token FROM accounts"):
            if hmac.compare_digest(stored_token.encode("utf-8"), sent_token):
                return str(account_id)
    raise ApiError("unauthorized", {"WWW-Authenticate": "Bearer"})


Operation = Callable[[App, Request], dict[str, Any]]

ROUTES: dict[str, dict[str, Operation]] = {
    "/package_releases/get": {"POST": get_package_release},
    "/package_releases/list": {"POST": list_package_releases},
    "/package_releases/rebuild": {"POST": rebuild_package_release},
    "/packages/get": {"GET": get_package, "POST": find_package_by_body},
    "/accounts/get": {"GET": get_account, "POST": find_account_by_body},
}


def respond(app: App, request: Request) -> Response:
    """Return the response to a request. Never raises: an unexpected exception is a 500."""
    try:
        return route(app, request)
    except ApiError as error:
        return error.response()
    except Exception as error:  # noqa: BLE001 - a bug must not close the connection
        print(f"{request.method} {request.path:.100}: {error!r:.300}", file=sys.stderr, flush=True)
        return ApiError("internal_error").response()


def route(app: App, request: Request) -> Response:
    """Call the operation of a path and method. Raise ApiError (404, 405, and its own errors)."""
    operations = ROUTES.get(normalize_path(request.path).removeprefix("/api"))
    if operations is None:
        raise ApiError("not_found")
    head = {"HEAD": operations["GET"]} if "GET" in operations else {}
    allowed = {**operations, **head}
    allow = {"Allow": ", ".join(sorted([*allowed, "OPTIONS"]))}
    if request.method == "OPTIONS":
        return Response(204, headers=allow)
    if request.method not in allowed:
        raise ApiError("method_not_allowed", allow)
    return Response(200, allowed[request.method](app, request))


def normalize_path(path: str) -> str:
    """Return a path with normalized percent-encoding (RFC 3986, section 6.2.2)."""
    return "/".join(quote(unquote_to_bytes(part), safe="") for part in path.split("/"))
