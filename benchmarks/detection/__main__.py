"""Judge every server of the catalogue with one or several tools.

    python -m benchmarks.detection                       (make bench-detection)
    python -m benchmarks.detection --sample 20 --seed 7
    python -m benchmarks.detection --only rebuild-keeps-stale --tool contract-tests schemathesis

The exit code is 1 if a server cannot start. A run of the whole catalogue updates docs/detection.md.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from ..report import update_document
from .catalogue import ROOT, Defect, Subject, subjects
from .matching import find_match
from .outcomes import OutcomeFile
from .report import JudgedRun, tables
from .serving import NotServingError, serving
from .tools import CONTRACT_TESTS, TOOLS, Finding, Outcome

DOCUMENT = ROOT / "docs/detection.md"

Run = tuple[Subject, str, int]  # a server, a tool and a seed


def main() -> int:
    """Run the benchmark and return the exit code."""
    options = _parser().parse_args()
    selected = _select(options)
    runs = [
        (subject, tool, seed)
        for subject, tool in product(selected, options.tool)
        for seed in range(options.seed, options.seed + _seed_count(subject, tool, options.seeds))
    ]
    outcomes = OutcomeFile(options.outcomes)
    print(f"{len(selected)} servers, {len(runs)} runs, {options.parallel} at once", flush=True)
    with ThreadPoolExecutor(options.parallel) as pool:
        results = list(_with_progress(pool.map(partial(_judge, outcomes), runs)))
    lines = tables(results, options.tool, options.seeds)
    print("\n".join(lines))
    if not options.only and not options.sample:
        update_document(DOCUMENT, "detection", lines)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these servers or classes")
    parser.add_argument("--sample", type=int, metavar="N", help="N random servers")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument(
        "--seeds", type=int, default=1, help="runs of contract-tests per correct server"
    )
    parser.add_argument(
        "--tool",
        nargs="+",
        choices=TOOLS,
        default=[CONTRACT_TESTS],
        help=f"default: {CONTRACT_TESTS}",
    )
    parser.add_argument(
        "--outcomes", type=Path, metavar="FILE", help="save outcomes, and skip the saved ones"
    )
    parser.add_argument("--parallel", type=int, default=2, help="default: %(default)s")
    return parser


def _select(options: argparse.Namespace) -> Sequence[Subject]:
    selected = subjects()
    if options.only:
        names = set(options.only)
        known = {name for subject in selected for name in (subject.id, subject.group)}
        if unknown := names - known:
            sys.exit(f"--only: unknown server or class {', '.join(sorted(unknown))}")
        selected = [subject for subject in selected if names & {subject.id, subject.group}]
    if options.sample and options.sample < len(selected):
        selected = random.Random(options.seed).sample(selected, options.sample)
    return selected


def _seed_count(subject: Subject, tool: str, seeds: int) -> int:
    """Return the number of runs: several for a correct server, as each can raise a false alarm."""
    return seeds if tool == CONTRACT_TESTS and not subject.defects else 1


def _judge(outcomes: OutcomeFile, run: Run) -> JudgedRun:
    subject, tool, seed = run
    key = (subject.id, tool, seed)
    outcome = outcomes.get(key)
    if outcome is None:
        outcome = _run_tool(subject, tool, seed)
        outcomes.add(key, outcome)
    matches = {defect.id: _match(tool, subject, defect, outcome) for defect in subject.defects}
    return JudgedRun(subject, tool, seed, outcome, matches)


def _match(tool: str, subject: Subject, defect: Defect, outcome: Outcome) -> Finding | None:
    """Return the finding that matches a defect.

    A mutant also counts as found if the exit code reports that the server cannot be judged.
    """
    finding = find_match(tool, defect, outcome.findings)
    if finding is None and subject.group == "mutants" and outcome.unjudged:
        return Finding(("any",), outcome.output, outcome.seconds)
    return finding


def _run_tool(subject: Subject, tool: str, seed: int) -> Outcome:
    with TemporaryDirectory() as folder:
        try:
            with serving(subject) as base_url:
                return TOOLS[tool](base_url, seed, Path(folder))
        except NotServingError as error:
            sys.exit(f"cannot start {error}")


def _with_progress(results: Iterable[JudgedRun]) -> Iterator[JudgedRun]:
    """Yield the results, and print a line for each unexpected one."""
    for result in results:
        for line in _unexpected(result):
            print(f"{result.tool:14} seed {result.seed}  {line}", flush=True)
        yield result


def _unexpected(run: JudgedRun) -> Iterator[str]:
    subject, outcome = run.subject, run.outcome
    for defect in run.missed:
        yield f"missed       {subject.group}: {defect} {_findings(outcome)}"
    if not subject.defects and outcome.findings:
        yield f"FALSE ALARM  {subject.id} {_findings(outcome)}"
    if outcome.unjudged:
        yield f"not judged   {subject.id} {' '.join(outcome.output.split())[-160:]}"


def _findings(outcome: Outcome) -> str:
    """Return a summary of the findings that the tool reported instead."""
    first = [
        f"{','.join(finding.operations)} {finding.text[:100]}" for finding in outcome.findings[:2]
    ]
    return f"({len(outcome.findings)} findings: {'; '.join(first)})"


if __name__ == "__main__":
    sys.exit(main())
