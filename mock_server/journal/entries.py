"""Write and read the journal: the last exchanges of a session, with credentials redacted.

An exchange is appended once and never changed. A store in memory keeps the entry as it is, because
most are never read; it becomes JSON when it is read. A shared store always gets JSON, so that no
credential leaves this process.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..contract.document.operation import Operation
from ..contract.exchange import Request, Response, encode_path
from ..contract.source import json_text
from ..contract.traffic.redaction import Redaction, redaction_of
from ..foundation import timestamps
from ..foundation.clock import monotonic
from ..http.error_responses import PROBLEM_DETAILS, PROBLEM_ISSUES
from ..operations.call import Context
from ..state.session_names import COOKIE
from ..stores import Store
from .near_misses import near_miss

MAX_EXCHANGES = 1000  # per session
MAX_BODY = 64 * 1024  # bytes stored of a body
POLL_INTERVAL = 2.0  # seconds between two checks, in a wait, whether this process is stopping
OVERHEAD = 2048  # approximate bytes of memory per exchange, without its bodies
STEP = 100  # exchanges that are read from the store at once
MAX_READ = 4 * 1024 * 1024  # bytes of the bodies that one response returns
JOURNAL, SERVED = "journal", "served"  # names of the records in the store

JournalRecord = Mapping[str, Any]  # an exchange as JSON: ``Exchange`` in control.yaml


class JournalEntry(NamedTuple):
    """A recorded exchange, which ``record`` converts to JSON.

    now: time of the session (ms since 1970).
    operation: None if the request matches no operation.
    path: path of the request without the session prefix (``/_s/NAME``).
    is_stream: whether the response was a stream, which it then does not have any more.
    """

    context: Context
    session: str
    now: int
    operation: Operation | None
    request: Request
    response: Response
    path: str
    is_stream: bool = False

    def record(self) -> JournalRecord:
        """Return the exchange as JSON, without credentials."""
        context, operation = self.context, self.operation
        request, response = replace(self.request, path=self.path), self.response
        tokens = (caller.token for caller in context.dataset.catalog.callers)
        redaction = redaction_of(request, tokens, (COOKIE,), context.dataset.spec.secret_names)
        query = redaction.query(request.query)
        near = near_miss(context, operation, request, response)
        record = {
            "at": timestamps.to_text(self.now),
            "session": self.session,
            "operation": operation.id if operation else None,
            "method": request.method,
            "path": redaction.text(request.path),
            "url": _url(redaction, self.request, query),
            "query": query,
            "headers": redaction.headers(request.headers.items()),
            **_body(redaction, request.body),
            "response": {
                "status": response.status,
                "headers": redaction.headers(response.headers),
                **_body(redaction, response.body),
                "stream": self.is_stream,
            },
            "served": list(response.served),
            "faults": list(response.faults),
        }
        if response.forwarded:
            record["forwarded"] = True
        if violations := _violations(context, operation, response, redaction):
            record["violations"] = violations
        if near:
            record["near_miss"] = {name: redaction.text(text) for name, text in near.items()}
        return record


class JournalPage(NamedTuple):
    """Exchanges, oldest first. last: the number of the last one that was read; more: whether others
    that match follow."""

    records: list[JournalRecord]
    last: int
    more: bool


def write(entry: JournalEntry) -> None:
    """Append an exchange to the journal of its session.

    The entry is converted to JSON at once if the store is shared, or if a body is too large to
    keep; otherwise when it is read.
    """
    store, request, response = entry.context.sessions.store, entry.request, entry.response
    sent, received = len(request.body), len(response.body)
    if response.stream is not None:  # the journal must not keep it
        entry = entry._replace(response=replace(response, stream=None), is_stream=True)
    as_json = store.shared or max(sent, received) > MAX_BODY
    value = entry.record() if as_json else entry
    besides = request.size_in_memory - sent
    weight = OVERHEAD + besides + min(sent, MAX_BODY) + min(received, MAX_BODY)
    store.append(entry.session, JOURNAL, value, MAX_EXCHANGES, weight)
    if response.served:
        _add_served(store, entry.session, response.served)


def read(
    context: Context,
    session: str,
    after: int = 0,
    matches: Callable[[JournalRecord], bool] = lambda _: True,
    most: int = MAX_EXCHANGES,
) -> JournalPage:
    """Return the matching exchanges of a session with a number above ``after``, oldest first.

    At most ``most``, and at most MAX_READ bytes of bodies, but one at least.
    """
    records: list[JournalRecord] = []
    size = 0
    complete = False
    while not complete:
        items = context.sessions.store.tail(session, JOURNAL, after, STEP)
        complete = len(items) < STEP
        for number, item in items:
            stored = item.record() if isinstance(item, JournalEntry) else item
            record = {"number": number, **stored}
            if matches(record):
                size += len(record["body"] or "") + len(record["response"]["body"] or "")
                if len(records) == most or (records and size > MAX_READ):
                    return JournalPage(records, after, True)
                records.append(record)
            after = number
    return JournalPage(records, after, False)


def wait(
    context: Context,
    session: str,
    after: int,
    seconds: float,
    matches: Callable[[JournalRecord], bool] = lambda _: True,
    most: int = MAX_EXCHANGES,
) -> JournalPage:
    """Return what ``read`` returns; if that is nothing, wait for a matching exchange.

    The wait ends after ``seconds`` of real time, or earlier if this process is stopping.
    """
    deadline, past, number = monotonic() + seconds, after, 0
    with context.sessions.open_stream(session):
        while True:
            page = read(context, session, past, matches, most)
            left = min(deadline - monotonic(), POLL_INTERVAL)
            if page.records or left <= 0 or context.sessions.shutting_down:
                return page
            past = page.last
            before, number = number, context.sessions.wait(session, number, left, JOURNAL)
            if number < before:
                past = after  # the session was deleted, and its numbers start again at 1


def last(context: Context, session: str) -> int:
    """Return the number of the last exchange in the journal; 0 if it is empty."""
    return context.sessions.store.last(session, JOURNAL)


def served(context: Context, session: str) -> Sequence[str]:
    """Return the fixtures and scenarios shown since the journal was last emptied."""
    names: Sequence[str] | None = context.sessions.store.read(session, SERVED)[1]
    return names or ()


def clear(context: Context, session: str) -> None:
    """Empty the journal. The numbers of its exchanges continue."""
    context.sessions.store.forget(session, JOURNAL)
    context.sessions.store.forget(session, SERVED)


def _add_served(store: Store, session: str, names: Sequence[str]) -> None:
    while True:  # until no other request has changed the record in between
        version, stored = store.read(session, SERVED)
        stored = stored or ()
        if set(stored).issuperset(names):
            return
        new = [name for name in dict.fromkeys(names) if name not in stored]
        if store.compare_and_set(session, SERVED, version, [*stored, *new]):
            return


def _body(redaction: Redaction, body: bytes) -> dict[str, Any]:
    """Return a body as text, or as base64 if it is not UTF-8, with its full size in bytes."""
    redacted = redaction.body(body)
    cut = len(redacted) > MAX_BODY
    redacted = redacted[:MAX_BODY]
    try:
        text = redacted.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if not cut or error.start < MAX_BODY - 3:  # otherwise the cut has split the last character
            encoded = base64.b64encode(redacted).decode("ascii")
            return {"body": encoded, "encoding": "base64", "size": len(body)}
        text = redacted[: error.start].decode("utf-8")
    return {"body": text or None, "encoding": "utf-8" if text else None, "size": len(body)}


def _url(redaction: Redaction, request: Request, query: Sequence[Sequence[str]]) -> str:
    host = redaction.text(request.headers.get("host", "localhost"))
    encoded = urlencode([(name, value) for name, value in query])
    return f"http://{host}{encode_path(redaction.text(request.path))}" + (
        f"?{encoded}" if encoded else ""
    )


def _violations(
    context: Context, operation: Operation | None, response: Response, redaction: Redaction
) -> list[dict[str, str]]:
    """Return the issues in an error body: of the request, or of a response that was not sent; and
    the violations of a response that was forwarded."""
    if response.forwarded:
        return [
            {
                "pointer": redaction.text(each.pointer),
                "message": redaction.text(str(replace(each, pointer=""))),
            }
            for each in response.violations
        ]
    spec = context.dataset.spec
    own = operation.documented(response.status) if operation else None
    documented = (own, spec.outside.get(response.status))
    form = next((each.issues for each in documented if each and each.issues), None)
    if response.media_type == PROBLEM_DETAILS:
        form = PROBLEM_ISSUES
    if form is None:
        return []
    try:
        issues = json_text.parse(response.body)
        for name in form.path:
            issues = issues.get(name, {})
        return [{key: redaction.text(text) for key, text in issue.items()} for issue in issues]
    except (ValueError, LookupError, TypeError, AttributeError):  # a fault has changed the body
        return []
