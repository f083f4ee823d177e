"""The example database: requests that caused findings in earlier runs, to send first in this one.

It is a Hypothesis database, in a folder or in a Redis. It contains the requests as they were sent,
not the choices from which Hypothesis generates them: with another contract or another target, the
same choices generate another request.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from mock_server.contract.exchange import Request

from ..config.options import Settings
from ..config.parsers import REDIS_SCHEMES
from ..exit_codes import CannotJudgeError
from ..findings.verdict import Verdict
from ..run.run import Run
from ..target.redaction import TokenRedaction
from ..target.roles import restarts
from .finding_files import request_data
from .replay import send

KEY = b"contract-tests"
MOST_REQUESTS = 500  # that a run sends again
TIMEOUT = 5.0  # seconds to wait for the database


def open_database(location: str | None) -> ExampleDatabase | None:
    """Return the database at a URL or in a folder; None without a location.

    Raises CannotJudgeError if the database cannot be used.
    """
    if location is None:
        return None
    if location.partition("://")[0] not in REDIS_SCHEMES:
        return _open_folder(location)
    try:
        import redis
    except ImportError:
        raise CannotJudgeError(
            "--example-database: Redis needs an extra;"
            " run: pip install 'package-release-mock[redis]'"
        ) from None
    from hypothesis.extra.redis import RedisExampleDatabase

    try:
        client = redis.Redis.from_url(
            location, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        client.ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotJudgeError(_unusable(location, error)) from None
    return RedisExampleDatabase(client)


def _open_folder(location: str) -> ExampleDatabase:
    """Return the database in a folder, after a test write: Hypothesis ignores write errors."""
    try:
        Path(location).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=location):
            pass
    except OSError as error:
        raise CannotJudgeError(_unusable(location, error)) from None
    return DirectoryBasedExampleDatabase(location)


def _unusable(location: str, error: Exception) -> str:
    # A URL may contain a password: only the part after it is shown.
    address = location.rpartition("@" if "@" in location else "://")[2]
    return f"--example-database: cannot use the database at {address}: {error}"


@contextmanager
def _database_errors(settings: Settings) -> Iterator[None]:
    """Raise CannotJudgeError for an error of the database."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - each kind of database has its own errors
        raise CannotJudgeError(_unusable(settings.example_database or "", error)) from None


def resend(run: Run, database: ExampleDatabase) -> str:
    """Send the requests of earlier findings, the shortest first; delete those without a finding.

    The recorder of the run records the findings. Returns a line about the result. Raises
    CannotJudgeError if the database cannot be used.
    """
    sent, repeated, known_keys = 0, 0, set[tuple[str, str]]()
    with _database_errors(run.settings):
        examples = sorted(database.fetch(KEY), key=lambda each: (len(each), each))[:MOST_REQUESTS]
    for example in examples:
        request = _stored_request(example)
        if request is None or not _may_send(run, request):
            continue
        since = len(run.recorder.occurrences)
        try:
            send(run.client, request)
        except CannotJudgeError:
            continue  # it needs a token that this run does not have
        except requests.RequestException:
            pass  # the recorder has recorded it
        sent += 1
        new_keys = {finding.key for _, finding in run.recorder.occurrences[since:]} - known_keys
        known_keys |= new_keys
        repeated += bool(new_keys)
        if not new_keys and not run.recorder.target_is_gone:
            with _database_errors(run.settings):
                database.delete(KEY, example)
    return f"earlier findings: {sent} requests sent again, {repeated} with a finding again"


def _stored_request(example: bytes) -> Mapping[str, Any] | None:
    """Return the request in an entry of the database; None if the entry is something else."""
    try:
        data = json.loads(example)
        headers, body = data["headers"], data.get("body", data.get("body_base64", ""))
        texts = (data["method"], data["url"], body, *headers, *headers.values())
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return data if all(isinstance(each, str) for each in texts) else None


def _may_send(run: Run, request: Mapping[str, Any]) -> bool:
    """Return whether a request is for the target, and starts a restart only if this run may."""
    if not request["url"].startswith("/"):
        return False
    path = request["url"].partition("?")[0]
    bare = Request(request["method"], path, (), request["headers"], b"")
    operation = run.recorder.expectations.of(bare).operation
    is_restart = operation is not None and restarts(run.spec, operation)
    return not is_restart or (run.settings.shard.restarts and not run.settings.read_only)


def save(verdict: Verdict, settings: Settings) -> None:
    """Save the request of each finding that needs only one request.

    Raises CannotJudgeError if the database cannot be used.
    """
    examples = list(_examples(verdict, settings.target or "", verdict.redaction))
    database = open_database(settings.example_database) if examples else None
    if database is None:
        return
    with _database_errors(settings):
        for example in examples:
            database.save(KEY, example)


def _examples(verdict: Verdict, target: str, hide: TokenRedaction) -> Iterator[bytes]:
    for finding in (*verdict.findings, *(each for each, _ in verdict.accepted)):
        if len(finding.steps) == 1 and not finding.check:
            data = request_data(finding.steps[0], target.rstrip("/"), hide)
            yield json.dumps(data, sort_keys=True).encode()
