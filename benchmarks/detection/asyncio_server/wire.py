"""HTTP/1.1 over asyncio streams, and the routes."""

import asyncio
import json
import re
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from .board import USERS_BY_TOKEN, Json, restart, serialize

MAX_BODY_BYTES = 200_000


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


INVALID = (400, "invalid_request")
NO_RELEASE = (404, "package_release_not_found")
NO_PACKAGE = (404, "package_not_found")
NO_ACCOUNT = (404, "account_not_found")


def unique_keys(pairs: list[tuple[str, Any]]) -> Json:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def reject_constant(name: str) -> None:
    raise ValueError(name)


def read_body(request: Json, **kinds: type) -> Json:
    """Return the documented members of a JSON body."""
    media = request["headers"].get("content-type")
    unsupported = (415, "unsupported_media_type")
    if media is None and request["body"] == b"":
        raise ApiError(*INVALID)
    if media is None or media.split(";")[0].strip().lower() != "application/json":
        raise ApiError(*unsupported)
    if request["body"] is None:
        raise ApiError(413, "content_too_large", connection="close")
    try:
        text = request["body"].decode()
        value = json.loads(
            text, object_pairs_hook=unique_keys, parse_constant=reject_constant, parse_int=float
        )
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(*INVALID) from None
    if not isinstance(value, dict):
        raise ApiError(*INVALID)
    documented = {name: value[name] for name in kinds if name in value}
    for name, member in documented.items():
        if type(member) is not kinds[name] or member == "":
            raise ApiError(*INVALID)
    return documented


def read_query(request: Json, *names: str) -> dict[str, str]:
    try:
        pairs = urllib.parse.parse_qsl(request["query"], keep_blank_values=True, errors="strict")
    except ValueError:
        raise ApiError(*INVALID) from None
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in names and (name in parameters or value == ""):
            raise ApiError(*INVALID)
        parameters[name] = value
    return {name: parameters[name] for name in names if name in parameters}


