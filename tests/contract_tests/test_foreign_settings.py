"""Settings that belong to other test suites, and readers that do not read to the end."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.contract_runs import TOKENS, contract_tests, finished
from tests.helpers.example_server import start

FAST = ("--max-examples", "2", "-k", "examples")
PLUGIN = ("-p", "no:contract_tests", "-p", "contract_tests.config.options")
FOREIGN = """
import pytest

def pytest_collection_modifyitems(items):
    raise AssertionError("a foreign conftest.py was loaded")
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with start() as url:
        yield url


@pytest.mark.parametrize("number", ["2", "auto", "0"])
def test_xdist_beside_a_run_is_refused_in_one_line(base: str, tmp_path: Path, number: str) -> None:
    command = [sys.executable, "-m", "pytest", *PLUGIN, "--pyargs", "contract_tests"]
    ran = finished([*command, "--target", base, *TOKENS, *FAST, "-n", number], tmp_path)
    if number == "0":
        assert ran.returncode == 0, ran.stdout
        return
    assert ran.returncode == 2, ran.stdout
    output = (ran.stdout + ran.stderr).strip()
    expected = "contract_tests must run in one process: remove -n (pytest-xdist), or use --shard"
    assert output.splitlines()[-1].endswith(expected), output
    assert "Traceback" not in output


def test_other_tests_may_use_xdist(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    ran = finished([sys.executable, "-m", "pytest", *PLUGIN, "-n", "1"], tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_settings_of_other_test_suites_do_no_harm(base: str, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -n 2 -k nothing --no-such-option\n")
    (tmp_path / "conftest.py").write_text(FOREIGN)
    ran = contract_tests(
        *("--target", base, *TOKENS, *FAST),
        folder=tmp_path,
        PYTEST_ADDOPTS="-n 2 -x -vv --no-such-option -k nothing",
        PYTEST_PLUGINS="no_such_plugin",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "holds: 7 of 7 operations" in ran.stdout


@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_stops_reading_does_not_disturb_the_run(
    base: str, tmp_path: Path, reader: str
) -> None:
    report = tmp_path / "verdict.json"
    options = shlex.join(["--target", base, *TOKENS, *FAST, "--report-json", str(report)])
    script = f"{sys.executable} -m contract_tests {options} | {reader}; echo ${{PIPESTATUS[0]}}"
    ran = finished(["/bin/bash", "-c", script], tmp_path, PATH="/usr/bin:/bin")
    assert ran.stdout.splitlines()[-1] == "0", ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert report.exists()


def test_a_run_needs_no_open_output(base: str, tmp_path: Path) -> None:
    options = shlex.join(["--target", base, *TOKENS, *FAST])
    script = f"{sys.executable} -m contract_tests {options} >&- 2>&-; echo $?"
    ran = finished(["/bin/bash", "-c", script], tmp_path, PATH="/usr/bin:/bin")
    assert ran.stdout == "0\n"


@pytest.mark.parametrize("module", ["contract_tests", "contract_tests.cli"])
def test_the_version_is_printed(tmp_path: Path, module: str) -> None:
    ran = finished([sys.executable, "-m", module, "--version"], tmp_path)
    assert ran.returncode == 0
    assert ran.stdout.startswith("contract-tests 0.")
