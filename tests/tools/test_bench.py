"""The benchmarks run with every mock server, and check its responses."""

import subprocess
import sys

import pytest

from benchmarks.contenders import CONTENDERS
from tests.helpers.programs import ROOT

SHORT = ("--rounds", "1", "--seconds", "1", "--noise", "1", "--warm", "0.1")
PRISM = [each.name for each in CONTENDERS if each.name.startswith("Prism")]
OTHERS = [each.name for each in CONTENDERS if each.name not in PRISM]


def run_benchmark(module: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("names", [PRISM, OTHERS], ids=["Prism", "others"])
def test_every_contender_is_measured_and_responds_correctly(names: list[str]) -> None:
    ended = run_benchmark("speed", *SHORT, "--only", *names)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for name in names:
        assert f"| {name} | get |" in ended.stdout


def test_memory_is_measured_under_load_and_with_sessions() -> None:
    ended = run_benchmark("memory", "--seconds", "1", "--sessions", "20", "--only", "mock-server")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "| with 20 sessions |" in ended.stdout
