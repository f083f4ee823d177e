"""Decode bodies (RFC 9110, section 8.4), so that they can be judged."""

from __future__ import annotations

import zlib

# The format that zlib detects: gzip or zlib. Some servers send raw deflate data in its place.
DETECTED, RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
CODINGS = ("gzip", "x-gzip", "deflate")
IDENTITY = ("", "identity")


class BodyError(ValueError):
    """A body that cannot be decoded, or not within the limit."""


def decoded(body: bytes, coding: str, limit: int) -> bytes:
    """Return a body without its content coding.

    coding: the value of ``Content-Encoding``. limit: the largest result in bytes; no more is ever
    decoded. Raises BodyError.
    """
    coding = coding.strip().lower()
    if coding in IDENTITY:
        return body
    if coding not in CODINGS:
        raise BodyError(f"its content coding {coding[:40]!r} cannot be decoded")
    for window in (DETECTED, RAW) if coding == "deflate" else (DETECTED,):
        decoder = zlib.decompressobj(window)
        try:
            result = decoder.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(result) > limit:
            raise BodyError(f"it has more than {limit} bytes when decoded")
        if decoder.eof:
            return result
    raise BodyError(f"it is not valid {coding}")
