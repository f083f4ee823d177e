"""The API of package releases in FastAPI: the first version, with the defaults of the framework."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from data import ACCOUNTS, BUILDS, PACKAGES, PROCESSES, RELEASES, TOKENS, build, update
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
from pydantic import BaseModel, Field, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException

Text = Annotated[str, Field(min_length=1)]

MAX_BODY = 1024 * 1024
CODES = {404: "not_found", 405: "method_not_allowed", 500: "internal_error"}


class ReleaseLookup(BaseModel):
    package_release_id: Text | None = None
    package_name_with_version: Text | None = None
    package_name: Text | None = None
    package_id: Text | None = None
    is_latest: bool | None = None

    @model_validator(mode="after")
    def has_a_key(self) -> "ReleaseLookup":
        if self.package_release_id or self.package_name_with_version:
            return self
        if (self.package_name or self.package_id) and self.is_latest:
            return self
        raise ValueError("send an id, a name with version, or is_latest with a package")


class ReleaseListing(BaseModel):
    package_id: Text | None = None
    package_name: Text | None = None
    is_latest: bool | None = None
    version: Text | None = None
    commit_sha: Text | None = None

    @model_validator(mode="after")
    def has_one_package(self) -> "ReleaseListing":
        if (self.package_id is None) == (self.package_name is None):
            raise ValueError("send either package_id or package_name")
        return self


class RebuildRequest(BaseModel):
    package_release_id: Text


class PackageLookup(BaseModel):
    package_id: Text | None = None
    name: Text | None = None


class AccountLookup(BaseModel):
    account_id: Text | None = None
    github_username: Text | None = None


class ApiError(HTTPException):
    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(status, message, headers or None)
        self.code = code


def envelope(
    status: int, code: str, message: str, headers: Any = None, **more: Any
) -> JSONResponse:
    body = {"error": {"error_code": code, "message": message, **more}}
    return JSONResponse(body, status, headers)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    for task in BUILDS.values():
        task.cancel()


app = FastAPI(title="Package releases and their builds", lifespan=lifespan)
api = APIRouter(prefix="/api")


@app.exception_handler(StarletteHTTPException)
async def http_error(_: Request, error: StarletteHTTPException) -> JSONResponse:
    code = getattr(error, "code", None) or CODES.get(error.status_code, "invalid_request")
    return envelope(error.status_code, code, error.detail, error.headers)


@app.exception_handler(RequestValidationError)
async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    issues = [
        {"pointer": "".join(f"/{part}" for part in e["loc"][1:]), "message": e["msg"]}
        for e in error.errors()
    ]
    return envelope(400, "invalid_request", "The request is not valid", issues=issues)


@app.exception_handler(Exception)
async def crash(_: Request, __: Exception) -> JSONResponse:
    return envelope(500, "internal_error", "The server could not create a valid response")


@app.middleware("http")
async def limit(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    if int(request.headers.get("content-length", 0)) > MAX_BODY:
        return envelope(413, "content_too_large", "The body is too large")
    return await call(request)


def json_body(request: Request) -> None:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError(415, "unsupported_media_type", "Send the body as application/json")


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


@api.post("/package_releases/get", dependencies=[Depends(json_body)])
async def get_release(lookup: ReleaseLookup, include_logs: bool = True) -> ReleaseResponse:
    release = release_for(lookup)
    if not include_logs:
        release = release.model_copy(update={f"{process}_logs": [] for process in PROCESSES})
    return ReleaseResponse(package_release=release)


@api.post("/package_releases/list", dependencies=[Depends(json_body)])
async def list_releases(listing: ReleaseListing) -> ReleaseListResponse:
    package_id = listing.package_id
    if listing.package_name:
        package = package_by(name=listing.package_name)
        package_id = package.package_id if package else None
    filters = listing.model_dump(include={"is_latest", "version", "commit_sha"}, exclude_none=True)
    matching = [
        release
        for release in releases_of(package_id)
        if all(getattr(release, name) == value for name, value in filters.items())
    ]
    return ReleaseListResponse(package_releases=matching)


@api.post("/package_releases/rebuild", dependencies=[Depends(json_body)])
async def rebuild_release(
    body: RebuildRequest, account: Annotated[Account, Depends(current_account)]
) -> ReleaseResponse:
    release = release_for(ReleaseLookup(package_release_id=body.package_release_id))
    package = package_by(package_id=release.package_id)
    if package is None or package.creator_account_id != account.account_id:
        raise ApiError(403, "forbidden", "The package belongs to another account")
    if task := BUILDS.get(release.package_release_id):
        task.cancel()
    for process in PROCESSES:
        update(
            release,
            process,
            display_status="pending",
            in_progress=False,
            started_at=None,
            completed_at=None,
            logs=[],
            is_stale=False,
            error=None,
        )
    BUILDS[release.package_release_id] = asyncio.create_task(build(release))
    return ReleaseResponse(package_release=release)


def package_for(package_id: str | None, name: str | None) -> PackageResponse:
    if package_id is None and name is None:
        raise ApiError(400, "invalid_request", "Send package_id or name")
    package = package_by(package_id=package_id) if package_id else package_by(name=name)
    if package is None:
        raise ApiError(404, "package_not_found", "Package not found")
    return PackageResponse(package=package)


@api.get("/packages/get")
async def get_package(
    package_id: Annotated[str | None, Query(min_length=1)] = None,
    name: Annotated[str | None, Query(min_length=1)] = None,
) -> PackageResponse:
    return package_for(package_id, name)


@api.post("/packages/get", dependencies=[Depends(json_body)])
async def find_package(lookup: PackageLookup) -> PackageResponse:
    return package_for(lookup.package_id, lookup.name)


def account_for(account_id: str | None, github_username: str | None) -> AccountResponse:
    for account in ACCOUNTS:
        if account_id and account.account_id == account_id:
            return AccountResponse(account=account)
        if not account_id and account.github_username == github_username:
            return AccountResponse(account=account)
    raise ApiError(404, "account_not_found", "Account not found")


@api.get("/accounts/get")
async def get_account(
    credentials: Credentials,
    account_id: Annotated[str | None, Query(min_length=1)] = None,
    github_username: Annotated[str | None, Query(min_length=1)] = None,
) -> AccountResponse:
    if account_id is None and github_username is None:
        return AccountResponse(account=current_account(credentials))
    return account_for(account_id, github_username)


@api.post("/accounts/get", dependencies=[Depends(json_body)])
async def find_account(lookup: AccountLookup) -> AccountResponse:
    if lookup.account_id is None and lookup.github_username is None:
        raise ApiError(400, "invalid_request", "Send account_id or github_username")
    return account_for(lookup.account_id, lookup.github_username)


app.include_router(api)
