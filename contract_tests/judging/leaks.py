"""Secrets that no response may contain: tokens, and stack traces of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mock_server.contract.violations import Violation

from ..target.target import Exchange, Target

SHORTEST_TOKEN = 6  # characters; a shorter token can be part of a response by chance
TRACES = re.compile(
    rb"Traceback \(most recent call last\)"
    rb"|File \\?\"[^\"\\]+\\?\", line \d+"
    rb"|(?:\\n|\n)\s*at (?:[^\"\\\n]{0,120}\()?(?:file://|/|[A-Za-z]:\\)[^\"\n]{1,200}:\d+:\d+"
    rb"|(?:\\n|\n)(?:\\t|\s)*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)"
)


def leaks(exchange: Exchange, target: Target) -> Iterator[Violation]:
    """Yield a violation for each token and stack trace in a response.

    A response may contain what the request contained.
    """
    request, response = exchange.request, exchange.response
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
    received = response.body + b"\n" + headers.encode()
    sent = repr((request.path, request.query)).encode() + request.body
    for token in (target.token, target.other_token):
        secret = (token or "").encode()
        if len(secret) >= SHORTEST_TOKEN and secret in received and secret not in sent:
            yield Violation("token", "no response contains a token", found="a token of the run")
    # A success may contain any text: the log of a build can have stack traces.
    trace = TRACES.search(response.body) if response.status >= 400 else None
    if trace and trace[0] not in request.body:
        excerpt = trace[0][:80].decode("utf-8", "replace")
        message = "no response contains a stack trace of the server"
        yield Violation("trace", message, found=excerpt)
