"""Parse the bytes of a connection into requests, with httptools (llhttp)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from ..contract.exchange import PAIR, Query, Request, decode_path, host_of_target, parse_query
from ..contract.violations import Violation
from ..foundation.bounded_cache import BoundedCache
from .limits import Limits

MAX_CACHED = 1024  # messages
MAX_CACHED_MESSAGE = 2048  # bytes of a message
# llhttp rejects methods that it does not know, and stops parsing HTTP after CONNECT. So they are
# replaced by one that it knows, and the real one is kept beside it.
METHOD = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ")
KNOWN = frozenset(b"GET HEAD POST PUT DELETE OPTIONS TRACE PATCH".split())
STANDS_FOR = b"PUT"  # for any other method: one that may have a body
OLD, NOW = "1.0", "1.1"  # versions of HTTP
CHUNKED = "chunked"
BAD, LONG_TARGET, LONG_HEAD = 400, 414, 431  # statuses
SEPARATORS = {"cookie": "; "}  # of lines of one name; RFC 9113, section 8.2.3, for cookies
MAX_KNOWN = 64  # bytes of a header name whose key is cached
FRAMING = ("content-length", "transfer-encoding", "connection")  # what says where a message ends


Field = tuple[bytes, bytes]  # the name and the value of a header


class Message(NamedTuple):
    """A request of a connection. last: nothing after it can be parsed; old: it is HTTP/1.0."""

    request: Request
    last: bool
    old: bool = False


def message_cache() -> BoundedCache[Message]:
    """Return the cache of messages by their bytes: a client that polls sends the same ones again.

    Key: the bytes of one whole message, at most MAX_CACHED_MESSAGE. Bound: MAX_CACHED messages. It
    never goes stale, as parsing depends on nothing else. Messages that come only once, since each
    has its own request ID, take no room.
    """
    return BoundedCache(max_values=MAX_CACHED, from_second_time=True)


class RequestParser:
    """Parses what one connection sends. Complete requests are in ``ready``.

    started: part of a message has come; headed: all of its headers have; ended: the last message
    has come; expects: the client waits for 100 Continue (RFC 9110, section 10.1.1). cache: messages
    by their bytes, of all connections.
    """

    def __init__(self, cache: BoundedCache[Message], limits: Limits) -> None:
        self._cache, self._limits = cache, limits
        self.ready: deque[Message] = deque()
        self.ended = False
        self.started = False
        self.expects = False
        self._body = bytearray()
        self._parser = HttpRequestParser(self)

    @property
    def held(self) -> int:
        """Return the size of the requests that have not been handled, in bytes."""
        unfinished = self._beside + len(self._body) if self.started else 0
        return unfinished + sum(message.request.size_in_memory for message in self.ready)

    def feed(self, data: bytes) -> None:
        """Take bytes. What cannot be parsed becomes a message with a ``broken`` request."""
        if self.ended:
            return
        whole = not (self.started or self.ready) and len(data) <= MAX_CACHED_MESSAGE
        message = self._cache.get(data) if whole else None
        if message is not None:
            self.ready.append(message)
            return
        self._parse(data)
        whole = whole and len(self.ready) == 1 and not self.ready[0].last
        if whole and not self.started:
            self._cache.put(data, self.ready[0])

    def _parse(self, data: bytes) -> None:
        while data:
            if not self.started and (found := METHOD.match(data)) and found[1] not in KNOWN:
                self._method = found[1].decode("ascii")
                data = STANDS_FOR + data[found.end(1) :]
            self._most = self._beside + len(data)
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as offered:
                self._beside += offered.args[0]
                data = data[offered.args[0] :]
                self._ignore_upgrade()
                continue
            except HttpParserError as error:
                self.refuse(self._wrong or str(error) or type(error).__name__)
            self._beside += len(data)  # the body is taken off where it comes
            if not self.started:
                return
            overhead = self._limits.overhead
            if self._beside > overhead:
                self.refuse(f"a message must have at most {overhead} bytes besides its body")
            elif not self.headed and self._is_head_too_long(self._beside // 2):
                self._refuse_head()
            return

    def _is_head_too_long(self, size: int) -> bool:
        return size > self._limits.head or len(self._fields) > self._limits.headers

    def _refuse_head(self) -> None:
        limits = self._limits
        status = LONG_TARGET if len(self._url) > limits.head else LONG_HEAD
        most = f"{limits.head} bytes and {limits.headers} headers"
        self.refuse(f"a head must have at most {most}", status)

    def _ignore_upgrade(self) -> None:
        """Go on after ``Upgrade``: llhttp stops there, but a server may ignore the offer (RFC 9110,
        section 7.8). A second parser gets the framing headers again, then the body."""
        self._method = self._method or self._parser.get_method().decode("latin-1")
        framing = [f"{name}: {self._headers[name]}" for name in FRAMING if name in self._headers]
        head = [f"{STANDS_FOR.decode()} / HTTP/{self._version}", *framing, "", ""]
        self._parser, self._silent = HttpRequestParser(self), True
        self._parser.feed_data("\r\n".join(head).encode("latin-1"))

    def eof(self) -> None:
        """Note that the client sends no more."""
        if self.started and not self.ended and self.headed:
            length, came = self._headers.get("content-length"), len(self._body)
            self.refuse(
                f"Content-Length is {length}, but the body has {came} bytes"
                if length
                else "the body ends within a chunk"
            )
        self.ended = True

    def refuse(self, reason: str, status: int = BAD) -> None:
        """End the messages of this connection with one that has an error as its response."""
        if self.ended:
            return
        error = Violation("message", reason)
        self._add(Request("GET", "/", parse_error=error, error_status=status), last=True)

    _fields: list[Field]
    _headers: dict[str, str]
    headed = _silent = False  # silent: headers are parsed a second time
    _url = b""
    _version, _wrong, _method = NOW, "", ""
    _beside = _most = 0  # bytes of a message besides its body: those before this read, and at most

    def on_message_begin(self) -> None:
        if self._silent:
            return
        self.started, self.headed = True, False
        self._url, self._fields, self._body = b"", [], bytearray()
        self._beside = 0

    def on_url(self, url: bytes) -> None:
        if not self._silent:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        # Also called for trailers, which are ignored (RFC 9110, section 6.5.1).
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        if self._silent:
            self._silent, self._fields = False, []
            return
        fields, size = self._fields, self._most
        if size > self._limits.head:  # it may be that of other messages too: look closely
            size = len(self._url) + sum(map(len, chain.from_iterable(fields)))
        if self._is_head_too_long(size):
            self._refuse_head()
            raise ValueError
        self.headed, self._version, self._fields = True, self._parser.get_http_version(), []
        self._headers = headers = _headers(fields)
        if wrong := _unfit(self._version, headers):
            self._wrong = wrong
            raise ValueError(wrong)
        length = headers.get("content-length", "0")
        if int(length) > self._limits.body:  # the parser has checked that it is a number
            self._take(int(length), last=True)
        elif headers.get("expect", "").lower() == "100-continue":
            self.expects = self._version != OLD

    def on_body(self, body: bytes) -> None:
        if not self.ended:
            self._body += body
            self._beside -= len(body)
            if len(self._body) > self._limits.body:
                self._take(0, last=True)

    def on_message_complete(self) -> None:
        if not self.ended and not self._parser.should_upgrade():
            self._take(0, last=not self._parser.should_keep_alive())

    def _take(self, unread: int, last: bool) -> None:
        try:
            host, path, query = _target_parts(self._url)
        except ValueError:
            self.refuse("the request target must be a path or a URL")
            return
        method = self._method or self._parser.get_method().decode("latin-1")
        headers = self._headers if host is None else {**self._headers, "host": host}
        target = self._url.decode("latin-1")
        body = bytes(self._body)
        # At most all that has come, unless that was several messages.
        size = None if self.ready else len(body) + self._most + PAIR * len(query)
        self._add(Request.of(method, path, query, headers, body, unread, target, size), last)

    def _add(self, request: Request, last: bool) -> None:
        self.ready.append(Message(request, last, self._version == OLD))
        self.started = self.expects = self.headed = False
        self._method, self._body = "", bytearray()
        if last:
            self._end()

    def _end(self) -> None:
        self.ended = True
        if self.ready and not self.ready[-1].last:
            message = self.ready.pop()
            self.ready.append(Message(message.request, True, message.old))


def _headers(fields: Sequence[Field]) -> dict[str, str]:
    """Return headers by their names in lower case. Values of one name are joined."""
    headers: dict[str, str] = {}
    for name, value in fields:
        key = _known_key(name) if len(name) <= MAX_KNOWN else _key(name)
        text = value.decode("latin-1")
        headers[key] = headers[key] + SEPARATORS.get(key, ",") + text if key in headers else text
    return headers


def _key(name: bytes) -> str:
    return name.decode("latin-1").lower()


_known_key = lru_cache(256)(_key)  # clients send few names again and again


def _unfit(version: str, headers: Mapping[str, str]) -> str:
    """Why a head cannot be accepted; empty if it can (RFC 9112, sections 2.3, 3.2, 6.1)."""
    host = headers.get("host")
    if version not in (OLD, NOW):
        return f"the HTTP version must be {OLD} or {NOW}, not {version}"
    if (host is None and version == NOW) or (host is not None and "," in host):
        return "a request must have one Host header"
    if "transfer-encoding" in headers and headers["transfer-encoding"].strip().lower() != CHUNKED:
        return f"Transfer-Encoding must be {CHUNKED}"
    return ""


def _target_parts(target: bytes) -> tuple[str | None, str, Query]:
    """Return the host of a request target, if it has one, its decoded path, and its query.

    An encoded slash stays encoded, and empty segments stay.
    """
    text = target.decode("latin-1")
    host = host_of_target(text)
    if host is not None:
        parts = urlsplit(text)
        text = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = text.partition("?")
    path = decode_path(path.encode("latin-1").decode("utf-8", "replace"))
    return host, path, parse_query(query) if query else ()
