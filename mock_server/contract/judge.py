"""The judge of resources and responses.

The same judge checks a fixture when it is loaded, a response of the mock before it is sent, and a
response of a target. It first validates the schema, and then evaluates the rules, which apply only
to values with a valid schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .document.directions import ONLY_IN_REQUESTS, without_required
from .document.operation import DocumentedResponse, Operation, is_json
from .document.references import resolve
from .document.schemas import Schemas
from .document.schemas.phrases import QUOTE, UNQUOTE
from .document.spec import Spec
from .exchange import WITHOUT_BODY, Response
from .requests import Accepted
from .rules import evaluation
from .rules.compilation import Rules, compile_rules
from .rules.subjects import Subject
from .source import json_text
from .violations import Violation, pointer, show


def judge_of(spec: Spec) -> Judge:
    """Return the judge of a spec. Raises ContractError if a rule cannot be compiled."""
    schemas = Schemas(without_required(spec.data, ONLY_IN_REQUESTS))
    return Judge(spec, schemas, compile_rules(spec))


@dataclass(frozen=True)
class Judge:
    """Judges resources and responses by one spec."""

    spec: Spec
    schemas: Schemas
    rules: Rules

    def resource(
        self,
        name: str,
        value: Any,
        now: datetime,
        old: Mapping[str, Any] | None = None,
        base: str = "",
        with_logs: bool = True,
    ) -> list[Violation]:
        """Return the violations of a resource in the JSON form of the API.

        name: its type.
        old: an earlier observation of the same resource, for the rules about changes.
        base: the JSON pointer of the resource in its document.
        with_logs: whether it was requested with its logs.
        """
        violations = self.schemas.violations(f"/components/schemas/{name}", value, base)
        if violations:
            return violations
        subject = Subject(value, base, old)
        return evaluation.schema_violations(self.rules, name, [subject], now, with_logs)

    def response(
        self,
        operation: Operation,
        accepted: Accepted | None,
        response: Response,
        now: datetime,
        old: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> list[Violation]:
        """Return the violations of a response to a request of an operation.

        accepted: the request; None if it breaks the contract, and then the rules of the operation
        do not apply. old: earlier observations of resources with a timeline, by ``Type/key``.
        """
        documented = operation.documented(response.status)
        if documented is None:
            return [_undocumented(operation, response)]
        body, violations = self._body(documented, response)
        violations += [*self._headers(documented, response)]
        if violations or (not documented.resources and not self.rules.of_operations[operation.id]):
            return violations
        with_logs = accepted is None or self.shows_logs(operation, accepted)
        subjects: dict[str, list[Subject]] = {}
        for name, where, value in resources_in(documented, body):
            if not isinstance(value, dict):
                continue
            resource_type = self.spec.types[name]
            before = (old or {}).get(f"{name}/{resource_type.key_of(value)}")
            before = before if resource_type.timeline else None
            subjects.setdefault(name, []).append(Subject(value, where, before))
        for name, values in subjects.items():
            violations += evaluation.schema_violations(self.rules, name, values, now, with_logs)
        if accepted is not None:
            request = {"query": accepted.query, "path": accepted.path, "body": accepted.body}
            exchange = (request, {"status": response.status, "body": body})
            own = self.spec.type_of(operation)
            resources = [each.value for each in subjects.get(own.name if own else "", ())]
            violations += evaluation.operation_violations(
                self.rules, operation.id, *exchange, now, resources
            )
        return violations

    def outside(self, status: int, response: Response) -> list[Violation]:
        """Return the violations of a response to a request that reaches no operation."""
        if response.status != status:
            return [Violation("status", f"must be {status}", found=str(response.status))]
        documented = self.spec.outside[status]
        _, violations = self._body(documented, response)
        return [*violations, *self._headers(documented, response)]

    def shows_logs(self, operation: Operation, accepted: Accepted) -> bool:
        """Return whether the response to a request contains the logs."""
        omitting = (p.name for p in operation.parameters if p.omits == "logs")
        return all(accepted.query.get(name) is not False for name in omitting)

    def _body(
        self, documented: DocumentedResponse, response: Response
    ) -> tuple[Any, list[Violation]]:
        if not documented.contents or response.status in WITHOUT_BODY:
            return None, []
        content = documented.content(response.media_type)
        if content is None:
            found = response.header("content-type") or "none"
            media_types = " or ".join(each.media_type for each in documented.contents)
            message = f"the body must be {media_types}"
            return None, [Violation("content-type", message, found=found)]
        if content.schema is None:
            return None, []
        if not is_json(response.media_type):
            return None, self._text_violations(content.schema, response.body)
        try:
            body = json_text.parse(response.body)
        except ValueError as error:
            found = show(response.body[:80].decode("utf-8", "replace"))
            return None, [Violation("json", f"the body must be JSON: {error}", found=found)]
        return body, self._schema_violations(content.schema, body)

    def _text_violations(self, schema: str, body: bytes) -> list[Violation]:
        """Return the violations of a body that is not JSON: only a schema of text can judge it."""
        types = resolve(self.spec.data, {"$ref": f"#{schema}"}).get("type", ())
        if "string" not in ([types] if isinstance(types, str) else types):
            return []
        return self._schema_violations(schema, body.decode("utf-8", "replace"))

    def _headers(self, documented: DocumentedResponse, response: Response) -> Iterator[Violation]:
        for name, header in documented.headers.items():
            value = response.header(name)
            pattern = header.get("schema", {}).get("pattern", "")
            if value is None and header.get("required"):
                message = f"a response with {response.status} must have the header {name}"
                yield Violation("header", message, found="none")
            elif value is not None and not re.search(pattern, value):
                yield Violation("header", f"{name} must match {pattern}", found=show(value))

    def _schema_violations(self, schema: str, body: Any) -> list[Violation]:
        """Return the violations by a response, without advice for authors of YAML files."""
        return [
            replace(violation, fix="") if violation.fix in (QUOTE, UNQUOTE) else violation
            for violation in self.schemas.violations(schema, body)
        ]


def _undocumented(operation: Operation, response: Response) -> Violation:
    documented = ", ".join([*map(str, operation.responses), *operation.ranges])
    found = f"{response.status} {response.body[:120].decode('utf-8', 'replace')}".strip()
    return Violation("status", f"must be one of {documented}", found=found)


def resources_in(documented: DocumentedResponse, body: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield each resource in a body: its type, its JSON pointer, and its value."""
    for name, path in documented.resources:
        for where, value in _follow(body, path, ()):
            yield name, pointer(where), value


def _follow(
    value: Any, path: tuple[str, ...], at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not path:
        yield at, value
    elif path[0] == "*":
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _follow(item, path[1:], (*at, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _follow(value[path[0]], path[1:], (*at, path[0]))
