"""What a run prints, whole, as a person meets it first: the files in golden/ are read as text.

Numbers, the port and the path of the checkout differ from run to run and stand there as N, PORT and
nothing. Which states of a build a run happens to see, and what follows from that, is left out.
"""

import re
from pathlib import Path

import pytest

from tests.helpers.contract_runs import ROOT, TOKENS, contract_run
from tests.helpers.example_server import start

GOLDEN = Path(__file__).with_name("golden")
RUNS = {"run-holds": None, "run-finds": "status-word-outside-the-enum"}
LONGEST = 25  # lines
LEFT_OUT = ("  not verified: state ", "  not verified: rule ")


def normalised(text: str) -> str:
    """What a run printed, without what differs from run to run."""
    text = text.replace(f"{ROOT}/", "")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"openapi\.yaml:\d+:\d+", "openapi.yaml:N:N", text)
    text = re.sub(r"(?<![\w.-])\d+(?= (?!findings?;)[a-z(])|(?<=\()\d+|(?<=seed )\d+", "N", text)
    text = re.sub(r"^([.sF]+ +\[ *\d+%\]\n)+", "… [100%]\n", text, flags=re.MULTILINE)
    text = re.sub(r"pkg_\d", "pkg_N", text)
    kept = [line for line in text.splitlines() if not line.startswith(LEFT_OUT)]
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize("name", RUNS)
def test_a_run_prints_what_the_golden_file_shows(name: str) -> None:
    with start(RUNS[name]) as url:
        ran = contract_run(url, *TOKENS, "--max-examples", "5")
    golden = GOLDEN / f"{name}.txt"
    assert normalised(ran.stdout) == golden.read_text("utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_a_golden_file_is_short(name: str) -> None:
    assert len((GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()) <= LONGEST
