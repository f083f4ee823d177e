"""The differences between two responses, and which side stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mock_server.contract.violations import Violation, parts

from ..findings.locate import Locator
from ..run.run import Run
from .participants import Outcome, Participant, Shape
from .sequences import Sequence

DOCUMENT, FIXTURES, BOTH_VALID = "the document", "the fixtures", ""
NO_DIFFERENCE_OF_TYPES = {"null"}


@dataclass(frozen=True)
class Difference:
    """One difference.

    alone: the side that stands alone: A, B, the document or the fixtures; "" if the document allows
    both. what: the difference, in words. found: what each target has shown, by its name.
    about: the property that differs, the same in all operations. violation: what is broken, if
    something is. operations: those in which it was seen.
    """

    sequence: Sequence
    alone: str
    what: str
    found: tuple[tuple[str, str], ...]
    outcomes: tuple[Outcome, Outcome]
    about: str
    violation: Violation | None = None
    operations: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What is equal for one difference in several sequences."""
        return self.alone, self.about, self.violation.rule if self.violation else ""

    @property
    def step(self) -> str:
        """The kind of request that shows it."""
        return str(self.sequence.steps[-1]._replace(query=()))


def differences(
    sequence: Sequence, first: Participant, second: Participant, outcomes: tuple[Outcome, Outcome]
) -> Iterator[Difference]:
    """Yield how two outcomes differ from each other, and both from the document."""
    one, other = outcomes
    locator, step = Locator(first.run.judge), str(sequence.steps[-1])
    by_rule = {**one.violations, **other.violations}
    for key, violation in by_rule.items():
        broken = [key in each.violations for each in outcomes]
        alone = DOCUMENT if all(broken) else (first if broken[0] else second).name
        found = tuple(
            (each.name, outcome.violations[key].found or "invalid" if own else "valid")
            for each, outcome, own in zip((first, second), outcomes, broken, strict=True)
        )
        what = f"{violation.pointer or 'the response'}: {violation.message}"
        status = (one if broken[0] else other).status
        about = locator.subject(one.operation, status, violation).about or f"{step}: {what}"
        yield Difference(sequence, alone, what, found, outcomes, about, violation)
    if one.status != other.status and not by_rule:
        found = tuple(
            (each.name, str(outcome.status))
            for each, outcome in zip((first, second), outcomes, strict=True)
        )
        yield Difference(sequence, BOTH_VALID, "the status", found, outcomes, f"{step}: status")
    elif one.status == other.status:
        yield from _of_shapes(locator, sequence, (first, second), outcomes)


def _of_shapes(
    locator: Locator,
    sequence: Sequence,
    both: tuple[Participant, Participant],
    outcomes: tuple[Outcome, Outcome],
) -> Iterator[Difference]:
    """Yield the properties that only one target shows, or with another type.

    They keep the document, so that the fixtures are stale if one target is the mock.
    """
    shapes = [outcome.shape for outcome in outcomes]
    broken = {where for outcome in outcomes for _, where in outcome.violations}
    mocks = [each.is_mock for each in both]
    for where in sorted(shapes[0].keys() | shapes[1].keys()):
        parent = where.rpartition("/")[0]
        is_inner = where and not all(parent in shape for shape in shapes)
        if is_inner or where in broken or where.endswith("/*") or _moves(both[0].run, where):
            continue
        kinds = [shape.get(where, frozenset()) - NO_DIFFERENCE_OF_TYPES for shape in shapes]
        if kinds[0] == kinds[1] or (all(where in s for s in shapes) and not all(kinds)):
            continue
        found = tuple(
            (each.name, _shown(shape, where)) for each, shape in zip(both, shapes, strict=True)
        )
        alone = FIXTURES if mocks[0] != mocks[1] else BOTH_VALID
        what = f"{where or 'the body'}: only one has it, or with another type"
        located = Violation("shape", what, where.replace("*", "0"))
        about = locator.subject(outcomes[0].operation, outcomes[0].status, located).about
        yield Difference(sequence, alone, what, found, outcomes, about or f"{sequence}: {where}")


def _moves(run: Run, where: str) -> bool:
    """Return whether a pointer leads into a property that depends on the time."""
    moving = {
        name
        for resource_type in run.spec.with_timelines
        for name in (resource_type.timeline.properties if resource_type.timeline else ())
    }
    return not moving.isdisjoint(parts(where))


def _shown(shape: Shape, where: str) -> str:
    return " or ".join(sorted(shape[where])) if where in shape else "absent"


def cure(difference: Difference, first: Participant, second: Participant) -> str:
    """Return what to correct."""
    if difference.alone == DOCUMENT:
        return "the document is stale: both targets do the same, and it says otherwise"
    target = first if difference.alone == first.name else second
    if target.is_mock:
        return "the mock serves another document"
    return f"a fault of the server {target.run.target.base}, or the document is ahead of it"


def shown_document(run: Run, difference: Difference) -> str:
    """Return where the document describes what differs."""
    outcome = difference.outcomes[0]
    violation = difference.violation or Violation("shape", "")
    locator = Locator(run.judge)
    where = locator.subject(outcome.operation, outcome.status, violation).contract_pointer
    return locator.location(where or outcome.operation.pointer)
