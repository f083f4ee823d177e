"""Secrets that no response may contain: tokens, and stack traces of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mock_server.contract.exchange import Exchange
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation

from ..target.redaction import whole
from ..target.target import Target

SHORTEST_TOKEN = 6  # characters; a shorter token can be part of a response by chance
TRACES = re.compile(
    rb"Traceback \(most recent call last\)"
    rb"|File \\?\"[^\"\\]+\\?\", line \d+"
    rb"|(?:\\n|\n)\s*at (?:[^\"\\\n]{0,120}\()?(?:file://|/|[A-Za-z]:\\)[^\"\n]{1,200}:\d+:\d+"
    rb"|(?:\\n|\n)(?:\\t|\s)*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)"
)


@dataclass(frozen=True)
class Leaks:
    """Finds the secrets in responses.

    id_names: the properties that identify a resource. ids: the tokens of the run that are also the
    id of a resource, as in tests that use the id of a caller as its token. These are no secrets.
    """

    target: Target
    id_names: frozenset[str] = frozenset()
    ids: set[str] = field(default_factory=set)

    def of(self, exchange: Exchange) -> Iterator[Violation]:
        """Yield a violation for each token and stack trace in a response.

        A response may contain what the request contained.
        """
        request, response = exchange.request, exchange.response
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
        received = response.body + b"\n" + headers.encode()
        sent = repr((request.path, request.query)).encode() + request.body
        for token in (self.target.token, self.target.other_token):
            secret = (token or "").encode()
            if len(secret) < SHORTEST_TOKEN or secret not in received or secret in sent:
                continue
            if whole(token or "").search(received.decode("utf-8", "replace")) and not self._is_id(
                token or "", response.body
            ):
                yield Violation("token", "no response contains a token", found="a token of the run")
        # A success may contain any text: the log of a process can have stack traces.
        trace = TRACES.search(response.body) if response.status >= 400 else None
        if trace and trace[0] not in request.body:
            excerpt = trace[0][:80].decode("utf-8", "replace")
            message = "no response contains a stack trace of the server"
            yield Violation("trace", message, found=excerpt)

    def _is_id(self, token: str, body: bytes) -> bool:
        """Return whether a token is the id of a resource, in this body or an earlier one."""
        if token not in self.ids:
            try:
                values = [json_text.parse(body)]
            except ValueError:
                values = []
            while values and token not in self.ids:
                value = values.pop()
                if isinstance(value, dict):
                    self.ids.update({token} if token in map(value.get, self.id_names) else ())
                    values.extend(value.values())
                elif isinstance(value, list):
                    values.extend(value)
        return token in self.ids
