"""Send the requests of a finding file again, and report whether the finding still occurs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge

from ..config.options import Settings
from ..config.sharding import Shard
from ..exit_codes import BROKEN, HOLDS, CannotJudgeError
from ..findings.findings import Finding
from ..run.discovery import check_settings, new_recorder, no_response, target_of
from ..run.outages import responds
from ..run.run import Run, load_judge
from ..target.knowledge import KnownResources, TargetClient
from ..target.target import TargetSession
from .finding_files import StoredFinding, body_of, read

# Runs a check with settings; returns its exit code, and the first line that it printed.
RunCheck = Callable[[str, Settings], tuple[int, str]]

LONGEST_WAIT = 60.0  # seconds between two requests
SUCCESSES = range(200, 300)
HIDES = ("status", "answer", "json", "content-type")  # rules after whose breach no other is judged


def replay(finding: StoredFinding, settings: Settings, run_check: RunCheck) -> tuple[str, int]:
    """Return a line about the result, and the exit code: 0 if the finding is fixed, else 1.

    settings: those of the finding's run, with the current target and tokens. run_check: runs one
    check with these settings, for a finding that comes from a comparison of responses.

    Raises CannotJudgeError if the target cannot be judged.
    """
    check_settings(settings)
    if finding.check:
        return _run_check_again(finding, settings, run_check)
    _check_headers(finding, settings)
    judge = load_judge(settings.spec, settings.overlay)
    target = target_of(settings)
    recorder = new_recorder(judge, target)
    recorder.verified.add("")  # so that a missing response is a finding from the first request on
    client = TargetClient(judge.spec, TargetSession(target, recorder.record, recorder.record_error))
    last: Exchange | None = None
    try:
        for request in finding.requests:
            time.sleep(min(request["wait_seconds"], LONGEST_WAIT))
            last = send(client, request)
    except requests.ConnectionError as error:
        if finding.rule != "answer":
            raise CannotJudgeError(no_response(target, error)) from None
    except requests.RequestException:
        pass  # the recorder has recorded it
    if finding.rule == "slow":
        Run(
            settings, judge, target, recorder, client, KnownResources(()), {}
        ).confirm_slow_operations()
    if finding.rule == "answer" and last is not None and not responds(target):
        return f"reproduced: {finding.rule} of {finding.about}", BROKEN
    current = {each.id: each for each in recorder.findings}
    if finding.id in current:
        return f"reproduced: {current[finding.id]}", BROKEN
    different = [each for each in recorder.findings if _may_hide(each, finding, judge)]
    if different:
        return f"different now: {different[-1]}", BROKEN
    old_status = finding.requests[-1]["status"]
    status = last.response.status if last is not None else 0
    # Without a success there is nothing to judge, so the finding is not known to be fixed.
    lost_success = old_status in SUCCESSES and status not in SUCCESSES
    if lost_success and not finding.rule.startswith("status"):
        return f"different now: the status is {status}; it was {old_status}", BROKEN
    return f"fixed: {finding.rule} of {finding.about}", HOLDS


def _may_hide(current: Finding, finding: StoredFinding, judge: Judge) -> bool:
    """Return whether a finding at the same requests may be another form of the stored one.

    Otherwise it is another defect, with another file. A wrong status or an invalid body hides
    everything that is judged after it, such as the rules.
    """
    rules = {rule.id for rule in judge.rules.all()}
    same = current.violation.rule == finding.rule
    return same or finding.rule in rules or current.violation.rule.startswith(HIDES)


def stored_settings(finding: StoredFinding) -> Settings:
    """Return the settings of a finding file."""
    # JSON has lists, settings have tuples
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in finding.settings.items()
    }
    if "spec" in values:
        values["spec"] = Path(values["spec"])
    values["overlay"] = tuple(map(Path, values.get("overlay", ())))
    if "shard" in values:
        values["shard"] = Shard.parse(values["shard"])
    return Settings(**values)


def check_stored_target(settings: Settings) -> None:
    """Raise CannotJudgeError if credentials would go to another machine only because a finding file
    names it: somebody else may have written the file."""
    check_settings(settings)
    host = urlsplit(settings.target or "").hostname or ""
    credentials = settings.token or settings.other_token or settings.header
    if credentials and host != "localhost" and not _is_loopback(host):
        raise CannotJudgeError(
            f"the target of the finding is {settings.target}; to send your credentials there, pass"
            f" --target {settings.target}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_headers(finding: StoredFinding, settings: Settings) -> None:
    """Raise CannotJudgeError if a header of the finding's run is missing."""
    names = {line.partition(":")[0].lower() for line in settings.header}
    for name in finding.header_names:
        if name.lower() not in names:
            raise CannotJudgeError(f"the finding's run sent {name}; pass --header '{name}: …'")


def send(client: TargetClient, request: Any) -> Exchange:
    """Send a stored request with the current credentials.

    Raises CannotJudgeError for a missing credential, and requests.RequestException.
    """
    hide = client.session.target.redaction
    try:
        url = hide.restore(request["url"])
        headers = {name: hide.restore(text) for name, text in request["headers"].items()}
        body = body_of(request, hide)
    except KeyError as error:
        option = "--" + str(error.args[0]).lower().replace("_", "-")
        raise CannotJudgeError(f"the requests need a token; pass {option}") from None
    full_url = _url_at_target(client.session.target.base, url)
    return client.session.send_to_url(request["method"], full_url, body, headers)


def _url_at_target(base: str, url: str) -> str:
    """Return the URL of a stored request. Raises CannotJudgeError for one at another host."""
    full_url = url if url.startswith(("http://", "https://")) else base + url
    try:
        is_same = urlsplit(full_url)[:2] == urlsplit(base)[:2]
    except ValueError:
        is_same = False
    if not is_same:
        raise CannotJudgeError(
            f"the finding has a request to {url[:200]}, which is not at the target {base};"
            " credentials go to the target alone"
        )
    return full_url


def _run_check_again(
    finding: StoredFinding, settings: Settings, run_check: RunCheck
) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        findings = Path(folder) / "findings"
        exit_code, line = run_check(finding.check, replace(settings, findings=findings))
        files = [read(file) for file in findings.glob("*.json")]
    if finding.id in (file.id for file in files):
        return f"reproduced: {finding.rule} of {finding.about}", BROKEN
    if exit_code not in (HOLDS, BROKEN):
        reason = f"{finding.check} did not run to its end on {settings.target}"
        raise CannotJudgeError(f"{reason}: {line}" if line else reason)
    same_rule = sorted(file.id for file in files if file.rule == finding.rule)
    if same_rule:
        return f"different now: {', '.join(same_rule)}", BROKEN
    return f"fixed: {finding.rule} of {finding.about}", HOLDS
