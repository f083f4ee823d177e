"""Define faults: parse and validate them, add them to a session and remove them."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..contract.document.references import resolve
from ..contract.document.schemas import Schemas
from ..contract.judge import Judge
from ..contract.source.yaml_documents import read as read_document
from ..contract.violations import ContractError, Violation, nearest, show
from ..operations.call import Context
from ..state.session_state import SessionState
from . import contract_violations

# The document of the control API is the only definition of the fields of a fault.
DOCUMENT = Path(__file__).parents[1] / "control" / "control.yaml"
SCHEMA = "/components/schemas/Fault"
SHARES = ("every", "first", "probability")  # the fields that select requests


@dataclass(frozen=True)
class Fault:
    """A named fault of a session.

    operation: operationId that it applies to; None for all operations.
    every, first, probability: the share of requests that it applies to; all None for every request.
    seed: seed of all random choices.
    own: the fields of its kind, such as ``seconds`` of a delay.
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
        """Return the fault as JSON."""
        common = {name: getattr(self, name) for name in COMMON}
        return {**{n: v for n, v in common.items() if v is not None}, **self.own}

    def applies_to(self, count: int) -> bool:
        """Return whether the fault applies to the ``count``-th request of its operation, from 1."""
        if self.every is not None:
            return count % self.every == 0
        if self.first is not None:
            return count <= self.first
        return self.probability is None or self.chance(count, "share") < self.probability

    def chance(self, count: int, purpose: str) -> float:
        """Return a number in [0, 1) that depends only on the seed, the count and the purpose."""
        return random.Random(f"{self.seed}:{count}:{purpose}").random()  # noqa: S311 (no secret)


COMMON = tuple(item.name for item in fields(Fault) if item.name != "own")


def fault_of(record: Mapping[str, Any]) -> Fault:
    """Return the fault of a record that ``Fault.record`` created."""
    common = {name: record[name] for name in COMMON if name in record}
    return Fault(**common, own={n: v for n, v in record.items() if n not in COMMON})


def read(record: Any, judge: Judge, taken: Collection[str] = ()) -> Fault:
    """Validate the JSON of a fault and return the fault, with a name and all defaults.

    taken: names that are in use; a fault without a name gets another one.

    Raise ContractError with every invalid field and its valid values.
    """
    violations = [*_schemas().violations(SCHEMA, record)]
    if not violations:
        record = _complete(record, taken)
        violations = [*_semantic_violations(record, judge)]
    if violations:
        raise ContractError(violations)
    return fault_of(record)


def add(context: Context, session: str, record: Any) -> Fault:
    """Add a fault to a session, or replace the fault of the same name; return the stored fault.

    Its count of requests starts at zero. Raise ContractError if the fault is not valid.
    """

    def added(session_state: SessionState) -> SessionState:
        fault = read(record, context.judge, [str(other["name"]) for other in session_state.faults])
        context.sessions.store.forget(session, hits(fault.name))
        others = (other for other in session_state.faults if other["name"] != fault.name)
        return replace(session_state, faults=(*others, fault.record()))

    return fault_of(context.sessions.change(session, added).faults[-1])


def clear(context: Context, session: str, name: str | None = None) -> None:
    """Remove all faults of a session, or the one of a name, and their counts.

    Raise ContractError if the session has no fault of that name.
    """
    session_state = context.sessions.session_state(session)
    names = [str(fault["name"]) for fault in session_state.faults]
    if name is not None and name not in names:
        fix = nearest(name, names) or "the session has no faults"
        message = "must be the name of a fault of the session"
        raise ContractError([Violation("name", message, "name", show(name), fix)])
    removed = names if name is None else [name]

    def cleared(session_state: SessionState) -> SessionState:
        return replace(
            session_state, faults=tuple(f for f in session_state.faults if f["name"] not in removed)
        )

    context.sessions.change(session, cleared)
    for removed_name in removed:
        context.sessions.store.forget(session, hits(removed_name))


def hits(name: str) -> str:
    """Return the name of the store record that counts the requests of a fault."""
    return f"hits:{name}"


@cache
def _schemas() -> Schemas:
    return Schemas(read_document(DOCUMENT).data)


def _complete(record: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """Return the record with a name and all defaults; integers such as 2.0 become 2."""
    data, kind = _schemas().data, record["kind"]
    reference = resolve(data, {"$ref": "#" + SCHEMA})["discriminator"]["mapping"][kind]
    properties = resolve(data, {"$ref": reference})["properties"]
    schemas = {name: resolve(data, schema) for name, schema in properties.items()}
    given = {n: int(v) if schemas[n]["type"] == "integer" else v for n, v in record.items()}
    defaults = {n: schema["default"] for n, schema in schemas.items() if "default" in schema}
    numbered = (f"{kind}-{number}" for number in range(1, len(taken) + 2))
    free = next(name for name in numbered if name not in taken)
    return {"name": free, **defaults, **given}


def _semantic_violations(record: Mapping[str, Any], judge: Judge) -> Iterator[Violation]:
    """Yield what the schema cannot express: conflicting fields, and names that the spec lacks."""
    shares = [name for name in SHARES if name in record]
    if len(shares) > 1:
        message = f"give at most one of {', '.join(SHARES)}"
        yield Violation("share", message, f"/{shares[1]}", " and ".join(shares))
    operations = judge.spec.operations
    operation = record.get("operation")
    if operation is not None and operation not in operations:
        message = f"must be one of {', '.join(operations)}"
        fix = nearest(operation, operations)
        yield Violation("operation", message, "/operation", show(operation), fix)
    elif record["kind"] == "violate":
        targets = [operations[operation]] if operation is not None else [*operations.values()]
        yield from contract_violations.target_violations(
            judge, targets, record["property"], record["how"]
        )
