"""Chunks are read as RFC 9112 has them, and nothing else is."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.chunks import MOST_TRAILERS, ChunkError, Chunks

EXTENSIONS = st.sampled_from([b"", b";a", b" ; a=b", b';a="b;c"'])
CHUNKS = st.lists(st.tuples(st.binary(min_size=1, max_size=40), EXTENSIONS), max_size=5)
TRAILERS = st.lists(st.sampled_from([b"A: b\r\n", b"Long: %b\r\n" % (b"x" * 4000)]), max_size=3)


def message(chunks: list[tuple[bytes, bytes]], trailers: list[bytes]) -> bytes:
    parts = [b"%x%b\r\n%b\r\n" % (len(part), more, part) for part, more in chunks]
    return b"".join([*parts, b"0\r\n", *trailers, b"\r\n"])


def read(sent: bytes, size: int = 7) -> bytes:
    chunks = Chunks(BytesIO(sent))
    return b"".join(iter(lambda: chunks.read(size), b""))


@given(CHUNKS, TRAILERS, st.integers(1, 50))
def test_what_was_sent_in_chunks_is_read_in_reads_of_any_size(
    chunks: list[tuple[bytes, bytes]], trailers: list[bytes], size: int
) -> None:
    assert read(message(chunks, trailers), size) == b"".join(part for part, _ in chunks)


@given(CHUNKS, st.data())
def test_a_body_that_stops_before_its_end_is_none(
    chunks: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    whole = message(chunks, [])
    with pytest.raises(ChunkError):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"1_0\r\nabc\r\n0\r\n\r\n",
        b"2\r\nabc\r\n0\r\n\r\n",
        b"4\r\nabc\r\n0\r\n\r\n",
        b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n",
        b"3;" + b"x" * 10_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"0\r\n" + b"A: b\r\n" * MOST_TRAILERS + b"\r\n",
    ],
)
def test_what_is_no_body_in_chunks_is_refused(sent: bytes) -> None:
    with pytest.raises(ChunkError):
        read(sent)
