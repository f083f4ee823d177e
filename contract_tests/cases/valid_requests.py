"""Valid requests of an operation: made by Schemathesis, with the known ids of the target."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation, BaseSchema

from mock_server.contract.document.operation import Operation

from ..target.paths import Values, encoded, parameter_names, positions, words
from ..target.roles import is_safe
from .generation import run_examples
from .known_ids import KnownIds

SchemathesisOperation = APIOperation[Any, Any, Any, Any]


@dataclass(frozen=True)
class ValidRequests:
    """Makes valid requests. seed: the same one makes the same requests."""

    schema: BaseSchema
    known: KnownIds
    seed: int = 0

    def of(self, operation: Operation, count: int, values: Values | None = None) -> list[Case[Any]]:
        """Return valid requests: the examples of the document, then the simplest ones.

        values: those of its path parameters; by default known ones, each in turn.
        """
        cases = list(self.generated(operation, count))[:count]
        known = self.known.of(operation.path) if is_safe(operation) else []
        known = known or self.known.of_run(operation.path)
        for index, case in enumerate(cases):
            chosen = values or (known[index % len(known)] if known else ())
            set_path(case, operation, chosen)
            self._set_known_ids(case, operation, index)
        return cases

    def generated(self, operation: Operation, count: int) -> Iterator[Case[Any]]:
        """Yield valid requests with random path parameters."""
        generating: SchemathesisOperation = self.schema[operation.path][operation.method]
        cases: list[Case[Any]] = []
        for strategy in generating.get_strategies_from_examples():
            run_examples(strategy, 1, self.seed, cases.append)
        yield from cases[: count // 2]
        cases.clear()
        strategy = generating.as_strategy(generation_mode=GenerationMode.POSITIVE)
        run_examples(strategy, count, self.seed, cases.append)
        yield from cases

    def _set_known_ids(self, case: Case[Any], operation: Operation, index: int) -> None:
        """Replace the values that must be ids of other resources, such as ``author_id``.

        Every other request has a new value where this may be the id of what it creates.
        """
        own = self.known.names.get(f"{positions(operation.path)}/{{}}", ()) if index % 2 else ()
        for container in (case.query, case.body):
            if isinstance(container, dict):
                container.update(self._known_ids(container, own, index))

    def _known_ids(
        self, container: Mapping[str, Any], own: Collection[str], index: int
    ) -> Iterator[tuple[str, Any]]:
        for name, value in container.items():
            ids = [each for each in self.known.value_of(name) if type(each) is type(value)]
            if words(name) in own and isinstance(value, str):
                yield name, f"{value}{time.time_ns() // 1000 % 10**8}"
            elif ids:
                yield name, ids[index % len(ids)]


def set_path(case: Case[Any], operation: Operation, values: Values) -> None:
    """Set the first path parameters of a request to these values; the others stay."""
    names = parameter_names(operation.path)
    case.path_parameters = {
        **case.path_parameters,
        **{name: encoded(value) for name, value in zip(names, values, strict=False)},
    }
