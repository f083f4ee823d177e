"""Kinds of bugs that only a combination of requests reveals, each planted in the example server."""

from pathlib import Path

import pytest

from benchmarks.detection.catalogue import variants
from benchmarks.detection.serving import serving
from tests.helpers.contract_runs import TOKENS, contract_run
from tests.helpers.example_server import BUGS

# The id of a planted bug → the checks that find it, and a text of the finding
KINDS = {
    # two ways to the same truth
    "locked-latest-in-no-list": ("conditional_lookups", "must list the resource that a lookup"),
    "latest-of-another-license": ("conditional_lookups", "must find the listed resource"),
    "two-filters-use-one": ("filters", "must match the filter"),
    "include-logs-in-a-body": ("omit_properties", "in every lookup"),
    # the resources after a rebuild
    "rebuild-adds-a-release": ("every_state", "must add no package release"),
    "rebuild-adds-a-release-of-the-same-version": ("every_state", "must list only one resource"),
    "rebuild-removes-the-stale": ("every_state", "must remove no package release"),
    # each part of a compound text
    "version-by-its-first-number": ("unknown_texts", "must have the requested version"),
    "version-called-latest": ("unknown_texts", "must have the requested version"),
    "version-filter-by-the-first-number": ("filters", "must match the filter version"),
    "scope-ignored-before-a-version": ("unknown_texts", "must match ids and names exactly"),
    # other lookups beside the one that decides
    "unknown-name-beside-an-id": ("other_lookups", "must find a known resource"),
    "latest-false-beside-an-id": ("other_lookups", "must find a known resource"),
    # the other method of a path
    "unknown-name-beside-an-id-in-a-body": ("other_lookups", "findPackage"),
    "body-lookup-returns-the-caller": ("token_does_not_matter", "status must be 400"),
    "query-read-by-a-body-lookup": ("wrong_place", "status must be 400"),
    "body-read-by-a-query-lookup": ("wrong_place", "status must be 400"),
    # operations that are missing
    "body-lookup-not-implemented": ("methods", "must offer POST /accounts/get"),
    "list-not-implemented": ("methods", "must offer POST /package_releases/list"),
    # limits, and the order of errors at the limits
    "limit-of-16000-bytes": ("limit_are_read", "must find a known resource"),
    "too-large-is-400": ("too_long_bodies", "413"),
    "too-large-is-415": ("too_long_bodies", "413"),
    "size-before-media-type": ("too_long_bodies", "status must be 415"),
    "size-before-credentials": ("too_long_bodies", "status must be 401"),
    "allow-names-put": ("test_methods", "must list only methods that the path supports"),
    # the locations of issues
    "issues-without-a-slash": ("test_bodies", "must be a JSON pointer into the body"),
    "issues-below-body": ("test_bodies", "must be a JSON pointer into the body"),
    "issues-of-a-query-with-a-slash": ("test_queries", "the name of a query parameter"),
    "only-the-first-issue": ("test_bodies", "must list each error of the body"),
    # values of unknown keys
    "large-number-breaks-the-server": ("extreme_values", "found:    500"),
    "long-integer-breaks-the-server": ("extreme_values", "found:    500"),
    "deep-nesting-breaks-the-server": ("extreme_values", "found:    500"),
    # reliability
    "connections-reset-often": ("lookup or unknown", "must respond to every request"),
    "first-connections-dropped": ("lookup or unknown", "must respond to every request"),
    "five-in-a-row-dropped": ("lookup or unknown", "must respond to every request"),
    "hangs-at-times": ("lookup or unknown", "must respond to every request"),
    "everything-is-slow": ("every_lookup", "must respond within 1 s"),
    "bodies-cut-often": ("every_lookup", "must respond to every request"),
}
# One bug of each kind that takes long or has many relatives; the others are slow tests.
FAST = {
    *("locked-latest-in-no-list", "version-by-its-first-number", "unknown-name-beside-an-id"),
    *("body-lookup-not-implemented", "too-large-is-400", "allow-names-put", "issues-below-body"),
    *("deep-nesting-breaks-the-server", "first-connections-dropped"),
}


@pytest.mark.parametrize(
    "bug_id",
    [
        bug_id if bug_id in FAST else pytest.param(bug_id, marks=pytest.mark.slow)
        for bug_id in KINDS
    ],
)
def test_the_finding_names_the_bug(bug_id: str, tmp_path: Path) -> None:
    checks, text = KINDS[bug_id]
    few = ("--max-examples", "2", "--strict", "-k", checks, "--findings", str(tmp_path))
    with serving(BUGS[bug_id]) as url:
        ran = contract_run(url, *TOKENS, *few)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert text in ran.stdout
    assert "is the target running" not in ran.stdout


def test_a_package_with_a_scoped_twin_is_no_finding(tmp_path: Path) -> None:
    twins = next(each for each in variants() if each.id == "scoped-and-unscoped-twins")
    with serving(twins) as url:
        ran = contract_run(url, *TOKENS, "-k", "unknown_texts", "--findings", str(tmp_path))
    assert "expected:" not in ran.stdout, ran.stdout
