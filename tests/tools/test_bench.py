"""The benchmarks run with every mock server, and check its responses."""

import subprocess
import sys

import pytest

from benchmarks import proxies
from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.contenders import PRISM as PRISM_ALONE
from benchmarks.examples import EXAMPLES, MINIMUM
from tests.helpers.programs import ROOT

SHORT = ("--rounds", "1", "--seconds", "1", "--noise", "1", "--warm-up", "0.1")
PRISM = [contender.name for contender in CONTENDERS if contender.name.startswith("Prism")]
OTHERS = [contender.name for contender in CONTENDERS if contender.name not in PRISM]


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
    done = run_benchmark("speed", *SHORT, "--only", *names)
    # The exit code depends on the speed of this machine; errors are printed.
    assert done.stderr == ""
    for name in names:
        assert f"| {name} | get |" in done.stdout


def test_memory_is_measured_under_load_and_with_sessions() -> None:
    done = run_benchmark("memory", "--seconds", "1", "--sessions", "20", "--only", "mock-server")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| with 20 sessions |" in done.stdout


def test_every_proxy_is_measured_and_responds_correctly() -> None:
    names = [contender.name for contender in proxies.CONTENDERS]
    done = run_benchmark(
        "proxies", "--rounds", "1", "--seconds", "1", "--noise", "1", "--only", *names
    )
    # The exit code depends on the speed of this machine; errors are printed.
    assert done.stderr == ""
    for name in names:
        assert f"| {name} | " in done.stdout


def test_both_servers_serve_the_examples() -> None:
    short = ("--rounds", "1", "--seconds", "1", "--noise", "1")
    done = run_benchmark("examples", *short, "--only", OURS, PRISM_ALONE)
    # The exit code depends on the speed of this machine; errors are printed.
    assert done.stderr == ""
    for example in EXAMPLES:
        for server in (OURS, PRISM_ALONE):
            for load in MINIMUM:
                assert f"| {example.name}, {server}, {load} | " in done.stdout
