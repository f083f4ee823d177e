"""The data in memory, and the builds that change it."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from models import Account, Package, PackageRelease

PROCESSES = ("transpilation", "circuit_json_build")


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


def seed(
    release_id: str, package: Package, version: str | None, outcomes: list[str], **more: Any
) -> None:
    start = now() - timedelta(hours=2)
    release = PackageRelease(
        package_release_id=release_id,
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
    RELEASES[release_id] = release
    if release.is_latest:
        package.latest_package_release_id = release_id
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
