"""Split a multipart form into its parts (RFC 7578), with the parser of Werkzeug."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from ..exchange import media_type

MAX_PARTS = 1000


class MultipartError(ValueError):
    """A body is not a multipart form."""


class Part(NamedTuple):
    """A part of a form. media_type, charset: empty if the client did not send them."""

    name: str
    is_file: bool
    media_type: str
    charset: str
    content: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a body. Raises MultipartError.

    content_type: the header of the request, which contains the boundary.
    """
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise MultipartError("Content-Type must have a boundary")
    decoder = MultipartDecoder(boundary.encode("utf-8", "replace"), max_parts=MAX_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    try:
        return list(_parts(decoder))
    except HTTPException:
        raise MultipartError(f"a form must have at most {MAX_PARTS} parts") from None
    except ValueError as error:
        raise MultipartError(str(error)) from None


def _parts(decoder: MultipartDecoder) -> Iterator[Part]:
    while not isinstance(event := decoder.next_event(), Epilogue):
        if not isinstance(event, Field | File):
            continue
        if event.name is None:
            raise MultipartError("each part must have a name")
        content_type = event.headers.get("content-type", "")
        charset = parse_options_header(content_type)[1].get("charset", "")
        content, more = b"", True
        while more:
            data = decoder.next_event()
            if isinstance(data, Data):
                content, more = content + data.data, data.more_data
        is_file = isinstance(event, File)
        yield Part(event.name, is_file, media_type(content_type), charset, content)