def authenticate(request: Json) -> str:
    scheme, _, token = request["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token not in USERS_BY_TOKEN:
        challenge = {"www-authenticate": 'Bearer realm="boards", error="invalid_token"'}
        raise ApiError(401, "unauthorized", **challenge)
    return USERS_BY_TOKEN[token]


def package_named(board: Json, name: str) -> Json | None:
    return next((p for p in board["packages"].values() if p["name"] == name), None)


def get_release(board: Json, request: Json) -> Json:
    flag = read_query(request, "include_logs").get("include_logs", "true")
    if flag not in ("true", "false"):
        raise ApiError(*INVALID)
    criteria = read_body(
        request,
        package_release_id=str,
        package_name_with_version=str,
        package_name=str,
        package_id=str,
        is_latest=bool,
    )
    everything = list(board["releases"].values())
    latest = [r for r in everything if r["is_latest"]] if criteria.get("is_latest") else []
    if (value := criteria.get("package_release_id")) is not None:
        matches = [r for r in everything if r["id"] == value]
    elif (value := criteria.get("package_name_with_version")) is not None:
        names = {key: package["name"] for key, package in board["packages"].items()}
        versioned = [r for r in everything if r["version"] is not None]
        matches = [r for r in versioned if f"{names[r['package']]}@{r['version']}" == value]
    elif criteria.get("is_latest") and "package_name" in criteria:
        package = package_named(board, criteria["package_name"])
        if package is None:
            raise ApiError(*NO_PACKAGE)
        matches = [r for r in latest if r["package"] == package["package_id"]]
    elif criteria.get("is_latest") and "package_id" in criteria:
        matches = [r for r in latest if r["package"] == criteria["package_id"]]
    else:
        raise ApiError(*INVALID)
    if not matches:
        raise ApiError(*NO_RELEASE)
    return {"package_release": serialize(matches[0], logs=flag == "true"), "ok": True}


def list_releases(board: Json, request: Json) -> Json:
    criteria = read_body(
        request, package_id=str, package_name=str, is_latest=bool, version=str, commit_sha=str
    )
    if len(criteria.keys() & {"package_id", "package_name"}) != 1:
        raise ApiError(*INVALID)
    key = criteria.get("package_id")
    if key is None:
        key = (package_named(board, criteria["package_name"]) or {}).get("package_id")
    releases = [serialize(r) for r in board["releases"].values() if r["package"] == key]
    for name in criteria.keys() & {"is_latest", "version", "commit_sha"}:
        releases = [release for release in releases if release[name] == criteria[name]]
    return {"package_releases": releases[::-1], "ok": True, "total": len(releases)}


def rebuild_release(board: Json, request: Json) -> Json:
    user_id = authenticate(request)
    criteria = read_body(request, package_release_id=str)
    if not criteria:
        raise ApiError(*INVALID)
    release = board["releases"].get(criteria["package_release_id"])
    if release is None:
        raise ApiError(*NO_RELEASE)
    if board["packages"][release["package"]]["creator_account_id"] != user_id:
        raise ApiError(403, "forbidden")
    restart(board, release)
    return {"ok": True, "package_release": serialize(release, waiting=True)}


def package_by(board: Json, criteria: Json) -> Json:
    if not criteria:
        raise ApiError(*INVALID)
    by_id = "package_id" in criteria
    package = board["packages"].get(criteria["package_id"]) if by_id else None
    if not by_id:
        package = package_named(board, criteria["name"])
    if package is None:
        raise ApiError(*NO_PACKAGE)
    return {"ok": True, "package": package}


def account_by(board: Json, criteria: Json) -> Json:
    if not criteria:
        raise ApiError(*INVALID)
    name = "account_id" if "account_id" in criteria else "github_username"
    for user in board["users"].values():
        if user[name] == criteria[name]:
            return {"account": user}
    raise ApiError(*NO_ACCOUNT)


def own_account(board: Json, request: Json) -> Json:
    criteria = read_query(request, "account_id", "github_username")
    return account_by(board, criteria or {"account_id": authenticate(request)})


ROUTES: dict[str, dict[str, Callable[[Json, Json], Json]]] = {
    "/package_releases/get": {"POST": get_release},
    "/package_releases/list": {"POST": list_releases},
    "/package_releases/rebuild": {"POST": rebuild_release},
    "/packages/get": {
        "GET": lambda board, request: package_by(board, read_query(request, "package_id", "name")),
        "POST": lambda board, request: package_by(
            board, read_body(request, package_id=str, name=str)
        ),
    },
    "/accounts/get": {
        "GET": own_account,
        "POST": lambda board, request: account_by(
            board, read_body(request, account_id=str, github_username=str)
        ),
    },
}


def respond(board: Json, request: Json) -> tuple[int, dict[str, str], Json | None]:
    """Return the status, the headers and the body of a response."""
    routes = ROUTES.get(re.sub("^/api", "", request["path"]))
    try:
        if routes is None:
            raise ApiError(404, "not_found")
        methods = ["OPTIONS", *routes, *(["HEAD"] if "GET" in routes else [])]
        if request["method"] == "OPTIONS":
            return 204, {"allow": ",".join(methods)}, None
        verb = "GET" if request["method"] == "HEAD" and "GET" in routes else request["method"]
        if verb not in routes:
            raise ApiError(405, "method_not_allowed", allow=",".join(methods))
        return 200, {}, routes[verb](board, request)
    except ApiError as error:
        body = {"message": f"Sorry: {error.code}", "error_code": error.code, "docs": "the contract"}
        return error.status, error.headers, {"error": body}


async def handle_connection(
    board: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Send one response in two chunks, and close the connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        start_line, *rest = head.rstrip().split("\r\n")
        method, target, _ = start_line.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in rest)}
        size = int(headers.get("content-length", 0))
        body = await reader.readexactly(size) if size <= MAX_BODY_BYTES else None
        path, _, query = target.partition("?")
        request = {
            "method": method,
            "path": urllib.parse.unquote(path),
            "query": query,
            "headers": headers,
            "body": body,
        }
        status, extra, response = respond(board, request)
        out = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "connection: close"]
        out += [f"{name}: {value}" for name, value in extra.items() if name != "connection"]
        content = b"" if response is None else json.dumps(response).encode()
        if response is not None:
            out += ["content-type: application/json; charset=utf-8", "transfer-encoding: chunked"]
        writer.write("\r\n".join([*out, "", ""]).encode("latin-1"))
        if content and method != "HEAD":
            for part in (content[:7], content[7:], b""):
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
        await writer.drain()
        while body is None and await reader.read(1 << 16):
            pass  # closing with unread bytes could lose the response
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        pass
    finally:
        writer.close()
