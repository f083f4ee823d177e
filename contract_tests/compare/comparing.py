"""Run the sequences on both targets, and shrink what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import requests

from mock_server.contract.document.loading import load
from mock_server.contract.judge import judge_of
from mock_server.foundation.shipped_files import shipped

from ..config.options import Settings
from ..exit_codes import CannotJudgeError
from ..target.curl import curl
from .differences import BOTH_VALID, FIXTURES, Difference, cure, differences, shown_document
from .participants import Participant, choose, participant
from .sequences import CREATE, Sequence, random_sequences, reads_of_others, sequences

LISTED = 3  # names
# Differences that the document allows, by the side that stands alone
ALLOWED = {
    FIXTURES: "the fixtures are stale, or the server has less: the document allows both",
    BOTH_VALID: "allowed by the document",
}
LONGEST_LINE = 300  # characters


@dataclass(frozen=True)
class Comparison:
    """The result. compared: the number of sequences; skipped: why others could not be performed."""

    first: Participant
    second: Participant
    differences: tuple[Difference, ...]
    compared: int
    skipped: tuple[str, ...]


def compare(settings: Settings, targets: tuple[str, str]) -> Comparison:
    """Compare two targets. Raises CannotJudgeError and ContractError."""
    judge = judge_of(load(settings.spec or shipped("openapi.yaml"), settings.overlay))
    try:
        both = tuple(
            participant(name, replace(settings, target=target), judge)
            for name, target in zip("AB", targets, strict=True)
        )
        first, second = both[0], both[1]
        choose(first, second)
        spec = first.run.spec
        numbers = {name: len(chosen) for name, chosen in first.chosen.items()}
        others = reads_of_others(spec, numbers)
        listed = [*sequences(spec), *others, *random_sequences(spec, settings.seed)]
        if settings.read_only:
            listed = [each for each in listed if not each.changes]
        return _compared(first, second, listed)
    except requests.RequestException as error:
        raise CannotJudgeError(f"a target does not respond: {str(error)[:200]}") from None


def _compared(first: Participant, second: Participant, listed: Iterable[Sequence]) -> Comparison:
    found: dict[tuple[str, ...], Difference] = {}
    compared, skipped = 0, list[str]()
    for sequence in listed:
        performed = _performed(sequence, first, second)
        if performed is None:
            skipped.append(str(sequence))
            continue
        compared += 1
        for difference in performed:
            known = found.get(difference.key) or _shrunk(difference, first, second)
            seen = tuple(dict.fromkeys((*known.operations, difference.step)))
            found[difference.key] = replace(known, operations=seen)
    if not compared:
        raise CannotJudgeError("no sequence could be performed on both targets")
    return Comparison(first, second, tuple(found.values()), compared, tuple(skipped))


def _performed(
    sequence: Sequence, first: Participant, second: Participant
) -> list[Difference] | None:
    """Perform a sequence on both targets; None if one of them cannot."""
    outcomes = first.perform(sequence), second.perform(sequence)
    if outcomes[0] is None or outcomes[1] is None:
        return None
    return list(differences(sequence, first, second, (outcomes[0], outcomes[1])))


def _shrunk(difference: Difference, first: Participant, second: Participant) -> Difference:
    """Return the difference with a shorter sequence that shows it too, if there is one."""
    steps = difference.sequence.steps
    for position, step in enumerate(steps[:-1]):
        if step.kind == CREATE and not first.chosen.get(difference.sequence.type):
            continue
        shorter = difference.sequence._replace(steps=(*steps[:position], *steps[position + 1 :]))
        for other in _performed(shorter, first, second) or ():
            if other.key == difference.key:
                return _shrunk(other, first, second)
    return difference


def lines(comparison: Comparison) -> Iterator[str]:
    """Yield the lines about a comparison."""
    first, second = comparison.first, comparison.second
    alone = strict(comparison).differences
    number = len(alone)
    noun = "1 difference" if number == 1 else f"{number or 'no'} differences"
    yield f"{noun}: {comparison.compared} sequences on both targets"
    for each in (first, second):
        yield f"  {each.name}: {each.run.target.base}{' (the mock)' if each.is_mock else ''}"
    if comparison.skipped:
        yield f"  not compared: {_first(comparison.skipped)}"
    for position, difference in enumerate(alone, 1):
        yield ""
        yield from _lines_of(position, difference, first, second)
    for side, title in ALLOWED.items():
        allowed = [each for each in comparison.differences if each.alone == side]
        if allowed:
            yield ""
            yield title
        for difference in allowed:
            found = ", ".join(f"{name} {text}" for name, text in difference.found)
            yield f"  {difference.about}: {found} ({_first(difference.operations)})"


def _lines_of(
    position: int, difference: Difference, first: Participant, second: Participant
) -> Iterator[str]:
    """Yield the lines about one difference."""
    yield f"{position}. {difference.alone} stands alone: {cure(difference, first, second)}"
    yield f"    operation: {_first(difference.operations)}"
    yield f"    differs:   {difference.what}"
    for name, text in difference.found:
        yield f"    {name + ':':<10} {text[:200]}"
    yield f"    document:  {shown_document(first.run, difference)}"
    yield f"    sequence:  {difference.sequence}"
    is_second = difference.alone == second.name
    outcome, run = difference.outcomes[is_second], (first, second)[is_second].run
    command = curl(outcome.exchange.request, outcome.exchange.url, run.target.redaction)
    yield f"    request:   {command}"[:LONGEST_LINE]


def _first(names: tuple[str, ...]) -> str:
    """Return the first names, and the number of the others."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def strict(comparison: Comparison) -> Comparison:
    """Return the comparison without what the document allows."""
    kept = tuple(each for each in comparison.differences if each.alone not in ALLOWED)
    return replace(comparison, differences=kept)
