"""Judges every server of the catalogue, and says what was found.

    python -m benchmarks.detection                       (make bench-detection)
    python -m benchmarks.detection --sample 20 --seed 7
    python -m benchmarks.detection --only rebuild-keeps-stale --tool ours --tool stock

It fails when a server could not be started. What was found stands in docs/detection.md after a run
of the whole catalogue.
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

from .catalogue import ROOT, Defect, Subject, subjects
from .matching import naming
from .outcomes import Outcomes
from .report import Judged, told, written
from .serving import NotServingError, serving
from .tools import TOOLS, Finding, Outcome

DOCUMENT = ROOT / "docs/detection.md"


def main() -> int:
    told_to = _parser().parse_args()
    chosen = _chosen(told_to)
    tools = told_to.tool or ["ours"]
    work = [
        (subject, tool, seed)
        for subject, tool in product(chosen, tools)
        for seed in range(told_to.seed, told_to.seed + _seeds(subject, tool, told_to.seeds))
    ]
    kept = Outcomes(told_to.outcomes)
    print(f"{len(chosen)} servers, {len(work)} runs, {told_to.at_once} at once", flush=True)
    with ThreadPoolExecutor(told_to.at_once) as pool:
        results = list(_shown(pool.map(partial(_judged, kept), work)))
    for line in told(results, tools):
        print(line)
    whole = not told_to.only and not told_to.sample
    if whole:
        DOCUMENT.write_text(
            written(DOCUMENT.read_text("utf-8"), told(results, tools), told_to.seeds), "utf-8"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these servers, or classes of them")
    parser.add_argument("--sample", type=int, metavar="N", help="so many, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=1, help="our runs of each correct server")
    parser.add_argument("--tool", action="append", choices=TOOLS, help="default: ours")
    parser.add_argument(
        "--outcomes", type=Path, metavar="FILE", help="keep outcomes there; go on from those there"
    )
    parser.add_argument("--at-once", type=int, default=2, help="default: %(default)s")
    return parser


def _chosen(told_to: argparse.Namespace) -> Sequence[Subject]:
    everything = subjects()
    if told_to.only:
        wanted = set(told_to.only)
        unknown = wanted - {name for each in everything for name in (each.id, each.group)}
        if unknown:
            sys.exit(f"there is no server and no class {', '.join(sorted(unknown))}")
        everything = [each for each in everything if wanted & {each.id, each.group}]
    if told_to.sample and told_to.sample < len(everything):
        everything = random.Random(told_to.seed).sample(everything, told_to.sample)
    return everything


def _seeds(subject: Subject, tool: str, seeds: int) -> int:
    """Of us, correct servers are judged by several seeds: any of them might raise a false alarm."""
    return seeds if tool == "ours" and not subject.defects else 1


def _judged(kept: Outcomes, work: tuple[Subject, str, int]) -> Judged:
    subject, tool, seed = work
    key = (subject.id, tool, seed)
    outcome = kept.known(key)
    if outcome is None:
        outcome = _outcome(subject, tool, seed)
        kept.add(key, outcome)
    named = {each.id: _named(tool, subject, each, outcome) for each in subject.defects}
    return Judged(subject, tool, seed, outcome, named)


def _named(tool: str, subject: Subject, defect: Defect, outcome: Outcome) -> Finding | None:
    """The finding that names a defect. A mutant is found also by an exit code that says that it
    cannot be judged at all."""
    found = naming(tool, defect, outcome.findings)
    if found is None and subject.group == "mutants" and outcome.unjudged:
        return Finding(("any",), outcome.last, outcome.seconds)
    return found


def _outcome(subject: Subject, tool: str, seed: int) -> Outcome:
    with TemporaryDirectory() as folder:
        try:
            with serving(subject) as base:
                return TOOLS[tool](base, seed, Path(folder))
        except NotServingError as error:
            sys.exit(f"cannot serve {error}")


def _shown(results: Iterable[Judged]) -> Iterator[Judged]:
    """Passes results on, with a line for each that is not as it should be."""
    for each in results:
        for line in _complaints(each):
            print(f"{each.tool:5} seed {each.seed}  {line}", flush=True)
        yield each


def _complaints(judged: Judged) -> Iterator[str]:
    subject, outcome = judged.subject, judged.outcome
    for missed in judged.missed:
        yield f"missed       {subject.group}: {missed} {_heard(outcome)}"
    if not subject.defects and outcome.findings:
        yield f"FALSE ALARM  {subject.id} {_heard(outcome)}"
    if outcome.unjudged:
        yield f"not judged   {subject.id} {' '.join(outcome.last.split())[-160:]}"


def _heard(outcome: Outcome) -> str:
    """What it said instead."""
    first = [f"{','.join(each.operations)} {each.told[:100]}" for each in outcome.findings[:2]]
    return f"({len(outcome.findings)} findings: {'; '.join(first)})"


if __name__ == "__main__":
    sys.exit(main())
