"""What a fault is: its form, how it is asked for, and where a session keeps it."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..contract.document.schemas import Schemas
from ..contract.document.spec import resolve
from ..contract.judge import Judge
from ..contract.source.yaml_documents import read as read_document
from ..contract.violations import ContractError, Violation, nearest, show
from ..operations.call import Context
from ..state.session_state import SessionState
from . import contract_violations

ADMIN = (
    Path(__file__).parents[1] / "control" / "control.yaml"
)  # the form of a fault stands there alone
FORM = "/components/schemas/Fault"
SHARES = ("every", "first", "probability")


@dataclass(frozen=True)
class Fault:
    """A named disturbance of answers.

    operation: the operationId, None for all; every, first, probability: its share of the requests,
    always when all are None; own: the fields of its kind.
    """

    name: str
    kind: str
    operation: str | None = None
    every: int | None = None
    first: int | None = None
    probability: float | None = None
    seed: int = 0
    own: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The fault in its JSON form."""
        common = {name: getattr(self, name) for name in COMMON}
        return {**{n: v for n, v in common.items() if v is not None}, **self.own}

    def strikes(self, count: int) -> bool:
        """Whether it strikes the ``count``-th request that it concerns, counted from 1."""
        if self.every is not None:
            return count % self.every == 0
        if self.first is not None:
            return count <= self.first
        return self.probability is None or self.chance(count, "share") < self.probability

    def chance(self, count: int, what: str) -> float:
        """A number from 0 to below 1 that follows from the seed, the count and what it is for."""
        return random.Random(f"{self.seed}:{count}:{what}").random()  # noqa: S311 (no secret)


COMMON = tuple(each.name for each in fields(Fault) if each.name != "own")


def fault_of(record: Mapping[str, Any]) -> Fault:
    """The fault of a JSON form that ``Fault.record`` made."""
    common = {name: record[name] for name in COMMON if name in record}
    return Fault(**common, own={n: v for n, v in record.items() if n not in COMMON})


def read(record: Any, judge: Judge, taken: Collection[str] = ()) -> Fault:
    """The fault of a JSON form that somebody gives, with all defaults.

    taken: names that a fault without one does not get. Raises ContractError with each field that is
    wrong, and its valid values.
    """
    found = [*_forms().violations(FORM, record)]
    if not found:
        record = _complete(record, taken)
        found = [*_misfits(record, judge)]
    if found:
        raise ContractError(found)
    return fault_of(record)


def add(context: Context, session: str, record: Any) -> Fault:
    """Gives a session one more fault, or another in the place of the one of its name; its count
    begins. Returns it as it is kept. Raises ContractError."""

    def added(session_state: SessionState) -> SessionState:
        fault = read(record, context.judge, [str(each["name"]) for each in session_state.faults])
        context.sessions.store.forget(session, hits(fault.name))
        others = (each for each in session_state.faults if each["name"] != fault.name)
        return replace(session_state, faults=(*others, fault.record()))

    return fault_of(context.sessions.change(session, added).faults[-1])


def clear(context: Context, session: str, name: str | None = None) -> None:
    """Takes the faults of a session away, or the one of a name, and their counts.

    Raises ContractError when there is none of that name.
    """
    session_state = context.sessions.session_state(session)
    names = [str(each["name"]) for each in session_state.faults]
    if name is not None and name not in names:
        cure = nearest(name, names) or "there is none"
        message = "is the name of a fault of the session"
        raise ContractError([Violation("name", message, "name", show(name), cure)])
    gone = names if name is None else [name]

    def cleared(session_state: SessionState) -> SessionState:
        return replace(
            session_state, faults=tuple(f for f in session_state.faults if f["name"] not in gone)
        )

    context.sessions.change(session, cleared)
    for each in gone:
        context.sessions.store.forget(session, hits(each))


def hits(name: str) -> str:
    """The record of a session that counts the requests a fault concerns."""
    return f"hits:{name}"


@cache
def _forms() -> Schemas:
    return Schemas(read_document(ADMIN).data)


def _complete(record: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """The record with its name and its defaults; whole numbers written as such."""
    data, kind = _forms().data, record["kind"]
    form = resolve(data, {"$ref": "#" + FORM})["discriminator"]["mapping"][kind]
    declared = resolve(data, {"$ref": form})["properties"]
    schemas = {name: resolve(data, schema) for name, schema in declared.items()}
    whole = {n: int(v) if schemas[n]["type"] == "integer" else v for n, v in record.items()}
    defaults = {n: schema["default"] for n, schema in schemas.items() if "default" in schema}
    numbered = (f"{kind}-{number}" for number in range(1, len(taken) + 2))
    free = next(name for name in numbered if name not in taken)
    return {"name": free, **defaults, **whole}


def _misfits(record: Mapping[str, Any], judge: Judge) -> Iterator[Violation]:
    """What is wrong with a record of the right form: among its fields, and beside the spec."""
    shares = [name for name in SHARES if name in record]
    if len(shares) > 1:
        message = f"at most one of {', '.join(SHARES)} is given"
        yield Violation("share", message, f"/{shares[1]}", " and ".join(shares))
    operations = judge.spec.operations
    operation = record.get("operation")
    if operation is not None and operation not in operations:
        message = f"is an operationId: {', '.join(operations)}"
        cure = nearest(operation, operations)
        yield Violation("operation", message, "/operation", show(operation), cure)
    elif record["kind"] == "violate":
        asked = [operations[operation]] if operation is not None else [*operations.values()]
        yield from contract_violations.misfits(judge, asked, record["property"], record["how"])
