"""A recording of 100 MB is judged and made into fixtures with bounded memory."""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mock_server.live import live, load_sources
from tests.helpers.recordings import entry, har, pairs
from tests.helpers.requests import call
from tests.mock_server.helpers.copies import SPEC

MIB = 1024 * 1024
LIMIT = 640 * MIB  # of the address space, of which the libraries take half
WANTED = {"package_release_id": "rel_successful"}
GET = "/package_releases/get"


def write_recording(file: Path, entries: list[dict[str, Any]], size: int) -> None:
    """Write the same entries again and again, until a file has a size in bytes."""
    texts = [json.dumps(each) for each in entries]
    with file.open("w", encoding="utf-8") as output:
        output.write('{"log": {"version": "1.2", "creator": {}, "entries": [')
        written, separator = 0, ""
        while written < size:
            for text in texts:
                output.write(separator + text)
                written, separator = written + len(text), ","
        output.write("]}}")


def limited(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of this project in a process with little memory."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=SPEC.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording with pages, and with two states of a release that follow each other."""
    file = tmp_path_factory.mktemp("large") / "traffic.har"
    page = entry("GET", "/builds", 200, "<p>" + "x" * MIB, media_type="text/html")
    states = []
    with live(*load_sources()) as mock:
        for scenario in ("succeeds", "fails-transpilation"):
            mock.play("rel_successful", scenario)
            mock.clock.advance(60)
            shown = call(mock.url, "POST", GET, WANTED)
            each = entry(
                "POST", GET, 200, shown.json, WANTED, headers={"authorization": "Bearer x"}
            )
            each["response"]["headers"] = pairs(dict(shown.headers))
            states.append({**each, "startedDateTime": mock.clock.now})
    write_recording(file, [*states, page, page, page], 100 * MIB)
    assert file.stat().st_size > 100 * MIB
    return file


def test_a_recording_of_100_mb_is_judged_with_little_memory(recording: Path) -> None:
    done = limited("contract_tests", "judge", recording)
    assert (done.returncode, done.stderr) in ((0, ""), (1, "")), done.stderr[-2000:]
    assert "exchanges" in done.stdout


def test_a_recording_of_100_mb_becomes_fixtures_with_little_memory(
    recording: Path, tmp_path: Path
) -> None:
    shutil.copytree(SPEC.parent / "fixtures", tmp_path / "fixtures")
    done = limited("mock_server", "record", recording, "--fixtures", tmp_path / "fixtures")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "recorded-successful.yaml" in done.stdout


def test_an_entry_of_100_mb_is_refused_in_a_line(tmp_path: Path) -> None:
    large = entry("GET", "/builds", 200, "x" * 100 * MIB, media_type="text/html")
    done = limited("contract_tests", "judge", har(tmp_path, large))
    assert done.returncode == 2
    assert "more than 64 MiB" in done.stderr
    assert "Traceback" not in done.stderr
