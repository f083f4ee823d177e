"""The request of an operation that its page offers: to send it, or to copy it as ``curl``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ...contract.document.operation import Operation
from ...generation.generate import CannotGenerateError
from ...generation.requests.curl import curl_command
from ...generation.requests.sample_request import SampleRequest, sample_request
from ...http.credentials import first_token
from ..page_request import PageRequest

LINE = " \\\n  "  # continues a command on the next line
UNSENDABLE = ("cookie",)  # headers that a script cannot set


@dataclass(frozen=True)
class OfferedRequest:
    """A request in a session. prefix: the path of the mock, of its session and of the server."""

    request: SampleRequest
    prefix: str
    origin: str

    @property
    def path(self) -> str:
        return self.prefix + self.request.target

    @property
    def sendable(self) -> bool:
        """Return whether the script of the page can send the request."""
        headers = {name.lower() for name in self.request.headers}
        return headers.isdisjoint(UNSENDABLE) and self.request.method != "TRACE"

    def json(self, prefer: str = "") -> str:
        """Return the request as JSON, for the script of the page."""
        headers = {**self.request.all_headers, **({"prefer": prefer} if prefer else {})}
        body = self.request.body.decode("utf-8", "replace") if self.request.content_type else None
        call = {"method": self.request.method, "path": self.path, "headers": headers, "body": body}
        return json.dumps(call, ensure_ascii=False)

    def curl(self, prefer: str = "") -> str:
        """Return the command that sends the request, an option on each line.

        prefer: value of the header ``Prefer``.
        """
        headers: Mapping[str, str] = {"Prefer": prefer} if prefer else {}
        return curl_command(self.origin + self.prefix, self.request, headers, LINE)


def offered_request(page: PageRequest, operation: Operation) -> OfferedRequest | None:
    """Return a valid request; None if no valid value of a parameter or of the body was found."""
    token = first_token(page.dataset.catalog.callers)
    try:
        request = sample_request(page.context.judge.schemas, operation, page.wall, token)
    except CannotGenerateError:
        return None
    prefix = (operation.prefixes or page.spec.prefixes)[0]
    return OfferedRequest(request, page.root + prefix, page.origin)
