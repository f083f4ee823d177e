"""HTTP/1.1 by hand over asyncio streams, and the routes."""

import asyncio
import json
import re
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from .board import SECRETS, Json, restart, written

LARGEST = 200_000


class RefusedError(Exception):
    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


INVALID = (400, "invalid_request")
NO_RELEASE = (404, "package_release_not_found")
NO_PACKAGE = (404, "package_not_found")
NO_ACCOUNT = (404, "account_not_found")


def once(pairs: list[tuple[str, Any]]) -> Json:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def no_constant(name: str) -> None:
    raise ValueError(name)


def json_in(call: Json, **kinds: type) -> Json:
    """The wanted members of the body."""
    media = call["headers"].get("content-type")
    wrong = (415, "unsupported_media_type")
    if media is None and call["body"] == b"":
        raise RefusedError(*INVALID)
    if media is None or media.split(";")[0].strip().lower() != "application/json":
        raise RefusedError(*wrong)
    if call["body"] is None:
        raise RefusedError(413, "content_too_large", connection="close")
    try:
        text = call["body"].decode()
        read = json.loads(text, object_pairs_hook=once, parse_constant=no_constant, parse_int=float)
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError(*INVALID) from None
    if not isinstance(read, dict):
        raise RefusedError(*INVALID)
    told = {name: read[name] for name in kinds if name in read}
    for name, value in told.items():
        if type(value) is not kinds[name] or value == "":
            raise RefusedError(*INVALID)
    return told


def query_in(call: Json, *names: str) -> dict[str, str]:
    try:
        pairs = urllib.parse.parse_qsl(call["query"], keep_blank_values=True, errors="strict")
    except ValueError:
        raise RefusedError(*INVALID) from None
    told: dict[str, str] = {}
    for name, value in pairs:
        if name in names and (name in told or value == ""):
            raise RefusedError(*INVALID)
        told[name] = value
    return {name: told[name] for name in names if name in told}


def whoami(call: Json) -> str:
    scheme, _, secret = call["headers"].get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or secret not in SECRETS:
        challenge = {"www-authenticate": 'Bearer realm="boards", error="invalid_token"'}
        raise RefusedError(401, "unauthorized", **challenge)
    return SECRETS[secret]


def package_named(board: Json, name: str) -> Json | None:
    return next((p for p in board["packages"].values() if p["name"] == name), None)


def get_release(board: Json, call: Json) -> Json:
    flag = query_in(call, "include_logs").get("include_logs", "true")
    if flag not in ("true", "false"):
        raise RefusedError(*INVALID)
    asked = json_in(
        call,
        package_release_id=str,
        package_name_with_version=str,
        package_name=str,
        package_id=str,
        is_latest=bool,
    )
    everything = list(board["releases"].values())
    latest = [r for r in everything if r["is_latest"]] if asked.get("is_latest") else []
    if (wanted := asked.get("package_release_id")) is not None:
        found = [r for r in everything if r["id"] == wanted]
    elif (wanted := asked.get("package_name_with_version")) is not None:
        names = {key: package["name"] for key, package in board["packages"].items()}
        dated = [r for r in everything if r["version"] is not None]
        found = [r for r in dated if f"{names[r['package']]}@{r['version']}" == wanted]
    elif asked.get("is_latest") and "package_name" in asked:
        package = package_named(board, asked["package_name"])
        if package is None:
            raise RefusedError(*NO_PACKAGE)
        found = [r for r in latest if r["package"] == package["package_id"]]
    elif asked.get("is_latest") and "package_id" in asked:
        found = [r for r in latest if r["package"] == asked["package_id"]]
    else:
        raise RefusedError(*INVALID)
    if not found:
        raise RefusedError(*NO_RELEASE)
    return {"package_release": written(found[0], logs=flag == "true"), "ok": True}


def list_releases(board: Json, call: Json) -> Json:
    asked = json_in(
        call, package_id=str, package_name=str, is_latest=bool, version=str, commit_sha=str
    )
    if len(asked.keys() & {"package_id", "package_name"}) != 1:
        raise RefusedError(*INVALID)
    key = asked.get("package_id")
    if key is None:
        key = (package_named(board, asked["package_name"]) or {}).get("package_id")
    shown = [written(r) for r in board["releases"].values() if r["package"] == key]
    for name in asked.keys() & {"is_latest", "version", "commit_sha"}:
        shown = [each for each in shown if each[name] == asked[name]]
    return {"package_releases": shown[::-1], "ok": True, "total": len(shown)}


