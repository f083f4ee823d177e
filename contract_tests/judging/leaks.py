"""What no answer may show: credentials, and where in the server's program it broke."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mock_server.contract.violations import Violation

from ..target.target import Exchange, Target

SHORTEST = 6  # characters of a token that stands nowhere by chance
TRACES = re.compile(
    rb"Traceback \(most recent call last\)"
    rb"|File \\?\"[^\"\\]+\\?\", line \d+"
    rb"|(?:\\n|\n)\s*at (?:[^\"\\\n]{0,120}\()?(?:file://|/|[A-Za-z]:\\)[^\"\n]{1,200}:\d+:\d+"
    rb"|(?:\\n|\n)(?:\\t|\s)*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)"
)


def leaks(exchange: Exchange, target: Target) -> Iterator[Violation]:
    """The secrets in an answer. The id of an account may stand anywhere, its token may not."""
    answer = exchange.response
    told = answer.body + b"\n" + "\n".join(f"{n}: {v}" for n, v in answer.headers).encode()
    asked = exchange.request
    given = repr((asked.path, asked.query)).encode() + asked.body
    for token in (target.token, target.other_token):
        secret = (token or "").encode()
        if len(secret) >= SHORTEST and secret in told and secret not in given:
            yield Violation("token", "no answer tells a token", found="the token of the run")
    # a success may hold any text: a build's log tells of traces of its own
    trace = TRACES.search(answer.body) if answer.status >= 400 else None
    if trace and trace[0] not in asked.body:
        found = trace[0][:80].decode("utf-8", "replace")
        yield Violation("trace", "no answer tells where in its program a server broke", found=found)
