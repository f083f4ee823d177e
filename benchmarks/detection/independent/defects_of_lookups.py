"""Defects of lookups, lists, owners and credentials."""

from typing import Any
from urllib.parse import unquote

from .behaviour import RELEASE_WAYS, account_of, may_rebuild
from .data import PROCESSES, Json, Release
from .edits import Defect
from .messages import Request, Response

EXACT = "Ids and names match exactly"
RULES = "/info/description"
GET = "/paths/~1package_releases~1get/post"
LIST = "/paths/~1package_releases~1list/post"
REBUILD = "/paths/~1package_releases~1rebuild/post"
PACKAGES = "/paths/~1packages~1get"
ACCOUNTS = "/paths/~1accounts~1get"


def split_version(text: str, name: str, version: str | None) -> bool:
    """Split a text at its first `@`."""
    head, _, tail = text.partition("@")
    return head == name and tail == version


def optional_version(text: str, name: str, version: str | None) -> bool:
    """Match a name without a version too."""
    return text == name or (text == f"{name}@{version}" and version is not None)


def first_account(tokens: dict[str, str], header: str) -> str | None:
    """Return the first account for every unknown token."""
    return account_of(tokens, header) or (next(iter(tokens.values())) if header else None)


def exact_scheme(tokens: dict[str, str], header: str) -> str | None:
    """Return the account of a token, only for the scheme `Bearer` in this spelling."""
    return account_of(tokens, header) if header.startswith("Bearer ") else None


def account_of_first(request: Request, response: Response) -> Response:
    """Return the first account for every token."""
    by_token = request.method in ("GET", "HEAD") and not request.query_text
    if by_token and request.path.endswith("/accounts/get") and response.status == 200:
        account = {"account_id": "account-1234", "github_username": "testuser"}
        return Response(200, {"account": account})
    return response


def list_without_logs(request: Request, response: Response) -> Response:
    """Return lists without logs."""
    if request.path.endswith("/list") and response.status == 200:
        releases = response.body["package_releases"]
        empty: Json = {f"{name}_logs": [] for name in PROCESSES}
        response.body["package_releases"] = [release | empty for release in releases]
    return response


def true_filters(release: Release, filters: dict[str, Json], same: Any) -> bool:
    """Use only the filters that are not false."""
    return all(same(wanted, release.identity[name]) for name, wanted in filters.items() if wanted)