def rebuild_release(board: Json, call: Json) -> Json:
    me = whoami(call)
    asked = json_in(call, package_release_id=str)
    if not asked:
        raise RefusedError(*INVALID)
    release = board["releases"].get(asked["package_release_id"])
    if release is None:
        raise RefusedError(*NO_RELEASE)
    if board["packages"][release["package"]]["creator_account_id"] != me:
        raise RefusedError(403, "forbidden")
    restart(board, release)
    return {"ok": True, "package_release": written(release, waiting=True)}


def package_by(board: Json, asked: Json) -> Json:
    if not asked:
        raise RefusedError(*INVALID)
    by_id = "package_id" in asked
    found = board["packages"].get(asked["package_id"]) if by_id else None
    if not by_id:
        found = package_named(board, asked["name"])
    if found is None:
        raise RefusedError(*NO_PACKAGE)
    return {"ok": True, "package": found}


def account_by(board: Json, asked: Json) -> Json:
    if not asked:
        raise RefusedError(*INVALID)
    name = "account_id" if "account_id" in asked else "github_username"
    for person in board["people"].values():
        if person[name] == asked[name]:
            return {"account": person}
    raise RefusedError(*NO_ACCOUNT)


def own_account(board: Json, call: Json) -> Json:
    asked = query_in(call, "account_id", "github_username")
    return account_by(board, asked or {"account_id": whoami(call)})


ROUTES: dict[str, dict[str, Callable[[Json, Json], Json]]] = {
    "/package_releases/get": {"POST": get_release},
    "/package_releases/list": {"POST": list_releases},
    "/package_releases/rebuild": {"POST": rebuild_release},
    "/packages/get": {
        "GET": lambda board, call: package_by(board, query_in(call, "package_id", "name")),
        "POST": lambda board, call: package_by(board, json_in(call, package_id=str, name=str)),
    },
    "/accounts/get": {
        "GET": own_account,
        "POST": lambda board, call: account_by(
            board, json_in(call, account_id=str, github_username=str)
        ),
    },
}


def reply(board: Json, call: Json) -> tuple[int, dict[str, str], Json | None]:
    """Status, headers, body."""
    routes = ROUTES.get(re.sub("^/api", "", call["path"]))
    try:
        if routes is None:
            raise RefusedError(404, "not_found")
        methods = ["OPTIONS", *routes, *(["HEAD"] if "GET" in routes else [])]
        if call["method"] == "OPTIONS":
            return 204, {"allow": ",".join(methods)}, None
        verb = "GET" if call["method"] == "HEAD" and "GET" in routes else call["method"]
        if verb not in routes:
            raise RefusedError(405, "method_not_allowed", allow=",".join(methods))
        return 200, {}, routes[verb](board, call)
    except RefusedError as no:
        told = {"message": f"Sorry: {no.code}", "error_code": no.code, "docs": "see the contract"}
        return no.status, no.headers, {"error": told}


async def converse(board: Json, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection; every answer goes in two chunks, and the connection is then closed."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.rstrip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (each.partition(":") for each in rest)}
        size = int(headers.get("content-length", 0))
        body = await reader.readexactly(size) if size <= LARGEST else None
        path, _, query = target.partition("?")
        call = {
            "method": method,
            "path": urllib.parse.unquote(path),
            "query": query,
            "headers": headers,
            "body": body,
        }
        status, extra, answer = reply(board, call)
        out = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "connection: close"]
        out += [f"{name}: {value}" for name, value in extra.items() if name != "connection"]
        content = b"" if answer is None else json.dumps(answer).encode()
        if answer is not None:
            out += ["content-type: application/json; charset=utf-8", "transfer-encoding: chunked"]
        writer.write("\r\n".join([*out, "", ""]).encode("latin-1"))
        if content and method != "HEAD":
            for part in (content[:7], content[7:], b""):
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
        await writer.drain()
        while body is None and await reader.read(1 << 16):
            pass  # else the client might not come to read the refusal
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        pass
    finally:
        writer.close()
