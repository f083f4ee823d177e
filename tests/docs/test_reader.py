"""The reader of documents detects errors in a document."""

import textwrap
from pathlib import Path

import pytest

from tests.docs.blocks import blocks, matches
from tests.docs.reader import Reader, free_port

FENCE = "```"


def read(folder: Path, document: str) -> Reader:
    file = folder / "document.md"
    file.write_text(textwrap.dedent(document).replace("~~~", FENCE))
    document_reader = Reader(folder, free_port())
    try:
        for block in blocks(file):
            document_reader.read(block)
    finally:
        for server in [*document_reader.servers]:
            document_reader.stop(server)
    return document_reader


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one\ntwo", "one\ntwo\n"),
        ("one\n…\nfour", "one\ntwo\nthree\nfour\n"),
        ("one\n…\ntwo", "one\ntwo\n"),
        ("took … ms", "took 12 ms\n"),
        ("{…}", "{}\n"),
        ("", "\n"),
    ],
)
def test_output_is_as_shown(expected: str, printed: str) -> None:
    assert matches(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one", "one\ntwo\n"),
        ("one\n…", "two\n"),
        ("took … ms", "took 12\nms\n"),
        ("a.c", "abc\n"),
        ("one", ""),
        ("", "one\n"),
    ],
)
def test_output_is_not_as_shown(expected: str, printed: str) -> None:
    assert not matches(expected, printed)


def test_blocks_run_in_order_in_one_folder(tmp_path: Path) -> None:
    read(
        tmp_path,
        """
        <!-- file notes/greeting.txt -->
        ~~~text
        hello
        ~~~

        ~~~sh
        make test   # would run this very test
        cp notes/greeting.txt copy.txt
        ~~~

        1. In a list:

           ~~~console
           $ cat \\
               copy.txt
           hello
           $ echo "served on 3100" > port.txt
           ~~~

        ~~~python
        from pathlib import Path

        Path("python.txt").write_text(Path("copy.txt").read_text() * 2)
        ~~~
        """,
    )
    assert (tmp_path / "python.txt").read_text() == "hello\nhello\n"
    assert "3100" not in (tmp_path / "port.txt").read_text()


def test_a_server_runs_until_the_end_of_the_document(tmp_path: Path) -> None:
    document_reader = read(
        tmp_path,
        """
        <!-- serves -->
        ~~~console
        $ echo http://127.0.0.1:3100; exec python -m http.server --bind 127.0.0.1 3100 2>&1
        http://127.0.0.1:3100
        …
        ~~~

        ~~~sh
        curl --silent --retry 20 --retry-connrefused http://127.0.0.1:3100/ --output page.html
        ~~~
        """,
    )
    assert "Directory listing" in (tmp_path / "page.html").read_text()
    assert document_reader.servers == []


def test_an_expected_exit_code_is_not_a_failure(tmp_path: Path) -> None:
    read(tmp_path, "<!-- exit 3 -->\n~~~sh\nexit 3\n~~~\n")


def test_a_block_that_defines_tests_runs_them(tmp_path: Path) -> None:
    (tmp_path / "pytest.toml").touch()
    with pytest.raises(AssertionError, match="exit code 1"):
        read(tmp_path, "~~~python\ndef test_it() -> None:\n    assert 1 == 2\n~~~\n")


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("~~~sh\nfalse\ntrue\n~~~\n", "exit code 1: document.md:1: false"),
        ("<!-- exit 1 -->\n~~~sh\ntrue\n~~~\n", "exit code 0: document.md:2"),
        ("~~~console\n$ echo one\ntwo\n~~~\n", "other output: document.md:1"),
        ("~~~python\nraise SystemExit(2)\n~~~\n", "exit code 2"),
        ("<!-- serves -->\n~~~sh\necho no\n~~~\n", "the server ended"),
    ],
)
def test_a_different_result_fails(tmp_path: Path, document: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        read(tmp_path, document)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("~~~sh\ntrue\n", "never closed"),
        ("<!-- exit 1 -->\n\n~~~sh\nfalse\n~~~\n", "stands above no block"),
        ("<!-- exit 1 -->\n~~~json\n{}\n~~~\n", "not run"),
        ("~~~console\necho\n~~~\n", "must start with"),
        ("~~~sh\nmock-server serve &\ntrue\n~~~\n", "into another block"),
    ],
)
def test_a_mistake_in_a_document_is_an_error(tmp_path: Path, document: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(tmp_path, document)