LOOKUPS = {
    "id-trimmed": Defect(
        "spaces around an id are ignored",
        EXACT,
        RULES,
        {"same_id": lambda text, stored: text.strip() == stored},
    ),
    "name-case": Defect(
        "names match in any case",
        EXACT,
        RULES,
        {"same_name": lambda text, stored: text.casefold() == stored.casefold()},
    ),
    "name-url-decoded": Defect(
        "names are decoded again: testuser%2Fled-matrix is found",
        EXACT,
        RULES,
        {"same_name": lambda text, stored: unquote(text) == stored},
    ),
    "long-text": Defect(
        "a text of more than 255 characters is not valid",
        "A lookup accepts any non-empty text.",
        RULES,
        {"longest_text": 255},
    ),
    "scoped-version": Defect(
        "a scoped name with a version is not found",
        "`package_name_with_version`: `owner/name@1.0.0` or `@scope/name@1.0.0`.",
        f"{GET}/description",
        {"is_version": split_version},
    ),
    "versionless-name": Defect(
        "a name without a version is found",
        "A name without a version is not found.",
        f"{GET}/description",
        {"is_version": optional_version},
    ),
    "null-version": Defect(
        "name@null finds the release without a version",
        "The version, unique in its package; null for a release without a version",
        "/components/schemas/PackageRelease/properties/version",
        {"is_version": lambda text, name, version: text == f"{name}@{version or 'null'}"},
    ),
    "name-before-version": Defect(
        "package_name is used before package_name_with_version",
        "If it contains several, the first complete one is used, in this order",
        f"{GET}/description",
        {"release_ways": (RELEASE_WAYS[0], RELEASE_WAYS[2], RELEASE_WAYS[1], RELEASE_WAYS[3])},
    ),
    "latest-newest": Defect(
        "the latest release is the newest one",
        "a lookup of the latest release must return a release with is_latest",
        f"{GET}/x-invariants/2",
        {"latest": lambda releases: releases[-1] if releases else None},
    ),
    "query-package-name-first": Defect(
        "GET prefers the name of a package to its id",
        "Finds a package by `package_id`, else by `name`.",
        f"{PACKAGES}/get/description",
        {"query_package_keys": ("name", "package_id")},
    ),
    "body-account-name-first": Defect(
        "POST prefers the name of an account to its id",
        "Finds an account by `account_id`, else by `github_username`.",
        f"{ACCOUNTS}/post/description",
        {"body_account_keys": ("github_username", "account_id")},
    ),
    "list-page": Defect(
        "a list has at most ten releases",
        "Returns all releases of one package, with their logs.",
        f"{LIST}/description",
        {"edit_list": lambda releases, everything: releases[:10]},  # noqa: ARG005
    ),
    "list-without-logs": Defect(
        "the logs in a list are empty",
        "Returns all releases of one package, with their logs.",
        f"{LIST}/description",
        {"edit_response": list_without_logs},
    ),
    "list-unknown-404": Defect(
        "a list of an unknown package is 404",
        "For an unknown package the list is empty.",
        f"{LIST}/description",
        {"unknown_list": False},
    ),
    "list-ignores-commit": Defect(
        "the filter commit_sha is ignored",
        "every release in the list must match the filter commit_sha",
        f"{LIST}/x-invariants/6",
        {"filters": ("is_latest", "version")},
    ),
    "list-false-ignored": Defect(
        "the filter is_latest=false is ignored",
        "every release in the list must match the filter is_latest",
        f"{LIST}/x-invariants/4",
        {"passes": true_filters},
    ),
    "list-both-keys": Defect(
        "package_id and package_name together are valid",
        "required: - package_id - required: - package_name",
        "/components/schemas/ReleaseListing/oneOf",
        {"both_list_keys": True},
    ),
    "list-omits-unversioned": Defect(
        "releases without a version are not listed",
        "Returns all releases of one package, with their logs.",
        f"{LIST}/description",
        {
            "edit_list": lambda releases, everything: [  # noqa: ARG005
                r for r in releases if r.identity["version"] is not None
            ]
        },
    ),
    "any-owner": Defect(
        "every account can rebuild every release",
        "The account of the token must own the package.",
        f"{REBUILD}/description",
        {"may_rebuild": lambda package, release, caller: True},  # noqa: ARG005
    ),
    "creator-owns": Defect(
        "the account that created a release can rebuild it too",
        "The account of the token must own the package.",
        f"{REBUILD}/description",
        {
            "may_rebuild": lambda package, release, caller: (
                may_rebuild(package, release, caller)
                or release.identity["creator_account_id"] == caller
            )
        },
    ),
    "forbidden-restarts": Defect(
        "a rebuild that is forbidden restarts the builds",
        "A rejected rebuild changes nothing.",
        f"{REBUILD}/description",
        {"forbidden_still_restarts": True},
    ),
    "any-token": Defect(
        "an unknown token belongs to the first account",
        "The token is missing, or it does not belong to an account",
        "/components/responses/Unauthorized/description",
        {"account_of": first_account},
    ),
    "bearer-case": Defect(
        "the scheme `bearer` in lower case is rejected (RFC 9110, section 11.1)",
        "The token of an account",
        "/components/securitySchemes/bearer",
        {"account_of": exact_scheme},
    ),
    "account-of-first": Defect(
        "every token has the first account",
        "Without both, returns the account of the token, or 401 without a token.",
        f"{ACCOUNTS}/get/description",
        {"account_of": account_of, "edit_response": account_of_first},
    ),
}
