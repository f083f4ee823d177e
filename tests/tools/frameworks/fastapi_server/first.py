"""The API of package releases in FastAPI: the first version, with the framework's defaults."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException

Status = Literal["pending", "building", "successful", "failed"]
Text = Annotated[str, Field(min_length=1)]

PROCESSES = ("transpilation", "circuit_json_build")
MAX_BODY = 1024 * 1024
CODES = {404: "not_found", 405: "method_not_allowed", 500: "internal_error"}


class Account(BaseModel):
    account_id: str
    github_username: str
    email: str | None = None


class Package(BaseModel):
    package_id: str
    creator_account_id: str
    name: str
    unscoped_name: str | None = None
    description: str | None = None
    latest_package_release_id: str | None = None
    latest_version: str | None = None
    created_at: datetime | None = None


class PackageRelease(BaseModel):
    package_release_id: str
    package_id: str
    creator_account_id: str | None = None
    version: str | None = None
    commit_sha: str | None = None
    is_locked: bool = False
    is_latest: bool = False
    created_at: datetime
    display_status: Status = "pending"
    total_build_duration_ms: float | None = None
    transpilation_display_status: Status = "pending"
    transpilation_in_progress: bool = False
    transpilation_started_at: datetime | None = None
    transpilation_completed_at: datetime | None = None
    transpilation_logs: list[Any] = []
    transpilation_is_stale: bool = False
    transpilation_error: str | None = None
    circuit_json_build_display_status: Status = "pending"
    circuit_json_build_in_progress: bool = False
    circuit_json_build_started_at: datetime | None = None
    circuit_json_build_completed_at: datetime | None = None
    circuit_json_build_logs: list[Any] = []
    circuit_json_build_is_stale: bool = False
    circuit_json_build_error: str | None = None


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
        raise ValueError("send package_release_id, package_name_with_version, or is_latest with a package")


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


class ReleaseResponse(BaseModel):
    ok: bool = True
    package_release: PackageRelease


class ReleaseListResponse(BaseModel):
    ok: bool = True
    package_releases: list[PackageRelease]


class PackageResponse(BaseModel):
    ok: bool = True
    package: Package


class AccountResponse(BaseModel):
    account: Account


def now() -> datetime:
    return datetime.now(UTC)


ACCOUNTS = [
    Account(account_id="acc_ada", github_username="ada", email="ada@example.com"),
    Account(account_id="acc_grace", github_username="grace"),
]
TOKENS = {
    os.environ.get("ADA_TOKEN", "ada-token"): ACCOUNTS[0],
    os.environ.get("GRACE_TOKEN", "grace-token"): ACCOUNTS[1],
}
PACKAGES = [
    Package(package_id="pkg_led", creator_account_id="acc_ada", name="ada/led-matrix"),
    Package(package_id="pkg_usb", creator_account_id="acc_ada", name="@ada/usb-hub"),
    Package(package_id="pkg_clock", creator_account_id="acc_grace", name="grace/clock"),
]
RELEASES: dict[str, PackageRelease] = {}
BUILDS: dict[str, asyncio.Task[None]] = {}


def settle(release: PackageRelease) -> None:
    """Derive the status and the duration of a release from its processes."""
    statuses = [getattr(release, f"{process}_display_status") for process in PROCESSES]
    release.total_build_duration_ms = None
    if "failed" in statuses:
        release.display_status = "failed"
    elif all(status == "successful" for status in statuses):
        release.display_status = "successful"
    elif "building" in statuses or "successful" in statuses:
        release.display_status = "building"
    else:
        release.display_status = "pending"
    if release.display_status in ("failed", "successful"):
        ends = [getattr(release, f"{process}_completed_at") for process in PROCESSES]
        end = max(end for end in ends if end)
        duration = end - release.transpilation_started_at
        release.total_build_duration_ms = duration.total_seconds() * 1000


def update(release: PackageRelease, process: str, **values: object) -> None:
    for name, value in values.items():
        setattr(release, f"{process}_{name}", value)
    settle(release)


def seed(id: str, package: Package, version: str | None, outcomes: list[str], **more: Any) -> None:
    start = now() - timedelta(hours=2)
    release = PackageRelease(
        package_release_id=id,
        package_id=package.package_id,
        creator_account_id=package.creator_account_id,
        version=version,
        created_at=start,
        **more,
    )
    for process, outcome in zip(PROCESSES, outcomes, strict=False):
        end = start + timedelta(seconds=12)
        update(
            release,
            process,
            display_status=outcome,
            started_at=start,
            completed_at=end,
            logs=[{"msg": f"{process}: {outcome}"}],
            error=f"{process} failed" if outcome == "failed" else None,
        )
        start = end
    RELEASES[id] = release
    if release.is_latest:
        package.latest_package_release_id = id
        package.latest_version = version


seed("rel_led_1", PACKAGES[0], "1.0.0", ["successful", "successful"], commit_sha="a1b2c3")
seed("rel_led_2", PACKAGES[0], "1.1.0", ["successful", "failed"])
seed("rel_led_3", PACKAGES[0], "2.0.0", ["successful", "successful"], is_latest=True)
seed("rel_usb_1", PACKAGES[1], "0.1.0", ["failed"], is_latest=True)
seed("rel_usb_2", PACKAGES[1], None, [])
seed("rel_clock_1", PACKAGES[2], "3.0.0", ["successful", "successful"], is_latest=True)
FAILS = {"rel_led_2": "circuit_json_build", "rel_usb_1": "transpilation"}


async def build(release: PackageRelease) -> None:
    """Run the builds of a release, which take about three seconds."""
    await asyncio.sleep(0.5)
    for process in PROCESSES:
        update(release, process, display_status="building", in_progress=True, started_at=now())
        for step in ("Fetching files", "Compiling"):
            await asyncio.sleep(0.5)
            getattr(release, f"{process}_logs").append({"msg": step})
        failed = FAILS.get(release.package_release_id) == process
        update(
            release,
            process,
            display_status="failed" if failed else "successful",
            in_progress=False,
            completed_at=now(),
            error=f"{process} failed" if failed else None,
        )
        if failed:
            return


class ApiError(HTTPException):
    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(status, message, headers or None)
        self.code = code


def envelope(status: int, code: str, message: str, headers: Any = None, **more: Any) -> JSONResponse:
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
