"""The routes. faults.yaml lists where they break the contract."""

import json
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
ACCOUNTS = {
    "testuser-token": {"account_id": "account-1234", "github_username": "testuser"},
    "otheruser-token": {"account_id": "account_2", "github_username": "otheruser"},
}
PACKAGES = [
    {
        "package_id": key,
        "creator_account_id": owner,
        "owner_org_id": None,
        "owner_github_username": name.strip("@").partition("/")[0],
        "name": name,
        "unscoped_name": name.partition("/")[2],
        "is_starred": False,
    }
    for key, owner, name in (
        ("p1", "account-1234", "testuser/my-test-board"),
        ("p2", "account-1234", "@testuser/led-matrix"),
        ("p3", "account_2", "otheruser/power-supply"),
    )
]
DONE = {
    "display_status": "successful",
    "total_build_duration_ms": 9000,
    "transpilation_display_status": "successful",
    "transpilation_started_at": "2025-05-01T10:00:00.000Z",
    "transpilation_completed_at": "2025-05-01T10:00:04.000Z",
    "transpilation_logs": [{"msg": "Transpiled"}],
    "circuit_json_build_display_status": "successful",
    "circuit_json_build_started_at": "2025-05-01T10:00:04.000Z",
    "circuit_json_build_completed_at": "2025-05-01T10:00:09.000Z",
    "circuit_json_build_logs": [{"msg": "Wrote circuit.json"}],
}


def release(key: str, package: str, version: str, day: int, latest: bool, **more: Any) -> Json:
    pending: Json = {"display_status": "pending"}
    for process in ("transpilation", "circuit_json_build"):
        pending[f"{process}_display_status"] = "pending"
        pending[f"{process}_in_progress"] = False
        pending[f"{process}_logs"] = []
        pending[f"{process}_is_stale"] = False
    return {
        "package_release_id": key,
        "package_id": package,
        "version": version,
        "is_locked": False,
        "is_latest": latest,
        "created_at": f"2025-05-{day:02}T09:00:00.000Z",
        **pending,
        **more,
    }


RELEASES = [
    release("r1", "p1", "1.0.0", 1, True, **DONE),
    release("r2", "p1", "1.1.0-beta", 2, False),
    release("r3", "p2", "0.1.0", 3, True),
    release("r4", "p3", "2.0.0", 4, True, **DONE),
]


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def unknown(kind: str) -> ApiError:
    message = f"{kind.replace('_', ' ').capitalize()} not found"
    return ApiError(404, {"error": {"error_code": f"{kind}_not_found", "message": message}})


def invalid(message: str) -> ApiError:
    stack = f"BadRequestError: {message}\n    at withInput (file://{__file__}:88:13)"
    return ApiError(400, {"message": message, "stack": stack})


def check_types(criteria: Json, *names: str) -> None:
    for name in names:
        if name in criteria and not isinstance(criteria[name], str):
            raise invalid(f"Invalid input: expected string for {name}")
    if not isinstance(criteria.get("is_latest", False), bool):
        raise invalid("Invalid input: expected boolean for is_latest")


def first(items: Iterable[Json], kind: str) -> Json:
    item = next(iter(items), None)
    if item is None:
        raise unknown(kind)
    return item


def find_release(criteria: Json, _token: str) -> Json:
    check_types(
        criteria, "package_release_id", "package_name_with_version", "package_name", "package_id"
    )
    newest = sorted(RELEASES, key=lambda release: release["created_at"], reverse=True)
    if "package_release_id" in criteria:
        release_id = criteria["package_release_id"]
        match = first(
            (r for r in RELEASES if r["package_release_id"] == release_id), "package_release"
        )
    elif "package_name_with_version" in criteria:
        name, _, version = criteria["package_name_with_version"].partition("@")
        package = next((p for p in PACKAGES if p["name"] == name), {"package_id": None})
        match = first(
            (
                r
                for r in RELEASES
                if (r["package_id"], r["version"]) == (package["package_id"], version)
            ),
            "package_release",
        )
    elif "package_name" in criteria and criteria.get("is_latest"):
        package = first((p for p in PACKAGES if p["name"] == criteria["package_name"]), "package")
        match = first(
            (r for r in newest if r["package_id"] == package["package_id"]), "package_release"
        )
    elif "package_id" in criteria and criteria.get("is_latest"):
        match = first(
            (r for r in newest if r["package_id"] == criteria["package_id"]), "package_release"
        )
    else:
        raise invalid("package_release_id or package_name_with_version is required")
    return {"ok": True, "package_release": match}


