"""The decisions of the server that a defect or a variant replaces."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .builds import Event, events, plan, view
from .data import Build, Data, Json, Release
from .messages import Issue, Request, Response, strict_body

LIMIT = 65_536
RELEASE_WAYS = ("package_release_id", "package_name_with_version", "package_name", "package_id")


def media_type(header: str) -> str:
    """Return the media type of a Content-Type header without its parameters."""
    return header.split(";")[0].strip().lower()


def is_json(header: str) -> bool:
    """Return whether a Content-Type header is application/json."""
    return media_type(header) == "application/json"


def is_version(text: str, name: str, version: str | None) -> bool:
    """Return whether a text is the name of a package with a version."""
    return version is not None and text == f"{name}@{version}"


def latest(releases: list[Release]) -> Release | None:
    """Return the latest of the releases of a package."""
    return next((r for r in releases if r.identity["is_latest"]), None)


def matches(wanted: Json, value: Json) -> bool:
    """Return whether the value of a release matches a filter."""
    return bool(type(wanted) is type(value) and wanted == value)


def passes(release: Release, filters: dict[str, Json], same: Callable[[Json, Json], bool]) -> bool:
    """Return whether a release matches all filters."""
    return all(same(wanted, release.identity[name]) for name, wanted in filters.items())


def account_of(tokens: dict[str, str], header: str) -> str | None:
    """Return the account of an Authorization header, or None."""
    scheme, _, token = header.partition(" ")
    return tokens.get(token.strip()) if scheme.lower() == "bearer" else None


def may_rebuild(package: Json, release: Release, caller: str) -> bool:  # noqa: ARG001
    """Return whether an account can rebuild a release."""
    return bool(package["creator_account_id"] == caller)


def restart(data: Data, release: Release, build: Build) -> Build:  # noqa: ARG001
    """Restart the builds of a release, and return the build that the response shows."""
    release.previous.append(release.build)
    release.build = build
    return build


def unchanged_release(view: dict[str, Json], release: Release, now: int) -> dict[str, Json]:  # noqa: ARG001
    """Return a release as it is."""
    return view


def unchanged_response(request: Request, response: Response) -> Response:  # noqa: ARG001
    """Return a response as it is."""
    return response


def unchanged_issues(issues: list[Issue]) -> list[Issue]:
    """Return the issues as they are."""
    return issues


def unchanged_list(releases: list[Release], everything: list[Release]) -> list[Release]:  # noqa: ARG001
    """Return the releases of a list as they are."""
    return releases


def position_of(last_id: str, build: Build, count: int) -> int | None:
    """Return the index of the event with an id, or None if it is not an event of the build."""
    build_id, _, index = last_id.rpartition("-")
    known = build_id == build.build_id and index.isascii() and index.isdigit()
    return int(index) if known and len(index) < 6 and int(index) < count else None


def same_event(event: Event, fields: dict[str, str]) -> dict[str, str] | None:  # noqa: ARG001
    """Return the fields of an event as they are."""
    return fields


@dataclass(frozen=True)
class Behaviour:
    """Every decision, with the correct one as its default."""

    same_id: Callable[[str, str], bool] = operator.eq
    same_name: Callable[[str, str], bool] = operator.eq
    is_version: Callable[[str, str, str | None], bool] = is_version
    latest: Callable[[list[Release]], Release | None] = latest
    release_ways: tuple[str, ...] = RELEASE_WAYS
    query_package_keys: tuple[str, ...] = ("package_id", "name")
    body_package_keys: tuple[str, ...] = ("package_id", "name")
    query_account_keys: tuple[str, ...] = ("account_id", "github_username")
    body_account_keys: tuple[str, ...] = ("account_id", "github_username")
    longest_text: int = 1_000_000
    latest_may_be_false: bool = False
    unknown_package_code: str = "package_not_found"
    unknown_list: bool = True
    both_list_keys: bool = False
    edit_list: Callable[[list[Release], list[Release]], list[Release]] = unchanged_list
    filters: tuple[str, ...] = ("is_latest", "version", "commit_sha")
    matches: Callable[[Json, Json], bool] = matches
    passes: Callable[[Release, dict[str, Json], Callable[[Json, Json], bool]], bool] = passes
    account_of: Callable[[dict[str, str], str], str | None] = account_of
    may_rebuild: Callable[[Json, Release, str], bool] = may_rebuild
    forbidden_still_restarts: bool = False
    restart: Callable[[Data, Release, Build], Build] = restart
    plan: Callable[[Release, int, int, int], Build] = plan
    view: Callable[[Release, Build, int], dict[str, Json]] = view
    edit_release: Callable[[dict[str, Json], Release, int], dict[str, Json]] = unchanged_release
    checks: tuple[str, ...] = ("credentials", "media", "size", "body")
    is_json: Callable[[str], bool] = is_json
    parse: Callable[[bytes], Json] = strict_body
    limit: int = LIMIT
    edit_issues: Callable[[list[Issue]], list[Issue]] = unchanged_issues
    unknown_keys: bool = True
    edit_response: Callable[[Request, Response], Response] = unchanged_response
    route: Callable[[str], str] = str
    events: Callable[[Build], list[Event]] = events
    position_of: Callable[[str, Build, int], int | None] = position_of
    edit_event: Callable[[Event, dict[str, str]], dict[str, str] | None] = same_event
    stream_limit: int = 64
    streams: bool = True
    length: int | None = None
    edit_data: Callable[[Data], Data] = lambda data: data
    http_version: str = "HTTP/1.1"
    chunked: bool = False
    compress: bool = False
    dump: dict[str, Any] | None = None
