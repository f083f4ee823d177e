"""The smallest valid file of some media types, served when a schema only says "binary"."""

from __future__ import annotations

import gzip
from base64 import b64decode

# One white pixel each.
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="
)
JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////"
    "////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EABQQAQAA"
    "AAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8Aa//Z"
)
GIF = b64decode("R0lGODdhAQABAIEAAP///wAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==")
WEBP = b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=")
BMP = b64decode("Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAADEDgAAxA4AAAAAAAAAAAAA////AA==")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
ZIP = b"PK\x05\x06" + bytes(18)  # an archive without files
WAV = (  # no samples
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0"
)


def _pdf() -> bytes:
    """Return a PDF of one empty page."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    ]
    content, offsets = b"%PDF-1.4\n", []
    for number, definition in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj%sendobj\n" % (number, definition)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(content)
    content += b"xref\n0 4\n0000000000 65535 f \n" + table
    return content + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start


SAMPLE_FILES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/jpg": JPEG,
    "image/gif": GIF,
    "image/webp": WEBP,
    "image/bmp": BMP,
    "image/svg+xml": SVG,
    "application/pdf": _pdf(),
    "application/zip": ZIP,
    "application/x-zip-compressed": ZIP,
    "application/gzip": gzip.compress(b"", mtime=0),
    "application/x-gzip": gzip.compress(b"", mtime=0),
    "audio/wav": WAV,
    "audio/x-wav": WAV,
}
