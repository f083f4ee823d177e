"""Helpers for the table of defects: edits of responses, releases and builds."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .behaviour import restart
from .builds import plan, view
from .data import PROCESSES, Build, Data, Json, Release, Run
from .messages import Request, Response


@dataclass(frozen=True)
class Defect:
    """One defect: what is wrong, the sentence it breaks, its JSON pointer, and the change."""

    about: str
    sentence: str
    pointer: str
    changes: dict[str, Any]


Edit = Callable[[Request, Response], Response]
When = Callable[[Request, Response], bool]
ReleaseEdit = Callable[[dict[str, Json], Release, int], dict[str, Json]]
FIRST, SECOND = PROCESSES


def status(*codes: int) -> When:
    """Match responses with one of the status codes."""
    return lambda request, response: response.status in codes  # noqa: ARG005


def at(end: str, *methods: str, code: int | None = None) -> When:
    """Match requests by the end of their path, their method and the status of the response."""
    return lambda request, response: (
        request.path.endswith(end)
        and (not methods or request.method in methods)
        and code in (None, response.status)
    )


def every(count: int, when: When) -> When:
    """Match every `count`th of the responses that match."""
    numbers = itertools.count(1)
    return lambda request, response: when(request, response) and next(numbers) % count == 0


def edit(when: When, **values: Any) -> dict[str, Any]:
    """Replace attributes of the responses that match."""

    def edited(request: Request, response: Response) -> Response:
        return replace(response, **values) if when(request, response) else response

    return {"edit_response": edited}


def without_header(name: str, when: When) -> dict[str, Any]:
    """Remove a header from the responses that match."""
    return header(name, None, when)


def header(name: str, value: str | None, when: When) -> dict[str, Any]:
    """Replace or remove a header of the responses that match."""

    def edited(request: Request, response: Response) -> Response:
        if when(request, response):
            response.headers.pop(name, None)
            response.headers |= {} if value is None else {name: value}
        return response

    return {"edit_response": edited}


def release_if(
    condition: Callable[[dict[str, Json]], Any],
    change: Callable[[dict[str, Json]], dict[str, Json]],
) -> dict[str, Any]:
    """Change the properties of the releases that match a condition."""

    def edited(view: dict[str, Json], release: Release, now: int) -> dict[str, Json]:  # noqa: ARG001
        return view | change(view) if condition(view) else view

    return {"edit_release": edited}


def runs(change: Callable[[Run, Run], tuple[Run, Run]]) -> dict[str, Any]:
    """Change the runs of the builds that a rebuild starts."""

    def changed(release: Release, now: int, length: int, number: int) -> Build:
        build = plan(release, now, length, number)
        return replace(build, runs=change(build.runs[0], build.runs[1]))

    return {"plan": changed}


def restart_latest(data: Data, release: Release, build: Build) -> Build:
    """Restart the latest release of the package instead."""
    package_id = release.identity["package_id"]
    same = [r for r in data.releases if r.identity["package_id"] == package_id]
    chosen = next((r for r in same if r.identity["is_latest"]), release)
    return restart(data, chosen, build)


def restart_all(data: Data, release: Release, build: Build) -> Build:
    """Restart every release of the package."""
    for other in data.releases:
        if other.identity["package_id"] == release.identity["package_id"]:
            restart(
                data,
                other,
                replace(build, build_id=f"{other.key.encode().hex()}.{build.requested}"),
            )
    return release.build


def restart_copy(data: Data, release: Release, build: Build) -> Build:
    """Restart a release, and add a copy of it to the package."""
    key = f"{release.key}_{len(data.releases)}"
    identity = release.identity | {"package_release_id": key, "is_latest": False, "version": None}
    data.releases.append(Release(identity, build))
    return restart(data, release, build)


def restart_unlocked(data: Data, release: Release, build: Build) -> Build:
    """Restart only releases that are not locked."""
    return build if release.identity["is_locked"] else restart(data, release, build)


def restart_idle(data: Data, release: Release, build: Build) -> Build:
    """Restart only releases that are not building."""
    busy = view(release, release.build, build.requested)["display_status"] == "building"
    return release.build if busy else restart(data, release, build)


def restart_moves_latest(data: Data, release: Release, build: Build) -> Build:
    """Restart a release, and mark it as the latest of its package."""
    for other in data.releases:
        if other.identity["package_id"] == release.identity["package_id"]:
            other.identity["is_latest"] = other is release
    return restart(data, release, build)


def restart_keeps_stale(data: Data, release: Release, build: Build) -> Build:
    """Restart a release, and keep its stale flags."""
    return restart(data, release, replace(build, stale=release.build.stale))


def restart_only_first(data: Data, release: Release, build: Build) -> Build:
    """Restart the first process; the second one has the old run again after the response."""
    restart(data, release, replace(build, runs=(build.runs[0], release.build.runs[1])))
    return build


def stale_view(release: Release, build: Build, now: int) -> dict[str, Json]:
    """Return every sixth view from the time before, as a cache does."""
    late = next(_views) % 6 == 0 and bool(release.previous)
    return view(release, build, max(now - 200, build.requested) if late else now)


_views = itertools.count(1)
