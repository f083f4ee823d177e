"""Send the requests of a finding file again, and report whether the finding still occurs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from ..config.options import Settings
from ..exit_codes import BROKEN, HOLDS, CannotJudgeError
from ..run.discovery import new_recorder, no_response, target_of
from ..run.run import Run, load_judge
from ..target.knowledge import KnownResources, TargetClient
from ..target.target import Exchange, TargetSession
from .finding_files import StoredFinding, body_of

LONGEST_WAIT = 60.0  # seconds between two requests
SUCCESSES = range(200, 300)


def replay(
    finding: StoredFinding, settings: Settings, run_check: Callable[[str, Settings], int]
) -> tuple[str, int]:
    """Return a line about the result, and the exit code: 0 if the finding is fixed, else 1.

    settings: those of the finding's run, with the current target and tokens. run_check: runs one
    check with these settings, for a finding that comes from a comparison of responses.

    Raises CannotJudgeError if the target cannot be judged.
    """
    if finding.check:
        return _run_check_again(finding, settings, run_check)
    _check_headers(finding, settings)
    judge = load_judge(settings.spec)
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
    current = {each.id: each for each in recorder.findings}
    if finding.id in current:
        return f"reproduced: {current[finding.id]}", BROKEN
    if current:
        return f"different now: {next(reversed(current.values()))}", BROKEN
    old_status = finding.requests[-1]["status"]
    status = last.response.status if last is not None else 0
    # Without a success there is nothing to judge, so the finding is not known to be fixed.
    lost_success = old_status in SUCCESSES and status not in SUCCESSES
    if lost_success and not finding.rule.startswith("status"):
        return f"different now: the status is {status}; it was {old_status}", BROKEN
    return f"fixed: {finding.rule} of {finding.about}", HOLDS


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
    base = client.session.target.base
    full_url = url if url.startswith(("http://", "https://")) else base + url
    return client.session.send_to_url(request["method"], full_url, body, headers)


def _run_check_again(
    finding: StoredFinding, settings: Settings, run_check: Callable[[str, Settings], int]
) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        findings = Path(folder) / "findings"
        exit_code = run_check(finding.check, replace(settings, findings=findings))
        ids = {file.stem for file in findings.glob("*.json")}
    if finding.id in ids:
        return f"reproduced: {finding.rule} of {finding.about}", BROKEN
    if ids:
        return f"different now: {', '.join(sorted(ids))}", BROKEN
    if exit_code != HOLDS:
        raise CannotJudgeError(f"{finding.check} did not run to its end on {settings.target}")
    return f"fixed: {finding.rule} of {finding.about}", HOLDS
