"""The operations of the API, and which path and method leads to each."""

import hmac
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from .answers import Answer, ApiError
from .builds import moment
from .database import reading, writing
from .releases import (
    find_account,
    find_package,
    find_release,
    find_releases,
    package_answer,
    rebuild,
    release_answer,
)
from .requests import Request, needs, read_body, read_flag, read_query

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
    """A database, and how many milliseconds a build on it lasts."""

    database: Path
    build_ms: int


def get_package_release(app: App, request: Request) -> dict[str, Any]:
    asked = read_body(request, RELEASE_LOOKUP)
    with_logs = read_flag(request, "include_logs", default=True)
    latest = asked.get("is_latest") is True
    with reading(app.database) as db:
        if "package_release_id" in asked:
            release_id = asked["package_release_id"]
            release = find_release(db, "releases.package_release_id = ?", release_id)
        elif "package_name_with_version" in asked:
            name_with_version = asked["package_name_with_version"]
            release = find_release(db, "name || '@' || version = ?", name_with_version)
        elif "package_name" in asked and latest:
            if find_package(db, "name = ?", asked["package_name"]) is None:
                raise ApiError("package_not_found")
            release = find_release(db, "name = ? AND is_latest", asked["package_name"])
        elif "package_id" in asked and latest:
            release = find_release(db, "releases.package_id = ? AND is_latest", asked["package_id"])
        else:
            raise needs(
                "package_release_id",
                "package_name_with_version",
                "package_name with is_latest: true",
                "package_id with is_latest: true",
            )
    if release is None:
        raise ApiError("package_release_not_found")
    return {"ok": True, "package_release": release_answer(release, moment(), with_logs)}


def list_package_releases(app: App, request: Request) -> dict[str, Any]:
    asked = read_body(request, RELEASE_LISTING)
    if ("package_id" in asked) == ("package_name" in asked):
        raise needs("package_id", "package_name, and not both")
    whose = "releases.package_id" if "package_id" in asked else "packages.name"
    values = [asked.get("package_id", asked.get("package_name"))]
    filters = [name for name in RELEASE_FILTERS if name in asked]
    where = " AND ".join(f"{column} = ?" for column in (whose, *filters))
    values += [asked[name] for name in filters]
    with reading(app.database) as db:
        releases = find_releases(db, where, *values)
    now = moment()
    return {"ok": True, "package_releases": [release_answer(found, now) for found in releases]}


def rebuild_package_release(app: App, request: Request) -> dict[str, Any]:
    with reading(app.database) as db:
        account_id = caller(db, request)
    release_id = read_body(request, REBUILD_REQUEST).get("package_release_id")
    if release_id is None:
        raise needs("package_release_id")
    with writing(app.database) as db:
        now = moment()
        release = release_by_id(db, release_id)
        if release["creator_account_id"] != account_id:
            raise ApiError("forbidden")
        rebuild(db, release, app.build_ms, now)
        return {"ok": True, "package_release": release_answer(release_by_id(db, release_id), now)}


def get_package(app: App, request: Request) -> dict[str, Any]:
    return package_asked_for(app, read_query(request, PACKAGE_LOOKUP))


def find_package_by_body(app: App, request: Request) -> dict[str, Any]:
    return package_asked_for(app, read_body(request, PACKAGE_LOOKUP))


def get_account(app: App, request: Request) -> dict[str, Any]:
    asked = read_query(request, ACCOUNT_LOOKUP)
    if not asked:
        with reading(app.database) as db:
            asked = {"account_id": caller(db, request)}
    return account_asked_for(app, asked)


def find_account_by_body(app: App, request: Request) -> dict[str, Any]:
    return account_asked_for(app, read_body(request, ACCOUNT_LOOKUP))


def package_asked_for(app: App, asked: dict[str, Any]) -> dict[str, Any]:
    with reading(app.database) as db:
        if "package_id" in asked:
            package = find_package(db, "packages.package_id = ?", asked["package_id"])
        elif "name" in asked:
            package = find_package(db, "name = ?", asked["name"])
        else:
            raise needs("package_id", "name")
    if package is None:
        raise ApiError("package_not_found")
    return {"ok": True, "package": package_answer(package)}


def account_asked_for(app: App, asked: dict[str, Any]) -> dict[str, Any]:
    with reading(app.database) as db:
        if "account_id" in asked:
            account = find_account(db, "account_id = ?", asked["account_id"])
        elif "github_username" in asked:
            account = find_account(db, "github_username = ?", asked["github_username"])
        else:
            raise needs("account_id", "github_username")
    if account is None:
        raise ApiError("account_not_found")
    return {"account": dict(account)}


def release_by_id(db: sqlite3.Connection, release_id: str) -> sqlite3.Row:
    release = find_release(db, "releases.package_release_id = ?", release_id)
    if release is None:
        raise ApiError("package_release_not_found")
    return release


def caller(db: sqlite3.Connection, request: Request) -> str:
    """The account whose token came with the request. Raises ApiError (401)."""
    credentials = request.headers.get_all("Authorization", [])
    scheme, _, token = "".join(credentials[:1]).partition(" ")
    if len(credentials) == 1 and scheme.lower() == "bearer":
        sent = token.strip(" ").encode("latin-1")
        for account_id, known in db.execute("SELECT account_id, token FROM accounts"):
            if hmac.compare_digest(known.encode("utf-8"), sent):
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


def respond(app: App, request: Request) -> Answer:
    """The answer to any request; never raises."""
    try:
        return route(app, request)
    except ApiError as error:
        return error.answer()
    except Exception as error:  # noqa: BLE001 - whatever breaks, the client gets an answer
        print(f"{request.method} {request.path:.100}: {error!r:.300}", file=sys.stderr, flush=True)
        return ApiError("internal_error").answer()


def route(app: App, request: Request) -> Answer:
    operations = ROUTES.get(plain_path(request.path).removeprefix("/api"))
    if operations is None:
        raise ApiError("not_found")
    head = {"HEAD": operations["GET"]} if "GET" in operations else {}
    allowed = {**operations, **head}
    allow = {"Allow": ", ".join(sorted([*allowed, "OPTIONS"]))}
    if request.method == "OPTIONS":
        return Answer(204, headers=allow)
    if request.method not in allowed:
        raise ApiError("method_not_allowed", allow)
    return Answer(200, allowed[request.method](app, request))


def plain_path(path: str) -> str:
    """The path without needless percent-encoding; an encoded slash separates nothing."""
    return "/".join(quote(unquote_to_bytes(part), safe="") for part in path.split("/"))
