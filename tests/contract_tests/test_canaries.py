"""No credential is in anything that a contract run writes, also if the target sends it back.

The target sends the credentials of each request back, in every encoding, and issues others.
"""

import base64
import json
import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

from tests.helpers.canaries import core, files_below, leaks
from tests.helpers.canary_traffic import hostile, write_document
from tests.helpers.contract_runs import contract_tests
from tests.helpers.upstream import Received, upstream

FORMATS = ("json", "junit", "html", "sarif", "har")
TOKEN, OTHER = f"{core('token')}/+=", core("other")
TOKENS = ("--token", TOKEN, "--other-token", OTHER)
HEADERS = (
    *("--header", f'X-Station: {core("station")}"\\x'),
    *("--header", f"Cookie: a={core('cookie')}"),
)
ESCAPE = re.compile("%[0-9A-F]{2}")
SENT = ["token", "other", "station", "cookie"]
ISSUED = ["issued", "nested", "setCookie"]


def echo(handler: BaseHTTPRequestHandler, received: Received) -> None:
    """Respond with all credentials of a request, and with new ones."""
    token = received.headers.get("authorization", "").rpartition(" ")[2]
    headers = [f"{name}: {value}" for name, value in received.headers.items()]
    sent = {
        "url": [
            quote(token),
            ESCAPE.sub(lambda found: found[0].lower(), quote(token)),
            received.target,
        ],
        "base64": base64.b64encode(token.encode()).decode(),
        "headers": headers,
        "body": received.body.decode("latin-1"),
    }
    content = json.dumps(
        {"name": sent, "access_token": core("issued"), "user": {"password": hostile("nested")}}
    ).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Set-Cookie", f"session={core('setCookie')}; Path=/")
    handler.send_header("X-Echo", " ".join([*headers[:1], token]))
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)


def test_no_credential_is_in_a_report_a_finding_or_the_output(tmp_path: Path) -> None:
    spec = write_document(tmp_path)
    report = [f"--report-{each}={tmp_path / f'report.{each}'}" for each in FORMATS]
    written: dict[str, bytes] = {}
    with upstream(echo) as server:
        target = ("--target", server.address, *TOKENS, *HEADERS)
        kept = (f"--findings={tmp_path / 'findings'}", f"--example-database={tmp_path / 'db'}")
        options = (*target, *kept, "--spec", str(spec), "--max-examples=3", "--verbose")
        more = (*report, "--report-github", f"--junit={tmp_path / 'pytest.xml'}")
        summary = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
        ran = contract_tests(*options, *more, folder=tmp_path, **summary)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert "$TOKEN" in ran.stdout
        (finding, *_) = sorted((tmp_path / "findings").glob("*.json"))
        replayed = contract_tests("replay", str(finding), *target, folder=tmp_path)
        assert replayed.stdout.startswith("reproduced"), replayed.stdout + replayed.stderr
        merge = [str(tmp_path / "report.json"), f"--report-html={tmp_path / 'merged.html'}"]
        merged = contract_tests("merge", *merge, folder=tmp_path)
        accepted = contract_tests(*options, "--write-baseline", folder=tmp_path)
        assert (tmp_path / "contract-tests.toml").exists(), accepted.stdout + accepted.stderr
    for name, each in (("run", ran), ("replay", replayed), ("merge", merged), ("next", accepted)):
        written[name] = f"{each.stdout}{each.stderr}".encode()
    written |= files_below(tmp_path)
    assert len([name for name in written if name.startswith("db/")]) > 3
    assert leaks([*SENT, *ISSUED], written) == []


def test_no_credential_is_in_the_error_of_a_run(tmp_path: Path) -> None:
    spec = write_document(tmp_path)
    for options in (
        ("--target", f"http://joe:{core('token')}@127.0.0.1:1"),
        ("--target", "http://127.0.0.1:1", "--example-database", f"redis://:{core('token')}@x:1"),
        ("--target", "http://127.0.0.1:1", "--proxy", f"http://joe:{core('token')}@127.0.0.1:1"),
        ("--target", "http://127.0.0.1:1", "--token", f"a\n{core('token')}"),
        ("--target", "http://127.0.0.1:1", "--header", f"no colon {core('token')}"),
    ):
        ran = contract_tests(*options, "--spec", str(spec), folder=tmp_path)
        assert ran.returncode == 2, ran.stdout
        assert leaks(["token"], {str(options): (ran.stdout + ran.stderr).encode()}) == []
