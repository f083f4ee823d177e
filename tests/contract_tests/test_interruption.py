"""An interrupted run says so in its first line, its exit code and all its reports."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.helpers.contract_runs import TOKENS, contract_tests, serving_response, started
from tests.helpers.forked_programs import Running

SIGNALS = (signal.SIGINT, signal.SIGTERM)
FORMATS = ("json", "junit", "html", "sarif", "har")
OK = b'{"ok": true}'


def report_options(folder: Path) -> list[str]:
    options = [f"--report-{name}={folder / name}" for name in FORMATS]
    return [*options, "--report-github", f"--findings={folder / 'findings'}"]


def interrupt(run: Running, number: int) -> None:
    assert run.process.pid is not None
    os.kill(run.process.pid, number)


def assert_interrupted(run: Running, folder: Path, verdict: str) -> None:
    """Assert that the output and each report state that the run was interrupted."""
    ran = run.result()
    assert ran.returncode == 2, ran.stdout + ran.stderr
    first = next(line for line in ran.stdout.splitlines() if "interrupted" in line)
    assert first.startswith(verdict), ran.stdout
    assert "::error title=contract::interrupted (" in ran.stdout
    for name in FORMATS:
        assert "interrupted (" in (folder / name).read_text("utf-8"), name
    assert json.loads((folder / "json").read_text("utf-8"))["exit_code"] == 2
    for text in ("Traceback", "KeyboardInterrupt", "holds: ", "could not be evaluated"):
        assert text not in ran.stdout + ran.stderr


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_the_checks_ends_the_run(number: int, tmp_path: Path) -> None:
    requests: SimpleQueue[str] = SimpleQueue()
    with serving_response(200, OK, received=requests, Content_Type="application/json") as url:
        run = started("--target", url, *TOKENS, *report_options(tmp_path))
        for _ in range(60):
            requests.get(timeout=60)
        interrupt(run, number)
        assert_interrupted(run, tmp_path, "could not be judged: interrupted (")
    assert "; before that: " in json.loads((tmp_path / "json").read_text("utf-8"))["headline"]


def test_a_signal_while_connecting_ends_the_run(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        run = started("--target", url, *report_options(tmp_path))
        client, _ = listener.accept()
        with client:
            interrupt(run, signal.SIGTERM)
            assert_interrupted(run, tmp_path, "interrupted (SIGTERM): no check ran")


def handles(run: Running, number: int) -> bool:
    """Return whether a run has a handler for a signal."""
    status = Path(f"/proc/{run.process.pid}/status").read_text("utf-8")
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught & 1 << (number - 1))


def test_a_signal_during_the_start_ends_the_run(tmp_path: Path) -> None:
    """The run handles signals before it reads the contract, which takes a while."""
    run = started("--target", "http://127.0.0.1:1/api", *report_options(tmp_path))
    while not handles(run, signal.SIGTERM):
        time.sleep(0.001)
    interrupt(run, signal.SIGINT)
    assert_interrupted(run, tmp_path, "interrupted (SIGINT): ")


@contextmanager
def read_again_and_again(pipe: Path) -> Iterator[None]:
    """Read everything that is written to a pipe, into a file that then takes its place."""
    contents: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            contents.append(pipe.read_text("utf-8"))

    thread = threading.Thread(target=read)
    thread.start()
    yield
    stop.set()
    pipe.write_text("", "utf-8")
    thread.join()
    pipe.unlink()
    pipe.write_text([text for text in contents if text][-1], "utf-8")


def test_a_signal_while_reports_are_written_is_in_all_of_them(tmp_path: Path) -> None:
    """The last report goes to a pipe, so that the run waits for its reader."""
    pipe = tmp_path / FORMATS[-1]
    os.mkfifo(pipe)
    run = started("--target", "http://127.0.0.1:1/api", *report_options(tmp_path))
    while not (tmp_path / FORMATS[-2]).exists():
        assert run.process.is_alive()
        time.sleep(0.01)
    interrupt(run, signal.SIGTERM)
    with read_again_and_again(pipe):
        run.process.join(60)
    assert_interrupted(run, tmp_path, "interrupted (SIGTERM): http://127.0.0.1:1/api does not")


def test_an_interrupted_shard_makes_the_merged_verdict_incomplete(tmp_path: Path) -> None:
    requests: SimpleQueue[str] = SimpleQueue()
    files = [str(tmp_path / f"shard-{number}.json") for number in (1, 2)]
    checks = ("-k", "unknown", "--max-examples", "2")
    with serving_response(200, OK, received=requests, Content_Type="application/json") as url:
        for number, file in enumerate(files, 1):
            run = started(
                *("--target", url, *TOKENS, *checks, f"--shard={number}/2"),
                *(f"--report-json={file}", f"--findings={tmp_path / 'findings'}"),
            )
            if number == 2:
                while not requests.empty():
                    requests.get()
                requests.get(timeout=60)
                interrupt(run, signal.SIGTERM)
            assert run.result().returncode == number, "1 with findings, 2 if it is interrupted"
    ran = contract_tests("merge", *files)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "shard 2/2: interrupted (SIGTERM)" in ran.stdout.splitlines()[0]
