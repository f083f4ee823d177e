"""Requests that gave findings before, in a database that runs share: the next tries them first.

It is a database of Hypothesis, a folder or a Redis. What it holds are requests as they were sent,
not the choices that Hypothesis drew them by: those mean another request as soon as the contract, or
what the target knows, is another one.
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

from ..config.options import REDIS, Settings
from ..exit_codes import CannotJudgeError
from ..findings.verdict import Verdict
from ..run.run import Run
from ..target.redaction import TokenRedaction
from ..target.roles import restarts
from .finding_files import request_data
from .replay import send

KEY = b"contract-tests"
MOST = 500  # requests that are tried
TIMEOUT = 5.0  # seconds for an answer of the database


def opened(where: str | None) -> ExampleDatabase | None:
    """The database at a URL or in a folder; None for none.

    Raises CannotJudgeError when it cannot be reached.
    """
    if where is None:
        return None
    if where.partition("://")[0] not in REDIS:
        return _folder(where)
    try:
        import redis
    except ImportError:
        raise CannotJudgeError(
            "--example-database: a Redis needs pip install 'package-release-mock[redis]'"
        ) from None
    from hypothesis.extra.redis import RedisExampleDatabase

    try:
        client = redis.Redis.from_url(where, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        client.ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotJudgeError(_unreached(where, error)) from None
    return RedisExampleDatabase(client)


def _folder(where: str) -> ExampleDatabase:
    """A folder as a database: Hypothesis says nothing when it cannot write there."""
    try:
        Path(where).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=where):
            pass
    except OSError as error:
        raise CannotJudgeError(_unreached(where, error)) from None
    return DirectoryBasedExampleDatabase(where)


def _unreached(where: str, error: Exception) -> str:
    place = where.rpartition("@" if "@" in where else "://")[2]  # no password of its own
    return f"--example-database: the one at {place} cannot be used: {error}"


@contextmanager
def _using(settings: Settings) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - each kind of database has errors of its own
        raise CannotJudgeError(_unreached(settings.example_database or "", error)) from None


def recall(run: Run, database: ExampleDatabase) -> str:
    """Sends what gave findings before, the shortest first, and forgets what gives none any more.

    Returns a line about it. The record keeps the findings. Raises CannotJudgeError when the
    database cannot be used.
    """
    tried, again, known = 0, 0, set[tuple[str, str]]()
    with _using(run.settings):
        examples = sorted(database.fetch(KEY), key=lambda each: (len(each), each))[:MOST]
    for example in examples:
        request = _read(example)
        if request is None or not _may_be_sent(run, request):
            continue
        since = len(run.recorder.occurrences)
        try:
            send(run.client, request)
        except CannotJudgeError:
            continue  # it needs a token that is not given
        except requests.RequestException:
            pass  # the record has noted it
        tried += 1
        shown = {finding.key for _, finding in run.recorder.occurrences[since:]} - known
        known |= shown
        again += bool(shown)
        if not shown and not run.recorder.target_is_gone:
            with _using(run.settings):
                database.delete(KEY, example)
    return f"tried first what gave findings before: {tried} requests, {again} of them again"


def _read(example: bytes) -> Mapping[str, Any] | None:
    """A request as it was kept; None for what is none."""
    try:
        data = json.loads(example)
        headers, body = data["headers"], data.get("body", data.get("body_base64", ""))
        texts = (data["method"], data["url"], body, *headers, *headers.values())
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return data if all(isinstance(each, str) for each in texts) else None


def _may_be_sent(run: Run, request: Mapping[str, Any]) -> bool:
    """Whether it goes to the target itself, and rebuilds nothing where that is not to be done."""
    if not request["url"].startswith("/"):
        return False
    path = request["url"].partition("?")[0]
    asked = Request(request["method"], path, (), request["headers"], b"")
    operation = run.recorder.expectations.of(asked).operation
    rebuilds = operation is not None and restarts(run.spec, operation)
    return not rebuilds or (run.settings.shard.rebuilds and not run.settings.read_only)


def keep(verdict: Verdict, settings: Settings) -> None:
    """Saves the requests that one answer alone showed to be answered wrongly.

    Raises CannotJudgeError when that cannot be done.
    """
    examples = list(_examples(verdict, settings.target or "", verdict.redaction))
    database = opened(settings.example_database) if examples else None
    if database is None:
        return
    with _using(settings):
        for example in examples:
            database.save(KEY, example)


def _examples(verdict: Verdict, target: str, hide: TokenRedaction) -> Iterator[bytes]:
    for finding in (*verdict.findings, *(each for each, _ in verdict.accepted)):
        if len(finding.steps) == 1 and not finding.check:
            data = request_data(finding.steps[0], target.rstrip("/"), hide)
            yield json.dumps(data, sort_keys=True).encode()
