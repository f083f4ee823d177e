"""A finding states its cause: not what another check reports, and not what the set-up causes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.detection.catalogue import Edit, Subject
from benchmarks.detection.serving import serving
from contract_tests.run.recorder import Recorder
from mock_server.contract.exchange import Request
from mock_server.contract.judge import Judge
from tests.contract_tests.test_recorder import exchange, judge, recorder, release
from tests.helpers.contract_runs import TOKENS, contract_run

__all__ = ["judge", "recorder"]  # fixtures

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


def test_the_type_of_a_value_in_a_response_has_no_advice_for_yaml(
    judge: Judge, recorder: Recorder
) -> None:
    recorder.record(exchange(judge, release(judge, version=1.5, is_latest="true"), 0))
    fixes = {finding.violation.fix for finding in recorder.findings}
    assert fixes == {""}, fixes


def test_a_token_that_is_no_credential_is_explained(judge: Judge, recorder: Recorder) -> None:
    """The command of such a finding contains the token, but not where a credential belongs."""
    secured = next(each for each in judge.spec.operations.values() if each.needs_token)
    reason = "the request has no header `Authorization: Bearer` with a valid token"
    for query, headers in (
        ((("access_token", "right-token"),), {}),
        ((), {"authorization": "right-token"}),
        ((), {"authorization": "Basic right-token"}),
    ):
        request = Request(secured.method, secured.path, query, headers, b"")
        assert recorder.expectations.of(request).reason == reason
