"""The journal: the exchanges of a session, bounded, credentials redacted.

An exchange is written down once and never changed. In memory it stays as it was until it is read;
what leaves this process does so as a JSON value without credentials.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from ..contract.document.spec import Operation
from ..contract.exchange import Request, Response
from ..contract.source import json_text
from ..foundation import timestamps
from ..operations.call import Context
from ..stores import Store
from .near_misses import near_miss
from .redaction import Redaction, redaction_of

MOST = 1000  # exchanges that a session keeps
LARGEST = 64 * 1024  # bytes of a body that are kept
LOOK = 0.5  # seconds after which who waits sees that the process is to end
BESIDE = 2048  # bytes that an exchange takes beside its bodies, or thereabouts
JOURNAL, SERVED = "journal", "served"

Exchange = Mapping[str, Any]


@dataclass(frozen=True)
class Note:
    """An exchange as it happened, put into words when somebody wants to read it.

    now: the session's, in milliseconds; operation: None when the request matches none; path: that
    of the request without a prefix that names a session.
    """

    context: Context
    session: str
    now: int
    operation: Operation | None
    request: Request
    answer: Response
    path: str

    def exchange(self) -> Exchange:
        """The exchange as a JSON value."""
        context, operation = self.context, self.operation
        request, answer = replace(self.request, path=self.path), self.answer
        known = (account.token for account in context.dataset.catalog.accounts if account.token)
        redaction = redaction_of(request, known)
        query = redaction.query(request.query)
        near = near_miss(context, operation, request, answer)
        exchange = {
            "at": timestamps.text(self.now),
            "session": self.session,
            "operation": operation.id if operation else None,
            "method": request.method,
            "path": redaction.text(request.path),
            "url": _url(redaction, self.request, query),
            "query": query,
            "headers": redaction.headers(request.headers.items()),
            **_body(redaction, request.body),
            "response": {
                "status": answer.status,
                "headers": redaction.headers(answer.headers),
                **_body(redaction, answer.body),
                "stream": answer.stream is not None,
            },
            "served": list(answer.served),
            "faults": list(answer.faults),
        }
        if violations := _violations(context, operation, answer, redaction):
            exchange["violations"] = violations
        if near:
            exchange["near_miss"] = {name: redaction.text(text) for name, text in near.items()}
        return exchange


def write(noted: Note) -> None:
    """Writes an exchange down: in words where it leaves this process, or takes much room."""
    store, answer = noted.context.sessions.store, noted.answer
    asked, told = len(noted.request.body), len(answer.body)
    in_words = store.shared or max(asked, told) > LARGEST or answer.stream is not None
    value = noted.exchange() if in_words else noted
    weight = BESIDE + min(asked, LARGEST) + min(told, LARGEST)
    store.append(noted.session, JOURNAL, value, MOST, weight)
    if answer.served:
        _add_served(store, noted.session, answer.served)


def read(context: Context, session: str, after: int = 0) -> list[Exchange]:
    """The exchanges of a session with their numbers, the earliest first; those after a number."""
    items = context.sessions.store.tail(session, JOURNAL, after)
    return [
        {"number": number, **(item.exchange() if isinstance(item, Note) else item)}
        for number, item in items
    ]


def wait(
    context: Context, session: str, wanted: Callable[[Exchange], bool], after: int, seconds: float
) -> list[Exchange]:
    """The exchanges that are wanted; when there is none, it waits for one, at most so many seconds
    of the wall clock, and no longer than this process is to live."""
    until, past, number = time.monotonic() + seconds, after, 0
    with context.sessions.held(session):
        while True:
            exchanges = read(context, session, past)
            found = [exchange for exchange in exchanges if wanted(exchange)]
            left = min(until - time.monotonic(), LOOK)
            if found or left <= 0 or context.sessions.ending:
                return found
            past = exchanges[-1]["number"] if exchanges else past
            before, number = number, context.sessions.wait(session, number, left, JOURNAL)
            if number < before:
                past = after  # the session was dropped, and its numbers begin anew


def last(context: Context, session: str) -> int:
    """The number of the last exchange that is kept; 0 when there is none."""
    return context.sessions.store.last(session, JOURNAL)


def served(context: Context, session: str) -> Sequence[str]:
    """The names of fixtures and scenarios that were shown since the journal was empty."""
    names: Sequence[str] | None = context.sessions.store.read(session, SERVED)[1]
    return names or ()


def clear(context: Context, session: str) -> None:
    """Empties the journal. Numbers go on."""
    context.sessions.store.forget(session, JOURNAL)
    context.sessions.store.forget(session, SERVED)


def _add_served(store: Store, session: str, names: Sequence[str]) -> None:
    while True:
        version, known = store.read(session, SERVED)
        more = [name for name in dict.fromkeys(names) if name not in (known or ())]
        if not more or store.compare_and_set(session, SERVED, version, [*(known or ()), *more]):
            return


def _body(redaction: Redaction, body: bytes) -> dict[str, Any]:
    """A body as text, or in base64 when it is none; size is that of the whole."""
    kept = redaction.body(body)
    cut = len(kept) > LARGEST
    kept = kept[:LARGEST]
    try:
        text = kept.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if not cut or error.start < LARGEST - 3:  # else a character that the cut went through
            encoded = base64.b64encode(kept).decode("ascii")
            return {"body": encoded, "encoding": "base64", "size": len(body)}
        text = kept[: error.start].decode("utf-8")
    return {"body": text or None, "encoding": "utf-8" if text else None, "size": len(body)}


def _url(redaction: Redaction, request: Request, query: Sequence[Sequence[str]]) -> str:
    host = redaction.text(request.headers.get("host", "localhost"))
    written = urlencode([(name, value) for name, value in query])
    return f"http://{host}{quote(redaction.text(request.path))}" + (
        f"?{written}" if written else ""
    )


def _violations(
    context: Context, operation: Operation | None, answer: Response, redaction: Redaction
) -> list[dict[str, str]]:
    """What an error lists as wrong: with the request, or with the answer that would have been."""
    spec = context.dataset.spec
    documented = operation.responses.get(answer.status) if operation else None
    response = documented or spec.outside.get(answer.status)
    if response is None or response.issues is None:
        return []
    outer, name = response.issues.path
    try:
        listed = json_text.parse(answer.body)[outer].get(name, [])
    except (ValueError, LookupError, TypeError, AttributeError):  # a fault may have been here
        return []
    return [{key: redaction.text(text) for key, text in issue.items()} for issue in listed]
