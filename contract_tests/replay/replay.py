"""Sends the requests of a kept finding again, and says whether it is still there."""

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
    kept: StoredFinding, settings: Settings, run_check: Callable[[str, Settings], int]
) -> tuple[str, int]:
    """What became of a finding, and the exit code that says it: fixed 0, else 1.

    settings: those of the finding's run, with the target and the tokens of now. run_check: runs one
    check with such settings, for a finding that was made by comparing answers.

    Raises CannotJudgeError.
    """
    if kept.check:
        return _by_check(kept, settings, run_check)
    judge = load_judge(settings.spec)
    target = target_of(settings)
    recorder = new_recorder(judge, target)
    recorder.verified.add("")  # an answer that does not come is a finding from the first request on
    client = TargetClient(judge.spec, TargetSession(target, recorder.record, recorder.record_error))
    last: Exchange | None = None
    try:
        for request in kept.requests:
            time.sleep(min(request["after"], LONGEST_WAIT))
            last = send(client, request)
    except requests.ConnectionError as error:
        if kept.rule != "answer":
            raise CannotJudgeError(no_response(target, error)) from None
    except requests.RequestException:
        pass  # the record has noted it
    if kept.rule == "slow":
        Run(settings, judge, target, recorder, client, KnownResources(()), {}).confirm_slow()
    found = {finding.id: finding for finding in recorder.findings}
    if kept.id in found:
        return f"reproduced: {found[kept.id]}", BROKEN
    if found:
        return f"different now: {next(reversed(found.values()))}", BROKEN
    then = kept.requests[-1]["status"]
    now = last.response.status if last is not None else 0
    if then in SUCCESSES and now not in SUCCESSES and not kept.rule.startswith("status"):
        return f"different now: {now} is answered, where it was {then}", BROKEN
    return f"fixed: {kept.rule} of {kept.about}", HOLDS


def send(client: TargetClient, request: Any) -> Exchange:
    """Sends a kept request with the credentials of now.

    Raises CannotJudgeError for one that is not given, and requests.RequestException.
    """
    hide = client.session.target.redaction
    try:
        url = hide.restore(request["url"])
        headers = {name: hide.restore(text) for name, text in request["headers"].items()}
        body = body_of(request, hide)
    except KeyError as error:
        option = "--" + str(error.args[0]).lower().replace("_", "-")
        raise CannotJudgeError(f"the requests need a token: give {option}") from None
    base = client.session.target.base
    whole = url if url.startswith(("http://", "https://")) else base + url
    return client.session.send_to_url(request["method"], whole, body, headers)


def _by_check(
    kept: StoredFinding, settings: Settings, run_check: Callable[[str, Settings], int]
) -> tuple[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        findings = Path(folder) / "findings"
        status = run_check(kept.check, replace(settings, findings=findings))
        names = {file.stem for file in findings.glob("*.json")}
    if kept.id in names:
        return f"reproduced: {kept.rule} of {kept.about}", BROKEN
    if names:
        return f"different now: {', '.join(sorted(names))}", BROKEN
    if status != HOLDS:
        raise CannotJudgeError(f"{kept.check} could not be run to its end on {settings.target}")
    return f"fixed: {kept.rule} of {kept.about}", HOLDS
