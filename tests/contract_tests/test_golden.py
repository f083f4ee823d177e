"""The complete output of a run equals the text in golden/.

Numbers are replaced by N and the port by PORT, and the path of the checkout is removed. The lines
about progress and about unverified states and rules are left out, because they depend on timing.
"""

import re
from pathlib import Path

import pytest

from tests.helpers.contract_runs import ROOT, TOKENS, contract_run
from tests.helpers.example_server import start

GOLDEN = Path(__file__).with_name("golden")
RUNS = {"run-holds": None, "run-finds": "status-word-outside-the-enum"}
LONGEST = 25  # lines
LEFT_OUT = ("  not verified: state ", "  not verified: rule ", "check ")


def normalised(text: str) -> str:
    """Return the output of a run without the parts that differ between runs."""
    text = text.replace(f"{ROOT}/", "")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"openapi\.yaml:\d+:\d+", "openapi.yaml:N:N", text)
    text = re.sub(r"requests in (\d+ min )?[\d.]+ s", "requests in N s", text)
    text = re.sub(r"(?<![\w.-])\d+(?= (?!findings?;)[a-z(])|(?<=\()\d+|(?<=seed )\d+", "N", text)
    text = re.sub(r"pkg_\d", "pkg_N", text)
    lines = [line for line in text.splitlines() if not line.startswith(LEFT_OUT)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", RUNS)
def test_the_output_of_a_run_equals_the_golden_file(name: str) -> None:
    with start(RUNS[name]) as url:
        ran = contract_run(url, *TOKENS, "--max-examples", "5")
    golden = GOLDEN / f"{name}.txt"
    assert normalised(ran.stdout) == golden.read_text("utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_a_golden_file_is_short(name: str) -> None:
    assert len((GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()) <= LONGEST
