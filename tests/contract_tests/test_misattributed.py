"""A finding states its cause: not what another check reports, and not what the set-up causes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.detection.catalogue import Edit, Subject
from benchmarks.detection.serving import serving
from tests.helpers.contract_runs import TOKENS, contract_run

APP = Path("examples/releases_server/app.py")
FIRST_ACCOUNT = '"account-1234"'

REBUILT_TOO_EARLY = """
    if request.headers.get("Authorization", "").startswith("Basic "):
        with write_transaction(app.database) as db:
            wanted = read_body(request, REBUILD_REQUEST)["package_release_id"]
            rebuild(db, get_release_or_404(db, wanted), app.build_ms, utc_now())
"""


@contextmanager
def changed(replace: str, replacement: str, file: Path = APP) -> Iterator[str]:
    """Run the example server with a change; yield its base URL."""
    edit = Edit(file, replace, replacement)
    with serving(Subject("changed", "tests", "a changed server", edits=(edit,))) as url:
        yield url


def run(url: str, checks: str, folder: Path) -> tuple[int, str]:
    """Run some checks; return the exit code and the output."""
    options = ("--max-examples", "2", "-k", checks, "--findings", str(folder), "--verbose")
    ran = contract_run(url, *TOKENS, *options)
    assert "Traceback" not in ran.stdout + ran.stderr
    return ran.returncode, ran.stdout


def test_two_tokens_of_one_account_are_no_finding(tmp_path: Path) -> None:
    with changed("return str(account_id)", f"return {FIRST_ACCOUNT}") as url:
        code, output = run(url, "caller or other_accounts", tmp_path)
    assert code == 0, output
    assert "skipped: ownership: --token and --other-token have the same account" in output


def test_one_account_for_tokens_with_different_rights_is_a_finding(tmp_path: Path) -> None:
    right = 'criteria = {"account_id": authenticate(db, request)}'
    wrong = f'authenticate(db, request)\n            criteria = {{"account_id": {FIRST_ACCOUNT}}}'
    with changed(right, wrong) as url:
        code, output = run(url, "caller or other_accounts", tmp_path)
    assert code == 1, output
    assert "[caller]" in output


def test_a_response_that_is_always_wrong_is_no_finding_about_concurrency(tmp_path: Path) -> None:
    right = 'find_account(db, "account_id = ?", criteria["account_id"])'
    with changed(right, f'find_account(db, "account_id = ?", {FIRST_ACCOUNT})') as url:
        code, output = run(url, "lookups or concurrent_requests", tmp_path)
    assert code == 1, output
    assert "[at-once]" not in output


def test_the_rejected_request_that_changed_a_release_is_shown(tmp_path: Path) -> None:
    """The server rebuilds a release before it rejects credentials of the scheme Basic."""
    docstring = '"""Queue a new build of a release. Only the owner of the package may do this."""'
    with changed(docstring, docstring + REBUILT_TOO_EARLY) as url:
        code, output = run(url, "invalid_credentials", tmp_path)
    assert code == 1, output
    (finding,) = [part for part in output.split("\n\n") if "[refused]" in part]
    before, request = (
        next(line for line in finding.splitlines() if label in line)
        for label in ("before: ", "request: ")
    )
    assert "/package_releases/rebuild" in before
    assert "authorization: Basic " in before
    assert "/package_releases/get" in request
