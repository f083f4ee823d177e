"""Valid request bodies for a resource: from the examples of the document, or generated."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.document.resources.loading import declared_properties
from mock_server.contract.document.resources.types import ResourceType

from ..cases.valid_requests import ValidRequests
from ..run.run import Run

ATTEMPTS = 12  # bodies of an operation
Body = dict[str, Any]


@dataclass
class Bodies:
    """Makes bodies. A value that must be unique is another one in each body."""

    run: Run
    requests: ValidRequests
    _of_operations: dict[str, list[Body]] = field(default_factory=dict)
    _count: int = 0

    def of(self, operation: Operation) -> list[Body]:
        """Return the bodies of an operation: the examples of the document, then generated ones."""
        if operation.id not in self._of_operations:
            cases = self.requests.of(operation, ATTEMPTS) if operation.bodies else []
            schema, data = {"$ref": f"#{operation.body}"}, self.run.spec.data
            bodies = [declared_part(data, schema, case.body) for case in cases]
            bodies = [body for body in bodies if isinstance(body, dict)]
            distinct = {json.dumps(each, sort_keys=True, default=str): each for each in bodies}
            self._of_operations[operation.id] = list(distinct.values())
        return copy.deepcopy(self._of_operations[operation.id])

    def new(
        self,
        operation: Operation,
        resource_type: ResourceType,
        given: Mapping[str, Any],
        rich: bool = False,
    ) -> Iterator[Body]:
        """Yield bodies for resources that do not exist yet.

        given: values that the resource must have, if the body can contain them. rich: those with
        most properties come first.
        """
        bodies = self.of(operation) or [{}] * (not operation.body_required)
        for body in sorted(bodies, key=len, reverse=True) if rich else bodies:
            value = resource_in(resource_type, body)
            declared = self.declared(operation, resource_type)
            value |= {name: each for name, each in given.items() if name in declared}
            self._set_unique(resource_type, value, given)
            yield body

    def declared(self, operation: Operation, resource_type: ResourceType) -> Mapping[str, Any]:
        """Return the properties of a resource that the body of an operation can contain."""
        data = self.run.spec.data
        schema = combined(data, {"$ref": f"#{operation.body}"}) if operation.body else {}
        names = schema.get("properties", {})
        if names and not names.keys() & resource_type.properties.keys():
            inner = [combined(data, each) for each in names.values()]
            names = next((each["properties"] for each in inner if "properties" in each), names)
        declared = resource_type.properties
        return {
            name: schema
            for name, schema in names.items()
            if name in declared and not declared[name].get("readOnly")
        }

    def _set_unique(
        self, resource_type: ResourceType, value: Body, given: Mapping[str, Any]
    ) -> None:
        """Give a resource another key, and other values where these must be unique."""
        names = [name for group in resource_type.unique for name in group]
        fixed = {*resource_type.parent_keys, *given}
        for name in dict.fromkeys((*resource_type.keys, *names)):
            if name in value and name not in fixed:
                value[name] = self.fresh(resource_type, name, value[name])

    def fresh(self, resource_type: ResourceType, name: str, value: Any) -> Any:
        """Return another valid value of a property, which no resource has; the same one if there
        is no valid one."""
        self._count += 1
        numbers = (f"{self._count}{time.time_ns() // 1000 % 10**8}", str(self._count))
        candidates = (each for number in numbers for each in _variants(value, number))
        violations = self.run.judge.schemas.violations
        where = resource_type.pointers[name]
        return next((each for each in candidates if not violations(where, each)), value)


def declared_part(data: Any, schema: Any, value: Any) -> Any:
    """Return a value without the members that its schema does not declare: a server may drop them.

    data: the document.
    """
    schema = combined(data, schema)
    if isinstance(value, list):
        return [declared_part(data, schema.get("items"), each) for each in value]
    if not isinstance(value, dict):
        return value
    declared, required = declared_properties(data, schema)
    if not declared or isinstance(schema.get("additionalProperties"), dict):
        return value
    return {
        name: declared_part(data, declared.get(name), each)
        for name, each in value.items()
        if name in declared or name in required
    }


def _variants(value: Any, number: str) -> Iterator[Any]:
    """Yield values that differ from another one in a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield int(number) % 2**31
        yield int(number) % 10**6
    elif isinstance(value, str):
        local, at, domain = value.partition("@")
        yield from (f"{local}-{number}{at}{domain}", f"{local}{number}{at}{domain}")
        yield from (f"{value}-{number}", f"{value}{number}")
        yield value[: -len(number)] + number


def resource_in(resource_type: ResourceType, body: Body) -> Body:
    """Return the part of a body that is a resource: the body, or the only object in it."""
    if body and not body.keys() & resource_type.properties.keys():
        inner = [each for each in body.values() if isinstance(each, dict)]
        return inner[0] if len(inner) == 1 else body
    return body
