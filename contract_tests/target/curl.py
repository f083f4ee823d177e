"""A request as a curl command that sends it again."""

from __future__ import annotations

import re
import shlex

from mock_server.contract.exchange import Request

from .redaction import FORMS, TokenRedaction, header_placeholder

PLACEHOLDERS = re.compile(
    "|".join(
        re.escape(placeholder.format(name)) + (r"(?!\w)" if placeholder == "${0}" else "")
        for _, placeholder in FORMS
        for name in ("TOKEN", "OTHER_TOKEN")
    )
    + r"|\$HEADER_[A-Z0-9_]+"
)

# Headers that every HTTP client sets by itself, and one that Schemathesis adds
OF_THE_CLIENT = (
    *("host", "connection", "content-length", "transfer-encoding", "user-agent"),
    *("accept", "accept-encoding", "x-schemathesis-testcaseid"),
)


def curl(request: Request, url: str, redaction: TokenRedaction) -> str:
    """Return a command that sends a request again, with the credentials as shell variables."""
    words = ["curl", "-sS", "--path-as-is"]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != ("POST" if request.body else "GET"):
        words += ["-X", request.method]
    words.append(_in_double_quotes(redaction(url)))
    for name in redaction.headers:
        if name.lower() not in request.headers:
            words += ["-H", _in_double_quotes(f"{name}: {header_placeholder(name)}")]
    others = [name for name in request.headers if name not in OF_THE_CLIENT]
    for name in dict.fromkeys(("content-type", "authorization", *others)):
        if name in request.headers:
            shown = redaction(request.headers[name])
            words += ["-H", _in_double_quotes(f"{name}: {shown}" if shown else f"{name};")]
        elif name == "content-type" and request.body:
            words += ["-H", "content-type:"]
    if request.body:
        words += ["--data-binary", _body(request.body, redaction)]
    return " ".join(words)


def _in_double_quotes(text: str) -> str:
    """Return a text as one word in which the shell expands the placeholders of credentials."""
    if not PLACEHOLDERS.search(text):
        return shlex.quote(text)
    plain = [re.sub(r'([\\"`$])', r"\\\1", part) for part in PLACEHOLDERS.split(text)]
    placeholders = [*PLACEHOLDERS.findall(text), ""]
    return '"' + "".join(a + b for a, b in zip(plain, placeholders, strict=True)) + '"'


def _body(body: bytes, redaction: TokenRedaction) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and text:
        return _in_double_quotes(redaction(text))
    # In $'…' the shell expands no placeholder, so these are separate parts of the word.
    shown = redaction(body.decode("latin-1"))
    plain = [
        "$'" + "".join(map(_escaped, part.encode("latin-1"))) + "'"
        for part in PLACEHOLDERS.split(shown)
    ]
    placeholders = [*(f'"{each}"' for each in PLACEHOLDERS.findall(shown)), ""]
    return "".join(a + b for a, b in zip(plain, placeholders, strict=True))


def _escaped(byte: int) -> str:
    plain = 32 <= byte < 127 and byte not in b"'\\"
    return chr(byte) if plain else f"\\x{byte:02x}"
