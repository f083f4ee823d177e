"""Map a violation to its subject and to its location in the contract."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract.document.operation import DocumentedResponse, Operation
from mock_server.contract.document.references import at, pointer_to
from mock_server.contract.document.resources.loading import property_pointers
from mock_server.contract.document.spec import Spec
from mock_server.contract.judge import Judge
from mock_server.contract.violations import Violation, parts, pointer

from ..target.roles import follows_timeline

# Protocol rule → the part of the operation that it applies. All other protocol rules apply to the
# operation itself.
PART_OF_OPERATION = {
    "lookup": "/x-lookup",
    "exact-match": "/x-lookup",
    "list-is-whole": "/x-lookup",
    "filter": "/x-lookup/filters",
    "error-code": "/x-lookup",
    "ownership": "/security",
    "restart-begins": "/x-action",
    "restart-while-running": "/x-action",
    "status": "/responses",
}
# JSON Schema keywords of a whole body
OF_OBJECTS = ("required", "additionalProperties", "type", "oneOf", "anyOf")


@dataclass(frozen=True)
class ViolationSubject:
    """The property that a violation is about, and the JSON pointer of its rule in the contract.

    about: ``Schema.property``, or "" if the violation is about a response as a whole.
    """

    about: str
    contract_pointer: str


@dataclass(frozen=True)
class Locator:
    """Finds the subjects and the locations of violations in one contract."""

    judge: Judge

    @property
    def spec(self) -> Spec:
        return self.judge.spec

    def subject(
        self, operation: Operation | None, status: int, violation: Violation
    ) -> ViolationSubject:
        """Return the subject of a violation in a response with this status.

        It is the same for one property in all operations and at all list indexes.
        """
        response = self._response(operation, status)
        schema_name, below = self._resource(operation, response, violation.pointer)
        if schema_name is None and not follows_timeline(self.spec):
            schema_name, below = self._component(response, below)
        schema = self._schema(schema_name, response, below)
        rule = self.judge.rules.by_id.get(violation.rule)
        if rule is not None:
            return ViolationSubject(self._property_path(schema_name, below), rule.pointer)
        if not violation.pointer and not (schema_name and violation.rule in OF_OBJECTS):
            base = operation.pointer if operation else "/x-outside"
            part = PART_OF_OPERATION.get(violation.rule, "") if operation else f"/{status}"
            required = violation.rule == "required"
            return ViolationSubject("", schema if required else self._existing(base + part))
        about = self._property_path(schema_name, below)
        shared_schema = schema.rpartition("/")[2] if schema.count("/") == 3 else ""
        if schema_name is not None and below and self._is_component(shared_schema):
            about = shared_schema  # such as an enum that several properties use
        elif schema_name is None:
            about = ".".join([*parts(schema)[:3][-1 if "components" in schema else -2 :], about])
        return ViolationSubject(about, self._existing(f"{schema}/{violation.rule}"))

    def location(self, contract_pointer: str) -> str:
        """Return ``file:line:column`` of a pointer, or of its nearest parent.

        The file is relative to the current folder if it is below it.
        """
        place = self.spec.document.location(contract_pointer)
        return place.removeprefix(f"{Path.cwd()}{os.sep}")

    def _is_component(self, schema_name: str) -> bool:
        return schema_name in self.spec.data["components"]["schemas"]

    def _response(self, operation: Operation | None, status: int) -> DocumentedResponse | None:
        return operation.documented(status) if operation else self.spec.outside.get(status)

    def _resource(
        self, operation: Operation | None, response: DocumentedResponse | None, pointer_text: str
    ) -> tuple[str | None, tuple[str, ...]]:
        """Return the schema name of the resource that a pointer leads into, and the path below
        it."""
        steps = tuple(parts(pointer_text))
        for name, path in response.resources if response else ():
            if len(steps) >= len(path) and all(
                expected in ("*", step) for expected, step in zip(path, steps, strict=False)
            ):
                return name, steps[len(path) :]
        lookup = operation.lookup if operation else None
        if lookup and steps and steps[0] in self.spec.types[lookup.finds].properties:
            return lookup.finds, steps
        return None, steps

    def _component(
        self, response: DocumentedResponse | None, below: tuple[str, ...]
    ) -> tuple[str | None, tuple[str, ...]]:
        """Return the last component schema on the way to a value, and the path below it.

        So an object has the same subject in every response: alone, and as an item of a list.
        """
        found: tuple[str | None, tuple[str, ...]] = None, below
        for taken in range(len(below) + 1):
            schema = self._schema(None, response, below[:taken])
            name = schema.removeprefix("/components/schemas/")
            if schema != name and "/" not in name:
                found = name, below[taken:]
        return found

    def _property_path(self, schema_name: str | None, below: tuple[str, ...]) -> str:
        """Return the path of a property, the same for all list indexes and processes."""
        names = ["*" if step.isdecimal() else step for step in below]
        if names:
            for process in self.spec.timeline(schema_name).processes:
                properties = process.properties.items()
                role = next((role for role, name in properties if name == names[0]), None)
                if role is not None and process.name:
                    names[0] = "{process}" + process[role].removeprefix(process.name)
        return ".".join([*([schema_name] if schema_name else []), *names])

    def _schema(
        self,
        schema_name: str | None,
        response: DocumentedResponse | None,
        below: tuple[str, ...],
    ) -> str:
        """Return the pointer of the schema of a value, or of its nearest parent that has one."""
        if schema_name is not None:
            contract_pointer = f"/components/schemas/{schema_name}"
        elif response is not None and response.schema:
            contract_pointer = response.schema
        else:
            return ""
        for step in below:
            contract_pointer = self._resolved(contract_pointer)
            schema = self._mapping(contract_pointer)
            properties = dict(property_pointers(self.spec.data, contract_pointer))
            if step in properties:
                contract_pointer = properties[step]
            elif step.isdecimal() and "items" in schema:
                contract_pointer += "/items"
            else:
                return contract_pointer
        return self._resolved(contract_pointer)

    def _resolved(self, contract_pointer: str) -> str:
        """Return a pointer after following all `$ref`s at it."""
        while "$ref" in (schema := self._mapping(contract_pointer)):
            contract_pointer = pointer_to(str(schema["$ref"]))
        return contract_pointer

    def _mapping(self, contract_pointer: str) -> Mapping[str, Any]:
        value = at(self.spec.data, contract_pointer)
        return value if isinstance(value, dict) else {}

    def _existing(self, contract_pointer: str) -> str:
        """Return the pointer, or its nearest parent that exists in the contract."""
        steps = parts(contract_pointer)
        while steps:
            try:
                at(self.spec.data, pointer(steps))
                return pointer(steps)
            except (LookupError, ValueError, TypeError):
                steps.pop()
        return ""
