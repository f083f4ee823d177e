"""Every file of the user is written as a whole, by `mock_server.foundation.whole_files`."""

import ast
from collections.abc import Iterator

import pytest

from tests.repository.imports import ROOT, modules

WRITERS = ("write_text", "write_bytes")
# Module → why it writes in another way
OTHERS = {
    "mock_server.foundation.whole_files": "it is the way",
    "mock_server.proxy.recording": "the file grows while exchanges are recorded",
    "contract_tests.process.output": "/dev/null",
    "contract_tests.reports": "GitHub's summary is appended to",
}


def direct_writes(source: str) -> Iterator[int]:
    """Yield the lines of calls that write a file directly."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        given = [*node.args, *(each.value for each in node.keywords if each.arg == "mode")]
        modes = [str(each.value) for each in given if isinstance(each, ast.Constant)]
        opens = name in ("open", "fdopen") and any(
            set(mode) <= set("rwxab+t") and set(mode) & set("wxa+") for mode in modes if mode
        )
        if name in WRITERS or opens:
            yield node.lineno


def test_every_file_is_written_as_a_whole() -> None:
    found = {
        module
        for package in ("mock_server", "contract_tests")
        for module, file in modules(package).items()
        if list(direct_writes(file.read_text("utf-8")))
    }
    assert found == set(OTHERS), f"use whole_files: {sorted(found ^ set(OTHERS))} in {ROOT}"


@pytest.mark.parametrize(
    "line",
    ["path.write_text(text)", "path.open('w')", "open(path, mode='ab')", "path.open('r+b')"],
)
def test_a_direct_write_is_found(line: str) -> None:
    assert list(direct_writes(line)) == [1]


@pytest.mark.parametrize("line", ["path.read_text()", "path.open('rb')", "open(path)"])
def test_a_read_is_no_write(line: str) -> None:
    assert list(direct_writes(line)) == []
