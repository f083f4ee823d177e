"""What is wrong with a store that is named is told to people, in one line, before anything runs."""

import sqlite3
import subprocess
import sys
from contextlib import chdir, closing
from pathlib import Path

import pytest

from mock_server.contract.violations import ContractError
from mock_server.stores import MemoryStore, open_store
from mock_server.stores.sqlite import SqliteStore
from tests.mock_server.helpers.command_line import PROGRAM, environment, run_command


def told(url: str) -> str:
    with pytest.raises(ContractError) as wrong:
        open_store(url)
    (violation,) = wrong.value.violations
    return str(violation)


def test_memory_and_files_are_opened_by_their_urls(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:"), MemoryStore)
    with chdir(tmp_path):
        for url, file in (
            ("sqlite:///here.sqlite", tmp_path / "here.sqlite"),
            (f"sqlite:///{tmp_path}/there%20.sqlite", tmp_path / "there .sqlite"),
        ):
            with closing(open_store(url)) as store:
                assert isinstance(store, SqliteStore)
                assert file.exists()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "is memory:, sqlite:///FILE or redis://HOST:PORT/DATABASE"),
        ("memory", "is memory:, sqlite:///FILE or redis://"),
        ("memory://x", "it is memory:; found memory://x"),
        ("store.sqlite", "is memory:, sqlite:///FILE or redis://"),
        ("valkey://127.0.0.1", "did you mean redis://"),
        ("sqlite3:///x", "did you mean sqlite://"),
        ("sqlite:", "names a file after three slashes"),
        ("sqlite:///", "names a file after three slashes"),
        ("sqlite://x.sqlite", "names a file after three slashes"),
        ("sqlite:x.sqlite", "names a file after three slashes"),
        ("sqlite:///no/such/folder/x", "there is no folder "),
        ("sqlite:///.", "is a folder; found sqlite:///.; name a file in it"),
        ("redis:", "is no address of a server"),
        ("redis:///0", "is no address of a server"),
        ("redis://127.0.0.1:x/0", "is no address of a server"),
        ("redis://127.0.0.1:99999", "is no address of a server"),
        ("redis://127.0.0.1/first", "is no address of a server"),
        ("redis://127.0.0.1/0?x=1", "is no address of a server"),
        ("redis://127.0.0.1:1/0", "cannot be used: "),
        ("redis://a..b:6379/0", "cannot be used: "),
        ("sqlite:///a%00b", "cannot be used: "),
        (f"sqlite:///{'a' * 300}", "cannot be used: "),
    ],
)
def test_a_wrong_url_is_told_with_what_was_meant(url: str, message: str, tmp_path: Path) -> None:
    with chdir(tmp_path):
        line = told(url)
    assert line.startswith("--store: ")
    assert message in line
    assert "\n" not in line
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_never_shown() -> None:
    line = told("redis://somebody:pass:w/rd@127.0.0.1:1/0")
    assert "redis://somebody:[redacted]@127.0.0.1:1/0" in line
    assert "w/rd" not in line


def test_a_file_that_is_no_store_is_left_as_it_is(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("no database at all, but some text that is long enough to be looked at\n" * 20)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE releases (name TEXT)")
    for file, message in ((text, "file is not a database"), (other, "no store of this version")):
        before = file.read_bytes()
        assert message in told(f"sqlite:///{file}")
        assert file.read_bytes() == before


def test_a_file_that_somebody_keeps_locked_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA locking_mode = exclusive")
        connection.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in told(f"sqlite:///{file}")


def test_a_start_with_such_a_url_ends_with_2() -> None:
    ended = run_command("serve", "--port", "0", "--store", "sqlite:///no/such/folder/x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: there is no folder ")
    assert ended.stderr.count("\n") == 1


def test_the_store_may_stand_in_the_environment() -> None:
    ended = subprocess.run(
        [*PROGRAM, "serve", "--port", "0"],
        env={**environment(), "MOCK_STORE": "sqlite:"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: names a file")


def test_redis_without_its_package_says_how_to_install_it() -> None:
    """In a process in which the package cannot be imported."""
    program = (
        "import sys\n"
        "sys.modules['redis'] = None\n"
        "from mock_server.cli import main\n"
        "sys.exit(main(['serve', '--port', '0', '--store', 'redis://127.0.0.1:1/0']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "pip install 'package-release-mock[redis]'" in ended.stderr
    assert ended.stderr.count("\n") == 1
