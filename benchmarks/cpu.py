"""Measure the CPU time of a request in the process, without sockets, and what each cache saves.

    make bench-cpu
    python -m benchmarks.cpu --seconds 0.2

The parser, the pipeline and the writer of the server run in this process. Each row of the table
switches one cache off. A full run updates docs/benchmarks.md.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import TypeVar

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.app.request_resolution import ResolvedRequest
from mock_server.app.response_cache import ResponseCache
from mock_server.app.sources import load_sources
from mock_server.foundation.bounded_cache import BoundedCache
from mock_server.server import response_writer
from mock_server.server.limits import Limits
from mock_server.server.request_parser import Message, RequestParser, message_cache

from .load.requests import GET, HEADERS, REBUILD, REJECTED, RELEASE, Request, WrongResponseError
from .report import caption, parser, table, update_document

SESSIONS = 800
LIST = Request("list", "/package_releases/list", json.dumps({"package_id": "pkg_3"}))
LIST_LENGTH = 100  # copies of RELEASE
BATCH = 200  # requests between two looks at the clock
Value = TypeVar("Value")


class NoCache(BoundedCache[Value]):
    """A cache that is switched off."""

    def get(self, _: Hashable) -> Value | None:
        return None

    def put(self, _: Hashable, value: Value) -> Value:
        return value


def main() -> int:
    options = parser("cpu", rounds=5, seconds=0.5).parse_args()
    mock = mock_of(*load_sources())
    rows = []
    for name, variant in _variants(mock).items():
        readings = [
            min(_cpu(variant, load(), options.seconds) for _ in range(options.rounds))
            for load in LOADS.values()
        ]
        rows.append((name, *(f"{1e6 * seconds:.0f}" for seconds in readings)))
    judge_list = list_judging(mock)
    listed = 1000 * min(judge_list() for _ in range(10 * options.rounds))
    lines = [
        *table(("CPU µs per request", *LOADS), rows),
        "",
        f"Judging a list of {LIST_LENGTH} releases takes {listed:.1f} ms of CPU.",
    ]
    print("\n".join(lines))
    update_document(options.document, "cpu", [*lines, "", caption("make bench-cpu")])
    return 0


Load = Callable[[], Iterator[bytes]]


def _message(request: Request, session: str = "", header: str = "") -> bytes:
    headers = {"Host": "127.0.0.1:3100", **HEADERS, "Content-Length": str(len(request.body))}
    lines = [f"POST {session}/api{request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, *([header] if header else []), "", request.body]).encode()


LOADS: Mapping[str, Load] = {
    "the same request again": lambda: cycle([_message(GET)]),
    "each request different": lambda: (
        _message(GET, header=f"X-Request-Id: {number}") for number in range(10**9)
    ),
    "rejected": lambda: cycle([_message(REJECTED)]),
    f"{SESSIONS} sessions": lambda: cycle(
        [_message(GET, f"/_s/s{number}") for number in range(SESSIONS)]
    ),
    "rebuild": lambda: cycle([_message(REBUILD)]),
}


@dataclass(frozen=True)
class Variant:
    """A mock and its cache of messages, some of whose caches are switched off."""

    mock: Mock
    messages: BoundedCache[Message]


def _variants(mock: Mock) -> Mapping[str, Variant]:
    judge = mock.context.judge
    unresolved = replace(mock, resolver=replace(mock.resolver, _cache=NoCache()))
    unrendered = replace(mock, response_cache=ResponseCache(judge, responses=NoCache()))
    unjudged = replace(mock, response_cache=ResponseCache(judge, verdicts=NoCache()))
    return {
        "all caches": Variant(mock, message_cache()),
        "without messages": Variant(mock, NoCache()),
        "without resolved requests": Variant(unresolved, message_cache()),
        "without responses": Variant(unrendered, message_cache()),
        "without verdicts": Variant(unjudged, message_cache()),
    }


def _cpu(variant: Variant, load: Iterator[bytes], seconds: float) -> float:
    """Return the CPU seconds of a request, after a warm-up of the same time."""
    parser = RequestParser(variant.messages, Limits())
    for _ in range(2):
        count, started, spent = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - started < seconds:
            messages = [*islice(load, BATCH)]
            for data in messages:
                _serve(variant.mock, parser, data)
            count += len(messages)
        spent = time.process_time() - spent
    return spent / count


def _serve(mock: Mock, parser: RequestParser, data: bytes) -> bytes:
    parser.feed(data)
    message = parser.ready.popleft()
    response = respond(mock, message.request)
    head = response_writer.head(response, message, last=False)
    return head + response_writer.body(response, message)


def list_judging(mock: Mock) -> Callable[[], float]:
    """Return a function that judges a list and returns the CPU seconds.

    The list has LIST_LENGTH copies of RELEASE, each with its own key.
    """
    parser = RequestParser(NoCache(), Limits())
    parser.feed(_message(LIST))
    request = parser.ready.popleft().request
    resolved = mock.resolver.resolve(request).outcome
    if not isinstance(resolved, ResolvedRequest):
        raise WrongResponseError(f"{LIST.name}: {resolved}")
    response = respond(mock, request)
    body = json.loads(response.body)
    name = next(name for name, value in body.items() if isinstance(value, list))
    release = next(item for item in body[name] if RELEASE in item.values())
    key = mock.spec.with_timelines[0].key
    changes = {"is_latest": False}  # a list may have one latest release
    body[name] = [{**release, key: f"rel_{n}", **changes} for n in range(LIST_LENGTH)]
    long = replace(response, body=json.dumps(body, ensure_ascii=False).encode())
    now = datetime.now(UTC)

    def judge() -> float:
        started = time.process_time()
        violations = mock.context.judge.response(resolved.operation, resolved.request, long, now)
        spent = time.process_time() - started
        if violations:
            raise WrongResponseError(f"{LIST.name}: {violations[0]}")
        return spent

    return judge


if __name__ == "__main__":
    sys.exit(main())
