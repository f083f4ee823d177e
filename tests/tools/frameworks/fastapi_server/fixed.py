"""The API of package releases in FastAPI: the second version, which holds."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, NoReturn

from data import ACCOUNTS, BUILDS, PACKAGES, PROCESSES, RELEASES, TOKENS, build, settle
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from models import (
    Account,
    AccountResponse,
    Package,
    PackageRelease,
    PackageResponse,
    ReleaseListResponse,
    ReleaseResponse,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

Text = Annotated[str, Field(min_length=1)]
# A query parameter that must not be repeated: a list of at most one value.
Once = Annotated[list[Text], Query(max_length=1)]

MAX_BODY = 1024 * 1024
CODES = {404: "not_found", 405: "method_not_allowed", 500: "internal_error"}


class Body(BaseModel):
    """A body whose absent properties are empty; it converts no values and accepts no null."""

    model_config = ConfigDict(strict=True)


class ReleaseLookup(Body):
    package_release_id: Text = ""
    package_name_with_version: Text = ""
    package_name: Text = ""
    package_id: Text = ""
    is_latest: bool = False

    @model_validator(mode="after")
    def has_a_key(self) -> "ReleaseLookup":
        if self.package_release_id or self.package_name_with_version:
            return self
        if (self.package_name or self.package_id) and self.is_latest:
            return self
        raise ValueError("send an id, a name with version, or is_latest with a package")


class ReleaseListing(Body):
    package_id: Text = ""
    package_name: Text = ""
    is_latest: bool = False
    version: Text = ""
    commit_sha: Text = ""

    @model_validator(mode="after")
    def has_one_package(self) -> "ReleaseListing":
        if bool(self.package_id) == bool(self.package_name):
            raise ValueError("send either package_id or package_name")
        return self


class RebuildRequest(Body):
    package_release_id: Text


class PackageLookup(Body):
    package_id: Text = ""
    name: Text = ""


class AccountLookup(Body):
    account_id: Text = ""
    github_username: Text = ""


class ApiError(HTTPException):
    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(status, message, headers or None)
        self.code = code


def envelope(status: int, code: str, message: str, headers: Any = None, **more: Any) -> Response:
    body = {"error": {"error_code": code, "message": message, **more}}
    return JSONResponse(body, status, headers)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    for task in BUILDS.values():
        task.cancel()


app = FastAPI(title="Package releases and their builds", lifespan=lifespan, redirect_slashes=False)
api = APIRouter(prefix="/api")


def methods_of(path: str) -> set[str]:
    """Return the methods of a path; empty if no route has it."""
    methods = {method for route in api.routes if route.path == path for method in route.methods}
    if "GET" in methods:
        methods.add("HEAD")
    return methods | {"OPTIONS"} if methods else set()


class HeadAndOptions:
    """Middleware that serves HEAD as GET without a body, and OPTIONS with `Allow`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = methods_of(scope["path"]) if scope["type"] == "http" else set()
        if methods and scope["method"] == "OPTIONS":
            response = Response(status_code=204, headers={"Allow": ", ".join(sorted(methods))})
            await response(scope, receive, send)
        elif "HEAD" in methods and scope["method"] == "HEAD":
            # uvicorn sends no body, since its own scope still has the method HEAD.
            await self.app({**scope, "method": "GET"}, receive, send)
        else:
            await self.app(scope, receive, send)


app.add_middleware(HeadAndOptions)


@app.exception_handler(StarletteHTTPException)
async def http_error(request: Request, error: StarletteHTTPException) -> Response:
    code = getattr(error, "code", None) or CODES.get(error.status_code, "invalid_request")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(methods_of(request.url.path)))
    return envelope(error.status_code, code, error.detail, headers)


@app.exception_handler(RequestValidationError)
async def invalid_query(_: Request, error: RequestValidationError) -> Response:
    issues = [{"pointer": str(e["loc"][1]), "message": e["msg"]} for e in error.errors()]
    return envelope(400, "invalid_request", "The query is not valid", issues=issues)


@app.exception_handler(ValidationError)
async def invalid_body(_: Request, error: ValidationError) -> Response:
    issues = [
        {"pointer": "".join(f"/{part}" for part in e["loc"]), "message": e["msg"]}
        for e in error.errors()
    ]
    return envelope(400, "invalid_request", "The body is not valid", issues=issues)


@app.exception_handler(Exception)
async def crash(_: Request, __: Exception) -> Response:
    return envelope(500, "internal_error", "The server could not create a valid response")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("an object has the same key twice")
    return values


def not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def body_of(model: type[Body]) -> Any:
    """Return a dependency that reads a body; those of earlier parameters run before it."""

    async def read(request: Request) -> Body:
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != "application/json":
            raise ApiError(415, "unsupported_media_type", "Send the body as application/json")
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_BODY:
                raise ApiError(413, "content_too_large", "The body is too large")
        try:
            value = json.loads(
                data.decode("utf-8"),
                object_pairs_hook=unique_keys,
                parse_constant=not_json,
                parse_int=float,
            )
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "invalid_request", f"The body must be JSON: {error}") from error
        return model.model_validate(value)

    return Depends(read)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def current_account(credentials: Credentials) -> Account:
    if credentials is None or credentials.credentials not in TOKENS:
        raise ApiError(401, "unauthorized", "Send a valid token", **{"WWW-Authenticate": "Bearer"})
    return TOKENS[credentials.credentials]


