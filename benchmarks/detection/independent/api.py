"""The operations of the API."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .behaviour import Behaviour
from .checks import Body, check_body, query_flag, query_texts
from .data import PROCESSES, Data, Json, Release
from .messages import Issue, Rejected, Request, Response, invalid
from .streams import follow, resumed

RELEASE_LOOKUP = Body(
    ("package_release_id", "package_name_with_version", "package_name", "package_id"),
    (
        ("package_release_id",),
        ("package_name_with_version",),
        ("package_name", "is_latest"),
        ("package_id", "is_latest"),
    ),
    ("is_latest",),
)
RELEASE_LIST = Body(
    ("package_id", "package_name", "version", "commit_sha"),
    (("package_id",), ("package_name",)),
    ("is_latest",),
    exclusive=True,
)
REBUILD = Body(("package_release_id",), (("package_release_id",),))
PACKAGE_LOOKUP = Body(("package_id", "name"), (("package_id",), ("name",)))
ACCOUNT_LOOKUP = Body(("account_id", "github_username"), (("account_id",), ("github_username",)))


def milliseconds() -> int:
    """Return the time in milliseconds of the Unix epoch."""
    return time.time_ns() // 1_000_000


def not_found(kind: str) -> Rejected:
    """Return the error for an unknown resource."""
    return Rejected(404, f"{kind}_not_found", f"{kind.replace('_', ' ').capitalize()} not found")


@dataclass
class Api:
    """The state of the server and its operations."""

    data: Data
    tokens: dict[str, str]
    behaviour: Behaviour
    length: int
    lock: threading.RLock = field(default_factory=threading.RLock)
    open_streams: int = 0

    def shown(self, release: Release, *, logs: bool = True) -> dict[str, Json]:
        """Return a release as clients see it now."""
        now = milliseconds()
        result = self.behaviour.view(release, release.build, now)
        result = self.behaviour.edit_release(result, release, now)
        return result if logs else result | {f"{name}_logs": [] for name in PROCESSES}

    def caller(self, request: Request) -> str:
        """Return the account of the token, or reject the request."""
        header = request.headers.get("authorization", "")
        account = self.behaviour.account_of(self.tokens, header)
        if account is None:
            challenge = 'Bearer realm="package releases"'
            if header:
                challenge += ', error="invalid_token"'
            raise Rejected(
                401,
                "unauthorized",
                "A bearer token of an account is required",
                headers={"WWW-Authenticate": challenge},
            )
        return account

    def package(self, key: str, text: str) -> Json:
        """Return the package with an id or a name, or None."""
        same = self.behaviour.same_id if key == "package_id" else self.behaviour.same_name
        return next((p for p in self.data.packages if same(text, p[key])), None)

    def releases_of(self, package: Json) -> list[Release]:
        """Return the releases of a package."""
        wanted = package and package["package_id"]
        return [r for r in self.data.releases if r.identity["package_id"] == wanted]

    def release(self, key: str) -> Release:
        """Return the release with an id, or reject the request."""
        same = self.behaviour.same_id
        release = next((r for r in self.data.releases if same(key, r.key)), None)
        if release is None:
            raise not_found("package_release")
        return release

    def versioned(self, text: str) -> Release | None:
        """Return the release with a name and a version, or None."""
        names = {p["package_id"]: p["name"] for p in self.data.packages}
        for release in self.data.releases:
            name = names[release.identity["package_id"]]
            if self.behaviour.is_version(text, name, release.identity["version"]):
                return release
        return None

    def latest(self, key: str, text: str) -> Release | None:
        """Return the latest release of a package, or None."""
        package = self.package("package_id" if key == "package_id" else "name", text)
        if package is None and key == "package_name":
            raise not_found(self.behaviour.unknown_package_code.removesuffix("_not_found"))
        return self.behaviour.latest(self.releases_of(package))

    def get_release(self, request: Request) -> Response:
        """Return one release."""
        body = check_body(request, RELEASE_LOOKUP, self.behaviour, lambda: None)
        logs = query_flag(request, "include_logs", self.behaviour)
        complete = {keys[0] for keys in RELEASE_LOOKUP.alternatives if all(k in body for k in keys)}
        if body.get("is_latest") is False and not self.behaviour.latest_may_be_false:
            complete -= {"package_name", "package_id"}
        way = next(way for way in self.behaviour.release_ways if way in complete)
        text = body[way]
        if way == "package_release_id":
            release: Release | None = self.release(text)
        elif way == "package_name_with_version":
            release = self.versioned(text)
        else:
            release = self.latest(way, text)
        if release is None:
            raise not_found("package_release")
        shown = self.shown(release, logs=logs is not False)
        return Response(200, {"ok": True, "package_release": shown})

    def list_releases(self, request: Request) -> Response:
        """Return the releases of a package."""
        body = check_body(request, RELEASE_LIST, self.behaviour, lambda: None)
        key = "package_id" if "package_id" in body else "package_name"
        package = self.package("package_id" if key == "package_id" else "name", body[key])
        if package is None and not self.behaviour.unknown_list:
            raise not_found("package")
        filters = {name: body[name] for name in self.behaviour.filters if name in body}
        chosen = [
            release
            for release in self.releases_of(package)
            if self.behaviour.passes(release, filters, self.behaviour.matches)
        ]
        chosen = self.behaviour.edit_list(chosen, self.data.releases)
        return Response(200, {"ok": True, "package_releases": [self.shown(r) for r in chosen]})

    def rebuild(self, request: Request) -> Response:
        """Restart the builds of a release."""
        caller = ""

        def credentials() -> None:
            nonlocal caller
            caller = self.caller(request)

        body = check_body(request, REBUILD, self.behaviour, credentials)
        with self.lock:
            release = self.release(body["package_release_id"])
            package = self.package("package_id", release.identity["package_id"])
            allowed = self.behaviour.may_rebuild(package, release, caller)
            now = milliseconds()
            build = self.behaviour.plan(release, now, self.length, len(release.previous) + 1)
            if allowed or self.behaviour.forbidden_still_restarts:
                build = self.behaviour.restart(self.data, release, build)
            if not allowed:
                raise Rejected(403, "forbidden", "The package belongs to another account")
        shown = self.behaviour.view(release, build, now)
        shown = self.behaviour.edit_release(shown, release, now)
        return Response(200, {"ok": True, "package_release": shown})

    def events(self, request: Request) -> Response:
        """Stream the events of a release."""
        name = "package_release_id"
        values = query_texts(request, [name], self.behaviour)
        if name not in values:
            raise invalid([Issue(name, "is required")])
        release = self.release(values[name])
        position = resumed(release, request.headers.get("last-event-id"), self.behaviour)
        events = self.behaviour.events(release.build)
        last = position is not None and position == len(events) - 1
        if last and events[-1].kind == "end":
            return Response(204)
        if self.open_streams >= self.behaviour.stream_limit:
            raise Rejected(
                503,
                "unavailable",
                "The server has too many open streams; try again later",
                headers={"Retry-After": "1"},
            )
        headers = {"Cache-Control": "no-store", "Content-Type": "text/event-stream"}
        return Response(200, headers=headers, stream=self._stream(release, position))

    def _stream(self, release: Release, position: int | None) -> Iterator[str]:
        """Yield the events of a release, and count the stream as open."""
        with self.lock:
            self.open_streams += 1
        try:
            yield from follow(release, position, self.behaviour, milliseconds)
        finally:
            with self.lock:
                self.open_streams -= 1

    def query_package(self, request: Request) -> Response:
        """Return the package that the query identifies."""
        values = query_texts(request, ("package_id", "name"), self.behaviour)
        if not values:
            raise invalid([Issue("package_id", "package_id or name is required")])
        return self._package(values, self.behaviour.query_package_keys)

    def body_package(self, request: Request) -> Response:
        """Return the package that the body identifies."""
        values = check_body(request, PACKAGE_LOOKUP, self.behaviour, lambda: None)
        return self._package(values, self.behaviour.body_package_keys)

    def _package(self, values: dict[str, Json], keys: tuple[str, ...]) -> Response:
        key = next(key for key in keys if key in values)
        package = self.package(key, values[key])
        if package is None:
            raise not_found("package")
        return Response(200, {"ok": True, "package": package})

    def query_account(self, request: Request) -> Response:
        """Return the account that the query identifies, or the account of the token."""
        values: dict[str, Json] = dict(
            query_texts(request, ("account_id", "github_username"), self.behaviour)
        )
        if not values:
            values = {"account_id": self.caller(request)}
        return self._account(values, self.behaviour.query_account_keys)

    def body_account(self, request: Request) -> Response:
        """Return the account that the body identifies."""
        values = check_body(request, ACCOUNT_LOOKUP, self.behaviour, lambda: None)
        return self._account(values, self.behaviour.body_account_keys)

    def _account(self, values: dict[str, Json], keys: tuple[str, ...]) -> Response:
        key = next(key for key in keys if key in values)
        same = self.behaviour.same_id if key == "account_id" else self.behaviour.same_name
        account = next((a for a in self.data.accounts if same(values[key], a[key])), None)
        if account is None:
            raise not_found("account")
        return Response(200, {"account": account})


Operation = Callable[[Api, Request], Response]
ROUTES: dict[str, dict[str, Operation]] = {
    "/package_releases/get": {"POST": Api.get_release},
    "/package_releases/list": {"POST": Api.list_releases},
    "/package_releases/rebuild": {"POST": Api.rebuild},
    "/package_releases/events": {"GET": Api.events},
    "/packages/get": {"GET": Api.query_package, "POST": Api.body_package},
    "/accounts/get": {"GET": Api.query_account, "POST": Api.body_account},
}


def respond(api: Api, request: Request) -> Response:
    """Return the response to any request."""
    try:
        response = _routed(api, request)
    except Rejected as rejected:
        response = rejected.response
    return api.behaviour.edit_response(request, response)


def _routed(api: Api, request: Request) -> Response:
    """Return the response of the operation for a method and path."""
    path = api.behaviour.route(request.path).removeprefix("/api")
    prefixed = request.path.lower().startswith("/api/")
    operations = ROUTES.get(path) if prefixed else None
    if operations is None or (path.endswith("/events") and not api.behaviour.streams):
        raise Rejected(404, "not_found", "Path not found")
    allow = [*operations, *(["HEAD"] if "GET" in operations else []), "OPTIONS"]
    if request.method == "OPTIONS":
        return Response(204, headers={"Allow": ", ".join(allow)})
    if request.method not in allow:
        raise Rejected(
            405,
            "method_not_allowed",
            "This path does not support this method",
            headers={"Allow": ", ".join(allow)},
        )
    return operations["GET" if request.method == "HEAD" else request.method](api, request)
