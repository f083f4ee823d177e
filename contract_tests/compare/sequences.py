"""The sequences of requests that are sent to both targets, the shortest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import key_text
from mock_server.contract.document.spec import Spec

from ..target.roles import is_safe
from ..target.type_operations import TypeOperations, operations_of_types

CALL, CREATE = "call", "create"
NO_CREDENTIALS, EMPTY_BODY, UNKNOWN = (
    "without credentials",
    "with an empty body",
    "of an unknown key",
)
RANDOM, LONGEST = 10, 4  # random sequences of each type, and the changes in one
MAX_VALUES = 8  # of a parameter that is sent with each of its values
CHANGES = ("update", "replace", "restart", "transition")


class Step(NamedTuple):
    """One request. kind: how it is made; query: beside the parameters that name its resource."""

    kind: str
    operation: Operation
    query: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        own = "" if self.kind in (CALL, CREATE) else f" {self.kind}"
        query = "".join(f" with {name}={text}" for name, text in self.query)
        return f"{self.operation.id}{own}{query}"


class Sequence(NamedTuple):
    """Requests about one resource of a type. type: its name; position: among those chosen."""

    type: str
    steps: tuple[Step, ...]
    position: int = 0

    def __str__(self) -> str:
        return ", then ".join(map(str, self.steps))

    @property
    def changes(self) -> bool:
        """Whether it can change a target. A refused request should not, but may."""
        return any(not is_safe(step.operation) for step in self.steps if _acts(step.operation))


def _acts(operation: Operation) -> bool:
    return operation.action is not None and operation.does != "none"


def sequences(spec: Spec) -> list[Sequence]:
    """Return the sequences for a document, the shortest first."""
    found = [
        Sequence(name, steps)
        for name, operations in operations_of_types(spec).items()
        for steps in _of_type(operations)
    ]
    distinct = {(each.type, str(each)): each for each in found}
    return sorted(distinct.values(), key=lambda sequence: len(sequence.steps))


def reads_of_others(spec: Spec, numbers: Mapping[str, int]) -> list[Sequence]:
    """Return a read of each further resource. numbers: how many are chosen of each type."""
    readers = {name: each.reader for name, each in operations_of_types(spec).items()}
    return [
        Sequence(name, (Step(CALL, reader),), position)
        for name, reader in readers.items()
        if reader
        for position in range(1, numbers.get(name, 0))
    ]


def _of_type(operations: TypeOperations) -> Iterator[tuple[Step, ...]]:
    """Yield the steps of each sequence about a resource of a type."""
    reader, creator = operations.reader, operations.first("create")
    reads = [*([reader] if reader else []), *operations.lists]
    changing = [each for kind in CHANGES for each in operations.actions.get(kind, ())]
    deleting = list(operations.actions.get("delete", ()))
    for operation in reads:
        yield (Step(CALL, operation),)
        yield from ((Step(CALL, operation, query),) for query in _queries(operation))
    for operation in (*reads, *changing, *deleting, *([creator] if creator else [])):
        if operation.needs_token:
            yield (Step(NO_CREDENTIALS, operation),)
        if operation.bodies and operation.body_required:
            yield (Step(EMPTY_BODY, operation),)
        if operation is not creator and operation not in operations.lists:
            yield (Step(UNKNOWN, operation),)
    start = (Step(CREATE, creator),) if creator else ()
    if creator:
        yield start
        yield from ((*start, Step(CALL, read)) for read in reads)
    # Without an operation that creates, only what can be repeated is changed.
    for operation in (*changing, *(deleting if creator else ())):
        yield (*start, Step(CALL, operation))
        yield from ((*start, Step(CALL, operation), Step(CALL, read)) for read in reads)


def _queries(operation: Operation) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield a query for each value of a parameter that has few."""
    for parameter in operation.parameters:
        schema = parameter.schema
        values = [False, True] if schema.get("type") == "boolean" else schema.get("enum", ())
        if parameter.location == "query" and len(values) <= MAX_VALUES:
            yield from (((parameter.name, key_text(value)),) for value in values)


def random_sequences(spec: Spec, seed: int) -> list[Sequence]:
    """Return sequences of several steps in a random order, which a seed decides.

    They end with a read if a type has one, and contain no deletion, after which nothing is left to
    compare.
    """
    random, found = Random(seed), dict[tuple[str, str], Sequence]()  # noqa: S311 -- no secret
    for name, operations in operations_of_types(spec).items():
        deleting = operations.actions.get("delete", ())
        last = {str(steps[-1]): steps[-1] for steps in _of_type(operations)}.values()
        chosen = [each for each in last if each.kind != CREATE and each.operation not in deleting]
        if not any(_acts(each.operation) for each in chosen):
            continue
        creator, reader = operations.first("create"), operations.reader
        start = (Step(CREATE, creator),) if creator else ()
        end = (Step(CALL, reader),) if reader else ()
        for _ in range(RANDOM):
            steps = random.choices(chosen, k=random.randint(2, LONGEST))
            sequence = Sequence(name, (*start, *steps, *end))
            found[name, str(sequence)] = sequence
    return list(found.values())
