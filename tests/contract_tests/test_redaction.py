"""Credentials become placeholders, other text stays, and no target controls a terminal."""

import os
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from contract_tests.cases.edge_cases import credentials
from contract_tests.conclusion import ending
from contract_tests.config.options import Settings
from contract_tests.reports import github, page
from contract_tests.reports.printable import printable
from contract_tests.target.curl import curl
from contract_tests.target.redaction import TokenRedaction
from mock_server.contract.exchange import Request
from tests.contract_tests.sample_verdict import FINDING, VERDICT
from tests.helpers.contract_runs import contract_run, serving_response

HIDE = TokenRedaction({"OTHER_TOKEN": "token2", "TOKEN": "token1"})
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token1, token2", "$TOKEN, $OTHER_TOKEN"),
        ("token12 token3 mytoken1 token_1", "token12 token3 mytoken1 token_1"),
        ('{"a": "x\\ntoken1\\n"}', '{"a": "x\\n$TOKEN\\n"}'),
        ("a=%20token1&b=token2", "a=%20$TOKEN&b=$OTHER_TOKEN"),
        ("Bearer xtoken1, Bearertoken2", "Bearer x$TOKEN, Bearer$OTHER_TOKEN"),
        ("token1x token2_", "${TOKEN}x ${OTHER_TOKEN}_"),
        ("TOKEN1", "${TOKEN^^}"),
    ],
)
def test_only_whole_tokens_are_replaced(text: str, shown: str) -> None:
    assert HIDE(text) == shown
    assert HIDE.restore(shown) == text


def test_an_id_is_not_cut_out_of_a_longer_word() -> None:
    hide = TokenRedaction({"TOKEN": "account_1", "OTHER_TOKEN": "account_2"})
    text = '{"creator_account_id": "account_21", "my_account_1": 0}'
    assert hide(text) == text
    assert hide('"creator_account_id": "account_2"') == '"creator_account_id": "$OTHER_TOKEN"'


@pytest.mark.parametrize("token", ["right-token", "aB3.x~y_Z", "abc+/=?&x", "12345678"])
def test_no_credential_that_a_check_derives_from_a_token_is_shown(token: str) -> None:
    hide = TokenRedaction({"TOKEN": token, "OTHER_TOKEN": None})
    for text in credentials(token):
        shown = hide(text or "")
        assert token not in shown
        assert token[1:] not in shown
        assert token[:-1] not in shown
        assert hide.restore(shown) == (text or "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("body", [b'{"a": "right-token"}', b"right-token\n\x01", b"x\xff"])
def test_the_shell_expands_the_placeholders_of_a_command(body: bytes) -> None:
    hide = TokenRedaction({"TOKEN": "right-token", "OTHER_TOKEN": None})
    environment = {"TOKEN": "right-token", "PATH": os.environ["PATH"]}
    for text in ("Bearer right-token", "Bearer right-tokenx", "Bearer RIGHT-TOKEN"):
        request = Request("POST", "/", (), {"authorization": text}, body)
        command = curl(request, "http://t/?token=right-token", hide)
        assert "right-token" not in command.lower()
        script = f"curl() {{ printf '%s\\n' \"$@\"; }}; {command}"
        printed = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, check=True
        ).stdout
        assert f"authorization: {text}\n".encode() in printed
        assert b"http://t/?token=right-token\n" in printed
        assert body in printed


def test_control_characters_of_a_target_reach_no_terminal_and_no_page() -> None:
    text = "\x1b[31m\r\n::error::x\x07\x9b\u202e\x00\u2028"
    violation = replace(FINDING.violation, found=text, message=text, fix=text)
    finding = replace(
        FINDING, violation=violation, operations={text: 1}, curl=(text,), response_pointers=(text,)
    )
    verdict = replace(
        VERDICT, findings=(finding,), unverified={text: text}, skipped={text: text}, target=text
    )
    lines = list(ending.lines(verdict, Settings(report_github=True), {}))
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("::error::x")] == []
    assert not CONTROL.search(page.text(verdict))
    assert not CONTROL.search(github.summary(verdict))
    assert printable(text) == r"\x1b[31m\x0d\x0a::error::x\x07\x9b\u202e\x00\u2028"


def test_the_location_of_a_redirect_cannot_change_the_terminal() -> None:
    location = "https://other.example/\x1b]0;title\x07"
    with serving_response(308, b"", Location=location) as url:
        ran = contract_run(url, "--report-github")
    assert ran.returncode == 2
    assert r"https://other.example/\x1b]0;title\x07" in ran.stdout
    assert all(line.isprintable() for line in ran.stdout.splitlines())
