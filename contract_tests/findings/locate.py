"""Where in the contract stands what a violation is about, and what thing it is about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract.document.spec import DocumentedResponse, Operation, Spec, at
from mock_server.contract.judge import Judge
from mock_server.contract.violations import Violation, parts, pointer

# Protocol rules, by what of the operation they read; every other stands at the operation itself.
READS = {
    "lookup": "/x-lookup",
    "exact-match": "/x-lookup",
    "list-is-whole": "/x-lookup",
    "filter": "/x-lookup/filters",
    "error-code": "/x-lookup",
    "ownership": "/security",
    "rebuild-begins": "/x-effect",
    "rebuild-while-building": "/x-effect",
    "status": "/responses",
}


@dataclass(frozen=True)
class Subject:
    """What a violation is about. ``where`` is a JSON pointer into the contract."""

    about: str
    where: str


@dataclass(frozen=True)
class Places:
    """Reads the places of violations from a contract."""

    judge: Judge

    @property
    def spec(self) -> Spec:
        return self.judge.spec

    def subject(self, operation: Operation | None, status: int, violation: Violation) -> Subject:
        """What a violation of an answer with this status is about: the same for the same thing,
        whichever operation showed it and at whichever place of a list."""
        response = self._response(operation, status)
        resource, below = self._thing(operation, response, violation.pointer)
        where = self._schema(resource, response, below)
        rule = next((r for r in self.judge.rules.all() if r.id == violation.rule), None)
        if rule is not None:
            return Subject(self._path(resource, below) or "", rule.pointer)
        if not violation.pointer:
            base = operation.pointer if operation else "/x-outside"
            read = base + (READS.get(violation.rule, "") if operation else f"/{status}")
            return Subject("", where if violation.rule == "required" else self._near(read))
        about = self._path(resource, below)
        shared = where.rpartition("/")[2] if where.count("/") == 3 else ""
        if resource is not None and below and shared in self.spec.data["components"]["schemas"]:
            about = shared
        elif resource is None:
            about = ".".join([*parts(where)[:3][-1 if "components" in where else -2 :], about])
        return Subject(about, self._near(f"{where}/{violation.rule}"))

    def place(self, where: str) -> str:
        """``file:line:column`` of a pointer into the contract or of what it stands in; the file as
        seen from here, when it lies below."""
        return self.spec.document.location(where).removeprefix(f"{Path.cwd()}{os.sep}")

    def _response(self, operation: Operation | None, status: int) -> DocumentedResponse | None:
        return operation.responses.get(status) if operation else self.spec.outside.get(status)

    def _thing(
        self, operation: Operation | None, response: DocumentedResponse | None, at_pointer: str
    ) -> tuple[str | None, tuple[str, ...]]:
        """The name of the entity that a pointer leads into, and the way below it."""
        steps = tuple(parts(at_pointer))
        for name, path in response.entities if response else ():
            if len(steps) >= len(path) and all(
                wanted in ("*", step) for wanted, step in zip(path, steps, strict=False)
            ):
                return name, steps[len(path) :]
        lookup = operation.lookup if operation else None
        if lookup and steps and steps[0] in self.spec.schema(lookup.finds).get("properties", {}):
            return lookup.finds, steps
        return None, steps

    def _path(self, resource: str | None, below: tuple[str, ...]) -> str:
        """The way to a property; its process and its place in a list do not matter."""
        named = ["*" if step.isdecimal() else step for step in below]
        if resource == self.spec.release and named:
            for process in self.spec.build.processes:
                role = next((r for r, n in process.properties.items() if n == named[0]), None)
                if role is not None:
                    named[0] = "{process}" + process[role].removeprefix(process.name)
        return ".".join([*([resource] if resource else []), *named])

    def _schema(
        self, resource: str | None, response: DocumentedResponse | None, below: tuple[str, ...]
    ) -> str:
        """The pointer of the schema of what stands there."""
        if resource is not None:
            where = f"/components/schemas/{resource}"
        elif response is not None and response.schema:
            where = response.schema
        else:
            return ""
        for step in below:
            where = self._followed(where)
            schema = self._at(where)
            if step in schema.get("properties", {}):
                where += pointer(("properties", step))
            elif step.isdecimal() and "items" in schema:
                where += "/items"
            else:
                return where
        return self._followed(where)

    def _followed(self, where: str) -> str:
        while "$ref" in (schema := self._at(where)):
            where = str(schema["$ref"]).removeprefix("#")
        return where

    def _at(self, where: str) -> Mapping[str, Any]:
        found = at(self.spec.data, where)
        return found if isinstance(found, dict) else {}

    def _near(self, where: str) -> str:
        """The pointer, or the nearest above it at which there is something."""
        steps = parts(where)
        while steps:
            try:
                at(self.spec.data, pointer(steps))
                return pointer(steps)
            except (LookupError, ValueError, TypeError):
                steps.pop()
        return ""
