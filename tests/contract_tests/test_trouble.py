"""Broken targets and invalid settings: each problem is one line without a traceback."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.contract_runs import (
    ROOT,
    TOKENS,
    contract_run,
    contract_tests,
    finished,
    is_one_line,
    serving_response,
)
from tests.helpers.example_server import start
from tests.helpers.https import EXPIRED, serving_expired

FAST = ("--max-examples", "2")


def test_a_target_that_hangs_is_reported_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        ran = contract_run(url, "--request-timeout", "0.3")
    assert ran.returncode == 2
    assert is_one_line(ran.stdout, "does not respond: no response in time")


@pytest.mark.parametrize("url", ["http://a..b/api", "http://[::1/api", "http://a:b/api"])
def test_an_invalid_address_is_reported_in_one_line(url: str) -> None:
    ran = contract_run(url)
    assert ran.returncode == 2
    assert is_one_line(ran.stdout, url)


def test_an_expired_certificate_is_reported_in_one_line() -> None:
    with serving_expired() as url:
        trusting = contract_tests("--target", url, SSL_CERT_FILE=str(EXPIRED))
        doubting = contract_tests("--target", url)
    assert (trusting.returncode, doubting.returncode) == (2, 2)
    assert is_one_line(trusting.stdout, "does not respond: certificate has expired; use a cert")
    assert is_one_line(doubting.stdout, "does not respond: self-signed certificate; use a cert")


def test_reports_contain_the_reason_why_a_target_was_not_judged(tmp_path: Path) -> None:
    report = tmp_path / "verdict.json"
    ran = contract_run("http://127.0.0.1:1/api", "--report-json", str(report))
    assert ran.returncode == 2
    assert json.loads(report.read_text())["headline"] == ran.stdout.strip()


def test_findings_are_reported_if_the_target_stops_responding(tmp_path: Path) -> None:
    """The target sends the same response 40 times, and then no more."""
    with stopping(after=40) as url:
        arguments = (*FAST, "-k", "examples or lookups or unknown", "--request-timeout", "0.5")
        ran = contract_run(url, *arguments, "--findings", str(tmp_path))
    assert ran.returncode == 1, ran.stdout
    assert "does not hold: " in ran.stdout
    assert "not verified: the target: it stopped responding" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


@contextmanager
def stopping(after: int) -> Iterator[str]:
    with serving_response(
        200, b'{"ok": true}', Content_Type="application/json", dies_after=after
    ) as url:
        yield url


def test_an_invalid_settings_file_is_reported_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "contract-tests.toml").write_text('tagret = "x"\nsede = 1\n')
    ran = finished([sys.executable, "-m", "contract_tests.cli"], tmp_path)
    assert ran.returncode == 2
    assert ran.stdout == ""
    first, second = ran.stderr.splitlines()
    assert first.startswith(f"{tmp_path}/contract-tests.toml:1: unknown key `tagret`; did")
    assert second.endswith("unknown key `sede`; did you mean seed? [settings]")


def test_help_imports_no_slow_modules() -> None:
    code = (
        "import contextlib, io, sys; from contract_tests.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'])\n"
        "print(sorted({'pytest', 'schemathesis', 'requests', 'yaml', 'cel'} & set(sys.modules)))"
    )
    assert finished([sys.executable, "-c", code], ROOT).stdout == "[]\n"


def test_a_read_only_run_sends_no_rebuilds_and_can_pass() -> None:
    with start() as url:
        ran = contract_run(url, *TOKENS, *FAST, "--read-only", "-k", "not fuzzing and not links")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (
        "will restart nothing: --read-only skips rebuildPackageRelease"
        in ran.stdout.splitlines()[0]
    )
    reasons = "1 optional and not offered, 1 not called because of --read-only"
    assert f"holds: 6 of 8 operations ({reasons}), " in ran.stdout
    assert "  skipped: rebuildPackageRelease: --read-only sends no restart" in ran.stdout


def test_the_first_line_of_a_run_names_the_releases_that_it_rebuilds() -> None:
    with start() as url:
        ran = contract_run(url, *TOKENS, *FAST, "-k", "the_owner_can")
    assert ran.stdout.startswith("will restart ")
    assert ran.stdout.splitlines()[0].endswith(f" at {url} (to prevent this, use --read-only)")
