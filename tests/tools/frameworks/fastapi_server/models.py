"""The resources of the API, and the responses that contain them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

Status = Literal["pending", "building", "successful", "failed"]


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
