"""``contract-tests compare`` finds what two targets do differently, and who stands alone."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract_tests.cli import main
from mock_server.live import live, load_sources
from tests.helpers.example_server import start
from tests.mock_server.helpers.copies import SPEC

TOKENS = ("--token", "testuser-token", "--other-token", "otheruser-token")


@contextmanager
def mock() -> Iterator[str]:
    with live(*load_sources()) as running:
        yield running.url


@contextmanager
def drifted(folder: Path, edit: Callable[[str], str]) -> Iterator[str]:
    """Serve a mock of an edited copy of the document, with migrated fixtures."""
    folder.mkdir()
    shutil.copytree(SPEC.parent / "fixtures", folder / "fixtures")
    spec = folder / "openapi.yaml"
    spec.write_text(edit(SPEC.read_text("utf-8")), "utf-8")
    main(["diff", str(SPEC), str(spec), "--migrate"])
    with live(*load_sources(spec, folder / "fixtures")) as running:
        yield running.url


def compared(capsys: pytest.CaptureFixture[str], *targets: str) -> tuple[int, str]:
    capsys.readouterr()
    options = [text for target in targets for text in ("--target", target)]
    code = main(["compare", *options, *TOKENS])
    output = capsys.readouterr()
    return code, output.out + output.err


def renamed(text: str) -> str:
    return text.replace("successful", "complete")


def test_a_target_equals_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with mock() as url:
        code, output = compared(capsys, url, url)
    assert code == 0, output
    assert output.startswith("no differences: ")


def test_the_mock_and_the_example_server_keep_the_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with mock() as url, start() as server:
        code, output = compared(capsys, url, server)
    assert code == 0, output
    assert "PackageRelease.fs_sha: A string, B absent" in output


def test_a_server_with_a_renamed_word_stands_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with start() as server, drifted(tmp_path / "next", renamed) as other:
        code, output = compared(capsys, server, other)
    assert code == 1
    assert "1. B stands alone: " in output
    assert 'B:         "complete"' in output
    assert "sequence:  getPackageRelease" in output


def test_the_document_stands_alone_if_both_targets_break_it_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with drifted(tmp_path / "next", renamed) as other:
        code, output = compared(capsys, other, other)
    assert code == 1
    assert "1. the document stands alone: the document is stale" in output


def test_a_server_that_needs_no_credentials_stands_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_security(text: str) -> str:
        secured = (
            "      security:\n        - bearer: []\n      x-action: { do: restart, who: owner }"
        )
        return text.replace(secured, "      x-action: { do: restart }")

    assert without_security(SPEC.read_text("utf-8")) != SPEC.read_text("utf-8")
    with mock() as url, drifted(tmp_path / "next", without_security) as other:
        code, output = compared(capsys, url, other)
    assert code == 1, output
    assert "a request without credentials must be refused" in output


@pytest.mark.parametrize(
    "targets", [[], ["http://127.0.0.1:1"], ["http://a", "http://b", "http://c"]]
)
def test_two_targets_are_needed(capsys: pytest.CaptureFixture[str], targets: list[str]) -> None:
    code, output = compared(capsys, *targets)
    assert (code, "give two base URLs" in output) == (2, True)


def test_a_target_that_is_down_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with mock() as url:
        code, output = compared(capsys, url, "http://127.0.0.1:9")
    assert code == 2
    assert "http://127.0.0.1:9 does not respond" in output
