"""An invalid or unusable store is reported in one readable line before the mock starts."""

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


def error_message(url: str) -> str:
    with pytest.raises(ContractError) as raised:
        open_store(url)
    (violation,) = raised.value.violations
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
        ("", "must be memory:, sqlite:///FILE or redis://HOST:PORT/DATABASE"),
        ("memory", "must be memory:, sqlite:///FILE or redis://"),
        ("memory://x", "must be memory: without a path; found memory://x"),
        ("store.sqlite", "must be memory:, sqlite:///FILE or redis://"),
        ("valkey://127.0.0.1", "did you mean redis://"),
        ("sqlite3:///x", "did you mean sqlite://"),
        ("sqlite:", "must name a file after three slashes"),
        ("sqlite:///", "must name a file after three slashes"),
        ("sqlite://x.sqlite", "must name a file after three slashes"),
        ("sqlite:x.sqlite", "must name a file after three slashes"),
        ("sqlite:///no/such/folder/x", "the folder "),
        ("sqlite:///.", "is a folder; found sqlite:///.; name a file in it"),
        ("redis:", "must be the address of a server"),
        ("redis:///0", "must be the address of a server"),
        ("redis://127.0.0.1:x/0", "must be the address of a server"),
        ("redis://127.0.0.1:99999", "must be the address of a server"),
        ("redis://127.0.0.1/first", "must be the address of a server"),
        ("redis://127.0.0.1/0?x=1", "must be the address of a server"),
        ("redis://127.0.0.1:1/0", "cannot be used: "),
        ("redis://a..b:6379/0", "cannot be used: "),
        ("sqlite:///a%00b", "cannot be used: "),
        (f"sqlite:///{'a' * 300}", "cannot be used: "),
    ],
)
def test_an_invalid_url_is_reported_with_a_suggestion(
    url: str, message: str, tmp_path: Path
) -> None:
    with chdir(tmp_path):
        line = error_message(url)
    assert line.startswith("--store: ")
    assert message in line
    assert "\n" not in line
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_never_shown() -> None:
    line = error_message("redis://somebody:pass:w/rd@127.0.0.1:1/0")
    assert "redis://somebody:[redacted]@127.0.0.1:1/0" in line
    assert "w/rd" not in line


def test_a_file_that_is_not_a_store_is_not_changed(tmp_path: Path) -> None:
    text, other = tmp_path / "notes.txt", tmp_path / "other.sqlite"
    text.write_text("no database at all, but some text that is long enough to be looked at\n" * 20)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE releases (name TEXT)")
    for file, message in ((text, "file is not a database"), (other, "not a store of this version")):
        before = file.read_bytes()
        assert message in error_message(f"sqlite:///{file}")
        assert file.read_bytes() == before


def test_a_locked_file_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA locking_mode = exclusive")
        connection.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in error_message(f"sqlite:///{file}")


def test_serve_with_an_unusable_store_exits_with_2() -> None:
    ended = run_command("serve", "--port", "0", "--store", "sqlite:///no/such/folder/x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: the folder ")
    assert ended.stderr.count("\n") == 1


def test_the_store_can_be_set_in_the_environment() -> None:
    ended = subprocess.run(
        [*PROGRAM, "serve", "--port", "0"],
        env={**environment(), "MOCK_STORE": "sqlite:"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: must name a file")


def test_redis_without_its_package_is_reported_with_the_install_command() -> None:
    """Runs in a process in which the package cannot be imported."""
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