def list_releases(criteria: Json, _token: str) -> Json:
    check_types(criteria, "package_id", "package_name", "version", "commit_sha")
    if ("package_id" in criteria) == ("package_name" in criteria):
        raise invalid("Exactly one of package_id and package_name is required")
    names = {package["package_id"]: package["name"] for package in PACKAGES}
    releases = [
        r
        for r in RELEASES
        if criteria.get("package_id", r["package_id"]) == r["package_id"]
        and criteria.get("package_name", names[r["package_id"]]) == names[r["package_id"]]
        and all(
            r.get(name) == criteria[name]
            for name in ("is_latest", "version", "commit_sha")
            if name in criteria
        )
    ]
    return {"ok": True, "package_releases": releases}


def rebuild(criteria: Json, _token: str) -> Json:
    check_types(criteria, "package_release_id")
    if "package_release_id" not in criteria:
        raise invalid("package_release_id is required")
    return find_release({"package_release_id": criteria["package_release_id"]}, "")


def find_package(criteria: Json, _token: str) -> Json:
    check_types(criteria, "package_id", "name")
    if not criteria.keys() & {"package_id", "name"}:
        raise invalid("package_id or name is required")
    key = "package_id" if "package_id" in criteria else "name"
    return {
        "ok": True,
        "package": first((p for p in PACKAGES if p[key] == criteria[key]), "package"),
    }


def own_account(_criteria: Json, token: str) -> Json:
    return {"account": ACCOUNTS.get(token, ACCOUNTS["testuser-token"])}


def find_account(criteria: Json, _token: str) -> Json:
    check_types(criteria, "github_username")
    if "github_username" not in criteria:
        raise invalid("github_username is required")
    name = criteria["github_username"]
    return {
        "account": first((a for a in ACCOUNTS.values() if a["github_username"] == name), "account")
    }


Route = Callable[[Json, str], Json]
ROUTES: dict[str, dict[str, Route]] = {
    "/api/package_releases/get": {"POST": find_release},
    "/api/package_releases/list": {"POST": list_releases},
    "/api/package_releases/rebuild": {"POST": rebuild},
    "/api/packages/get": {"GET": find_package, "POST": find_package},
    "/api/accounts/get": {"GET": own_account, "POST": find_account},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def respond(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, body = 200, self.route(content)
        except ApiError as error:
            status, body = error.status, error.body
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def route(self, content: bytes) -> Json:
        url = urlsplit(self.path)
        routes = ROUTES.get(url.path)
        if routes is None:
            error = {"error_code": "not_found", "message": "No such route"}
            raise ApiError(404, {"error": error})
        if self.command not in routes:
            error = {"error_code": "method_not_allowed", "message": "Method not allowed"}
            raise ApiError(405, {"error": error})
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.command == "GET":
            return routes["GET"](dict(parse_qsl(url.query)), token)
        return routes["POST"](self.read_body(content), token)

    def read_body(self, content: bytes) -> Json:
        if "application/json" not in (self.headers.get("Content-Type") or ""):
            raise invalid("Unsupported Content-Type")
        try:
            body = json.loads(content.decode("utf-8"), parse_constant=int, parse_int=float)
        except (ValueError, RecursionError) as error:
            raise invalid(f"Unexpected token in JSON: {error}") from None
        if not isinstance(body, dict):
            raise invalid("Invalid input: expected object")
        return body

    def log_message(self, *_: Any, **__: Any) -> None:
        """Do not log requests."""


for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
    setattr(Handler, f"do_{method}", Handler.respond)


def listen(port: int) -> ThreadingHTTPServer:
    """Return a server on a port of this machine. 0 selects a free port."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
