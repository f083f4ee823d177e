"""Any bytes as a YAML or JSON file are read, or refused with the line of the problem."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.source.yaml_documents import read
from mock_server.contract.violations import ContractError
from tests.helpers.fuzzing import fuzzed

SOURCES = (
    b"openapi: 3.1.0\npaths:\n  /a: {get: {responses: {'200': {description: ok}}}}\n",
    b"a: &x [1, 2]\nb: *x\nc: !!str 1\nd: |\n  text\n  more\ne: >-\n  folded\n",
    b'{"a": [1, 2.5, null, true, "\\u00e9\\n"], "b": {"c": {}}}',
    b"- a\n- {b: c, 'd': \"e\"}\n-\n  - 0x1F\n  - 2030-01-01\n  - yes\n",
)
NOISE = (
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\t", b"\n", b": ", b"- ", b"&x", b"*x", b"!!python/none"),
    *(b"{", b"}", b"[", b"]", b"'", b'"', b"|", b">", b"%", b"@", b"<<: *x", b"? ", b"---\n", b"#"),
    *(b"\xc2\x85", b"\xed\xa0\x80", b"\\u", b"1e999", b"9" * 500, b"[" * 300, b"a: " * 50),
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Generate a file with mistakes at some positions."""
    content = draw(st.sampled_from(SOURCES) | st.binary(max_size=40))
    for _ in range(draw(st.integers(0, 4))):
        at, cut = draw(st.integers(0, len(content))), draw(st.integers(0, 4))
        content = content[:at] + draw(st.sampled_from(NOISE)) + content[at + cut :]
    return content


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@fuzzed()
@given(content=contents())
def test_any_file_is_read_or_refused_at_a_line(suffix: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        try:
            read(path)
        except ContractError as error:
            for violation in error.violations:
                assert str(path) in violation.location
                assert re.search(r"^.+:\d+:\d+$|^[^:]+$", violation.location)
