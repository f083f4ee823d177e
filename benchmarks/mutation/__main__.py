"""Mutate the core, run its tests on each mutant, and print which mutants no test notices.

cosmic-ray makes the mutants in a copy of the checkout, so that the checkout stays as it is. A
sample is the same for the same seed. The tests of a part run in one process, the fastest first,
and end at the first failure.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .left_out import Place, is_left_out

ROOT = Path(__file__).parents[2]
COSMIC_RAY = ROOT / ".venv-mutation" / "bin" / "cosmic-ray"
SECONDS = 60  # for the tests of one mutant
LEAST = 0.9  # share of the mutants that the tests must notice
# These tests need no plugin but that of Hypothesis, and each takes time to start.
PLUGINS = "-p no:cacheprovider -p no:xdist -p no:schemathesis -p no:contract_tests"
CONTRACT = "tests/mock_server/contract"


class Part(NamedTuple):
    """Modules of the core, and the tests that must notice each change of them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "judge": Part(
        ("mock_server/contract/judge.py",),
        (
            f"{CONTRACT}/test_judge.py",
            f"{CONTRACT}/test_directions.py",
            "tests/mock_server/fixtures/test_loading.py",
            "tests/mock_server/app/test_every_response.py",
        ),
    ),
    "rules": Part(
        (
            "mock_server/contract/rules/evaluation.py",
            "mock_server/contract/rules/functions.py",
            "mock_server/contract/rules/one_rule.py",
            "mock_server/contract/rules/subjects.py",
        ),
        (
            f"{CONTRACT}/test_functions.py",
            f"{CONTRACT}/test_judge.py",
            f"{CONTRACT}/test_subjects.py",
            f"{CONTRACT}/test_rule_results.py",
            "tests/mock_server/fixtures/test_counterexamples.py",
        ),
    ),
    "timeline": Part(
        ("mock_server/fixtures/timeline.py",),
        (
            "tests/mock_server/fixtures/test_timeline.py",
            "tests/mock_server/fixtures/test_dated_steps.py",
            "tests/mock_server/fixtures/test_timestamp_formats.py",
            "tests/mock_server/operations/test_rebuild.py",
            "tests/mock_server/operations/test_events_due.py",
        ),
    ),
    "session": Part(
        ("mock_server/state/session_state.py", "mock_server/state/playback.py"),
        (
            "tests/mock_server/state/test_session_state.py",
            "tests/mock_server/state/test_playback.py",
            "tests/mock_server/operations/test_rebuild.py",
            "tests/mock_server/operations/test_events_due.py",
            "tests/mock_server/control/test_control_api.py",
        ),
    ),
}


class Result(NamedTuple):
    """A mutant: its module and line, the changed line, and whether a test noticed it."""

    module: str
    line: int
    change: str
    killed: bool


def main() -> int:
    """Print the share of the mutants that the tests notice. Return 1 if it is too small."""
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="of each part (all)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: %(default)s)")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    arguments = parser.parse_args()
    results: list[Result] = []
    with TemporaryDirectory(prefix="mutation-") as folder:
        copy = _checkout(Path(folder) / "checkout")
        for name in arguments.parts or PARTS:
            found = _run(copy, name, arguments.sample, random.Random(arguments.seed))
            killed = sum(each.killed for each in found)
            print(f"{name}: {killed} of {len(found)} mutants were noticed", flush=True)
            for each in found:
                if not each.killed:
                    print(f"  {each.module}:{each.line}: {each.change}", flush=True)
            results += found
    share = sum(each.killed for each in results) / max(len(results), 1)
    print(f"all: {share:.1%} of {len(results)} mutants")
    return 0 if share >= LEAST else 1


def _checkout(copy: Path) -> Path:
    """Copy the files that git does not ignore, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    return copy


def _run(copy: Path, name: str, sample: int, chosen: random.Random) -> list[Result]:
    """Run the tests of a part on its mutants, in a copy of the checkout."""
    part, session = PARTS[name], copy / f"{name}.sqlite"
    tests = f"{sys.executable} -m pytest -x -q {PLUGINS} {' '.join(part.tests)}"
    subprocess.run([*tests.split(), "--quiet"], cwd=copy, check=True, stdout=subprocess.DEVNULL)
    settings = copy / f"{name}.toml"
    settings.write_text(
        "[cosmic-ray]\n"
        f"module-path = {[*part.modules]}\n"
        f"timeout = {SECONDS}.0\n"
        "excluded-modules = []\n"
        f'test-command = "{tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        "utf-8",
    )
    subprocess.run([COSMIC_RAY, "init", settings, session], cwd=copy, check=True)
    with closing(sqlite3.connect(session)) as database, database:
        jobs = database.execute(
            "SELECT job_id, operator_name, module_path, start_pos_row, start_pos_col"
            " FROM mutation_specs"
            " ORDER BY module_path, start_pos_row, start_pos_col, operator_name, occurrence"
        ).fetchall()
        useful = [
            job
            for job, operator, module, row, column in jobs
            if not is_left_out(operator, (copy / module).read_text("utf-8"), Place(row, column))
        ]
        kept = set(chosen.sample(useful, sample) if 0 < sample < len(useful) else useful)
        for job, *_ in jobs:
            if job not in kept:
                database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                database.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
    subprocess.run([COSMIC_RAY, "exec", settings, session], cwd=copy, check=True)
    with closing(sqlite3.connect(session)) as database:
        rows = database.execute(
            "SELECT module_path, start_pos_row, diff, test_outcome"
            " FROM mutation_specs JOIN work_results USING (job_id) ORDER BY 1, 2"
        )
        return [
            Result(str(module), int(line), _new_lines(diff), str(outcome) != "SURVIVED")
            for module, line, diff, outcome in rows
        ]


def _new_lines(diff: str) -> str:
    """Return the lines that a diff adds."""
    added = [line for line in diff.splitlines() if line.startswith("+") and line[:3] != "+++"]
    return " / ".join(line[1:].strip() for line in added)


if __name__ == "__main__":
    sys.exit(main())
