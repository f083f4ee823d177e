"""Bytes that a connection sends, as requests; httptools (llhttp) reads them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from ..contract.exchange import Request
from ..contract.requests import LARGEST_BODY
from ..contract.violations import Violation
from ..foundation.bounded_cache import BoundedCache
from ..http.messages import Query, decode_path, parse_query

LONGEST_HEAD, MOST_HEADERS = 64 * 1024, 100  # bytes of a request's head, and its headers
MOST_BESIDE = 1024 * 1024  # bytes of a message beside its body: a head, the marks of chunks
REMEMBERED = 512  # bytes of a target whose parts are remembered
LONGEST_NAME = 64  # bytes of a header's name that is remembered
MOST_KNOWN = 1024  # messages that are remembered
LONGEST_KNOWN = 2048  # bytes of one of them
# llhttp refuses the methods that it does not know, and takes CONNECT for the end of HTTP
METHOD = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ")
KNOWN = frozenset(b"GET HEAD POST PUT DELETE OPTIONS TRACE PATCH".split())
STANDS_FOR = b"PUT"  # any other: it may have a body, and means nothing to the parser
OLD, NOW = "1.0", "1.1"  # versions of HTTP
CHUNKED = "chunked"
SEPARATORS = {"cookie": "; "}  # of lines of one name; RFC 9113, section 8.2.3, for cookies
FRAMING = ("content-length", "transfer-encoding", "connection")  # what says where a message ends


@dataclass(frozen=True)
class Message:
    """A request as it came. last: nothing after it can be read; old: it is of HTTP/1.0."""

    request: Request
    last: bool
    old: bool = False


def known_messages() -> BoundedCache[Message]:
    """Messages by their bytes: whoever polls sends the same ones again and again."""
    return BoundedCache(most=MOST_KNOWN)


class Incoming:
    """What one connection sends. Whoever owns it takes requests from ``ready``.

    known: what the same bytes were before, on any connection.
    """

    def __init__(self, known: BoundedCache[Message]) -> None:
        self._known = known
        self.ready: deque[Message] = deque()
        self.ended = False  # the last message has come
        self.begun = False  # part of a message has come
        self.expects = False  # the client waits to be told to go on (RFC 9110, section 10.1.1)
        self._parser = HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Takes bytes as they come; what cannot be read is a message of its own."""
        if self.ended:
            return
        whole = not (self.begun or self.ready) and len(data) <= LONGEST_KNOWN
        message = self._known.get(data) if whole else None
        if message is not None:
            self.ready.append(message)
            return
        self._parse(data)
        whole = whole and len(self.ready) == 1 and not self.ready[0].last
        if whole and not self.begun:
            self._known.put(data, self.ready[0])

    def _parse(self, data: bytes) -> None:
        while data:
            if not self.begun and (found := METHOD.match(data)) and found[1] not in KNOWN:
                self._method = found[1].decode("ascii")
                data = STANDS_FOR + data[found.end(1) :]
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as offered:
                self._beside += offered.args[0]
                data = data[offered.args[0] :]
                self._go_on()
                continue
            except HttpParserError as error:
                self._break(self._wrong or str(error) or type(error).__name__)
            self._beside += len(data)  # the body is taken off where it comes
            if self.begun and self._beside > MOST_BESIDE:
                self._break(f"a message has at most {MOST_BESIDE} bytes beside its body")
            return

    def _go_on(self) -> None:
        """Reads on where the parser has stopped for another protocol, which is an offer that need
        not be taken (RFC 9110, section 7.8): another parser has the body before it."""
        self._method = self._method or self._parser.get_method().decode("latin-1")
        framing = [f"{name}: {self._headers[name]}" for name in FRAMING if name in self._headers]
        head = [f"{STANDS_FOR.decode()} / HTTP/{self._version}", *framing, "", ""]
        self._parser, self._silent = HttpRequestParser(self), True
        self._parser.feed_data("\r\n".join(head).encode("latin-1"))

    def eof(self) -> None:
        """The client sends no more."""
        if self.begun and not self.ended and self._headed:
            told, came = self._headers.get("content-length"), self._came
            self._break(
                f"the body has the {told} bytes that Content-Length says, not {came}"
                if told
                else "the body ends in the midst of a chunk"
            )
        self.ended = True

    _headed = _silent = False  # silent: the parser reads again what was read before
    _url = b""
    _version, _wrong, _method = NOW, "", ""
    _size = _count = _beside = _came = 0

    def on_message_begin(self) -> None:
        if self._silent:
            return
        self.begun, self._headed = True, False
        self._url, self._body, self._headers = b"", list[bytes](), dict[str, str]()
        self._size = self._count = self._beside = self._came = 0

    def on_url(self, url: bytes) -> None:
        if self._silent:
            return
        self._url += url
        self._grown(len(url))

    def _grown(self, size: int) -> None:
        """Raises ValueError, which ends the parsing, when the head is longer than it may be."""
        self._size += size
        if self._size > LONGEST_HEAD or self._count > MOST_HEADERS:
            self._wrong = f"a head has at most {LONGEST_HEAD} bytes and {MOST_HEADERS} headers"
            raise ValueError(self._wrong)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._silent:
            return
        self._count += 1
        self._grown(len(name) + len(value))
        if self._headed:  # a trailer says nothing that is to be known (RFC 9110, section 6.5.1)
            return
        key = _name(name) if len(name) <= LONGEST_NAME else _lowered(name)
        text = value.decode("latin-1")
        known = self._headers.get(key)
        separator = SEPARATORS.get(key, ",")
        self._headers[key] = text if known is None else f"{known}{separator}{text}"

    def on_headers_complete(self) -> None:
        if self._silent:
            self._silent = False
            return
        self._headed, self._version = True, self._parser.get_http_version()
        if wrong := _unfit(self._version, self._headers):
            self._wrong = wrong
            raise ValueError(wrong)
        length = self._headers.get("content-length", "0")
        if int(length) > LARGEST_BODY:  # the parser has seen to it that it is a number
            self._take(int(length), last=True)
        elif self._headers.get("expect", "").lower() == "100-continue":
            self.expects = self._version != OLD

    def on_body(self, body: bytes) -> None:
        if not self.ended:
            self._body.append(body)
            self._came += len(body)
            self._beside -= len(body)
            if self._came > LARGEST_BODY:
                self._take(0, last=True)

    def on_message_complete(self) -> None:
        if not self.ended and not self._parser.should_upgrade():
            self._take(0, last=not self._parser.should_keep_alive())

    def _take(self, unread: int, last: bool) -> None:
        try:
            path, query = _parts(self._url) if len(self._url) <= REMEMBERED else _parted(self._url)
        except ValueError:
            self._break("what is asked for is no path and no address")
            return
        method = self._method or self._parser.get_method().decode("latin-1")
        request = Request(method, path, query, self._headers, b"".join(self._body), unread)
        self._add(request, last)

    def _break(self, reason: str) -> None:
        if self.ended:
            return
        request = Request("GET", "/", broken=Violation("message", reason))
        self._add(request, last=True)

    def _add(self, request: Request, last: bool) -> None:
        self.ready.append(Message(request, last, self._version == OLD))
        self.begun = self.expects = self._headed = False
        self._method = ""
        if last:
            self._end()

    def _end(self) -> None:
        self.ended = True
        if self.ready and not self.ready[-1].last:
            message = self.ready.pop()
            self.ready.append(Message(message.request, True, message.old))


def _unfit(version: str, headers: Mapping[str, str]) -> str:
    """Why a message cannot be taken whose head has come (RFC 9112, sections 2.3, 3.2, 6.1)."""
    host = headers.get("host")
    if version not in (OLD, NOW):
        return f"HTTP is of the version {OLD} or {NOW} here, not {version}"
    if (host is None and version == NOW) or (host is not None and "," in host):
        return "a request names its Host once"
    if headers.get("transfer-encoding", CHUNKED).strip().lower() != CHUNKED:
        return f"a body may be {CHUNKED}, and is coded in no other way"
    return ""


def _lowered(name: bytes) -> str:
    return name.decode("latin-1").lower()


_name = lru_cache(512)(_lowered)


def _parted(target: bytes) -> tuple[str, Query]:
    """The path of a request's target, decoded segment by segment, and its query.

    An encoded slash parts nothing, and empty segments stay.
    """
    text = target.decode("latin-1")
    if not text.startswith("/") and "://" in text:  # absolute form (RFC 9112, section 3.2.2)
        parts = urlsplit(text)
        text = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = text.partition("?")
    path = decode_path(path.encode("latin-1").decode("utf-8", "replace"))
    return path, parse_query(query)


_parts = lru_cache(4096)(_parted)
