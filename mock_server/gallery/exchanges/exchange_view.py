"""A recorded exchange with its headers and bodies, for the request log of the console."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ... import journal
from ...contract.exchange import Response
from ..page_request import PageError, PageRequest
from ..rendering import render

HTML = (("Content-Type", "text/html; charset=utf-8"),)
MAX_TEXT = 20_000  # characters of a body


@dataclass(frozen=True)
class BodyText:
    """A recorded body: JSON pretty-printed, or other text. note: why there is no text.

    cut: whether its end is left out.
    """

    text: str
    media_type: str
    note: str = ""
    cut: bool = False


def exchange_panel(page: PageRequest) -> Response:
    """Return the exchange with the number in the query. Raise PageError (404) if it is gone."""
    text = page.query.get("number", "")
    number = int(text) if text.isdecimal() and len(text) < 12 else 0
    found = journal.read(page.context, page.session, number - 1, most=1).records
    if not found or found[0]["number"] != number:
        raise PageError(404, f"The log has no exchange {text[:12]}", "It keeps the last ones only.")
    html = render(
        "console_exchange.html",
        exchange=found[0],
        request=body_text(found[0], found[0]["headers"]),
        response=body_text(found[0]["response"], found[0]["response"]["headers"]),
    )
    return Response(200, HTML, html)


def body_text(message: Mapping[str, Any], headers: Any) -> BodyText:
    """Return the body of a recorded message. headers: pairs of name and value."""
    values = (value for name, value in headers if name.lower() == "content-type")
    media_type = str(next(values, ""))
    if message.get("stream"):
        return BodyText("", media_type, "A stream")
    if message["encoding"] == "base64":
        return BodyText("", media_type, f"{message['size']} bytes that are not text")
    text, cut = message["body"] or "", False
    if "json" in media_type:
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            cut = len(text.encode()) < message["size"]
    return BodyText(text[:MAX_TEXT], media_type, "No body", cut or len(text) > MAX_TEXT)