def package_by(**key: str | None) -> Package | None:
    [(name, value)] = key.items()
    return next((package for package in PACKAGES if getattr(package, name) == value), None)


def releases_of(package_id: str | None) -> list[PackageRelease]:
    return [release for release in RELEASES.values() if release.package_id == package_id]


def release_for(lookup: ReleaseLookup) -> PackageRelease:
    release: PackageRelease | None
    if lookup.package_release_id:
        release = RELEASES.get(lookup.package_release_id)
    elif lookup.package_name_with_version:
        name, _, version = lookup.package_name_with_version.rpartition("@")
        package = package_by(name=name)
        candidates = releases_of(package.package_id) if package else []
        release = next((r for r in candidates if r.version == version), None)
    else:
        package_id = lookup.package_id
        if lookup.package_name:
            package = package_by(name=lookup.package_name)
            if package is None:
                raise ApiError(404, "package_not_found", "Package not found")
            package_id = package.package_id
        release = next((r for r in releases_of(package_id) if r.is_latest), None)
    if release is None:
        raise ApiError(404, "package_release_not_found", "Package release not found")
    return release


@api.post("/package_releases/get")
async def get_release(
    lookup: Annotated[ReleaseLookup, body_of(ReleaseLookup)],
    include_logs: Annotated[list[Literal["true", "false"]], Query(max_length=1)] = ["true"],  # noqa: B006
) -> ReleaseResponse:
    release = release_for(lookup)
    if include_logs == ["false"]:
        release = release.model_copy(update={f"{process}_logs": [] for process in PROCESSES})
    return ReleaseResponse(package_release=release)


@api.post("/package_releases/list")
async def list_releases(
    listing: Annotated[ReleaseListing, body_of(ReleaseListing)],
) -> ReleaseListResponse:
    package_id = listing.package_id
    if listing.package_name:
        package = package_by(name=listing.package_name)
        package_id = package.package_id if package else ""
    filters = listing.model_dump(include={"is_latest", "version", "commit_sha"}, exclude_unset=True)
    matching = [
        release
        for release in releases_of(package_id)
        if all(getattr(release, name) == value for name, value in filters.items())
    ]
    return ReleaseListResponse(package_releases=matching)


@api.post("/package_releases/rebuild")
async def rebuild_release(
    account: Annotated[Account, Depends(current_account)],
    body: Annotated[RebuildRequest, body_of(RebuildRequest)],
) -> ReleaseResponse:
    release = release_for(ReleaseLookup(package_release_id=body.package_release_id))
    package = package_by(package_id=release.package_id)
    if package is None or package.creator_account_id != account.account_id:
        raise ApiError(403, "forbidden", "The package belongs to another account")
    if task := BUILDS.get(release.package_release_id):
        task.cancel()
    for process in PROCESSES:
        setattr(release, f"{process}_display_status", "pending")
        setattr(release, f"{process}_in_progress", False)
        setattr(release, f"{process}_started_at", None)
        setattr(release, f"{process}_completed_at", None)
        setattr(release, f"{process}_logs", [])
        setattr(release, f"{process}_error", None)
    settle(release)
    BUILDS[release.package_release_id] = asyncio.create_task(build(release))
    return ReleaseResponse(package_release=release)


def package_for(package_id: str, name: str) -> PackageResponse:
    if not package_id and not name:
        raise ApiError(400, "invalid_request", "Send package_id or name")
    package = package_by(package_id=package_id) if package_id else package_by(name=name)
    if package is None:
        raise ApiError(404, "package_not_found", "Package not found")
    return PackageResponse(package=package)


@api.get("/packages/get")
async def get_package(package_id: Once = [], name: Once = []) -> PackageResponse:  # noqa: B006
    return package_for("".join(package_id), "".join(name))


@api.post("/packages/get")
async def find_package(
    lookup: Annotated[PackageLookup, body_of(PackageLookup)],
) -> PackageResponse:
    return package_for(lookup.package_id, lookup.name)


def account_for(account_id: str, github_username: str) -> AccountResponse:
    for account in ACCOUNTS:
        if account_id and account.account_id == account_id:
            return AccountResponse(account=account)
        if not account_id and account.github_username == github_username:
            return AccountResponse(account=account)
    raise ApiError(404, "account_not_found", "Account not found")


@api.get("/accounts/get")
async def get_account(
    credentials: Credentials,
    account_id: Once = [],  # noqa: B006
    github_username: Once = [],  # noqa: B006
) -> AccountResponse:
    if not account_id and not github_username:
        return AccountResponse(account=current_account(credentials))
    return account_for("".join(account_id), "".join(github_username))


@api.post("/accounts/get")
async def find_account(
    lookup: Annotated[AccountLookup, body_of(AccountLookup)],
) -> AccountResponse:
    if not lookup.account_id and not lookup.github_username:
        raise ApiError(400, "invalid_request", "Send account_id or github_username")
    return account_for(lookup.account_id, lookup.github_username)


app.include_router(api)
