"""The judge: turns a release, an answer or an exchange into violations. The same one for all.

A fixture at load, an answer of the mock before it is served, and an answer of a target are asked
the same: the documented form first, then the rules, which speak only of what the form has passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .document.schemas import Schemas
from .document.spec import DocumentedResponse, Operation, Spec
from .exchange import Response
from .requests import Accepted
from .rules import evaluation
from .rules.compilation import Rules, compile_rules
from .source import json_text
from .violations import Violation, pointer, show

JSON = "application/json"


def judge_of(spec: Spec) -> Judge:
    """The judge of a spec. Raises ContractError for rules that cannot be compiled."""
    return Judge(spec, Schemas(spec.data), compile_rules(spec))


@dataclass(frozen=True)
class Judge:
    """All that is needed to judge by one spec."""

    spec: Spec
    schemas: Schemas
    rules: Rules

    def entity(
        self,
        name: str,
        value: Any,
        now: datetime,
        old: Mapping[str, Any] | None = None,
        base: str = "",
        with_logs: bool = True,
    ) -> list[Violation]:
        """Violations of a release, package or account in wire form, at ``base`` in its document.

        old: an earlier observation of the same thing, for the rules about changes.
        """
        found = self.schemas.violations(f"/components/schemas/{name}", value, base)
        if found:
            return found
        subject = evaluation.Subject(value, base, old)
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
        do not apply. old: earlier observations of resources with a timeline, by their key.
        """
        documented = operation.responses.get(response.status)
        if documented is None:
            return [_undocumented(operation, response)]
        body, violations = self._body(documented, response)
        violations += [*_headers(documented, response)]
        if violations or documented.schema is None:
            return violations
        with_logs = accepted is None or self.shows_logs(operation, accepted)
        subjects: dict[str, list[evaluation.Subject]] = {}
        for name, where, value in entities_in(documented, body):
            key = value[self.spec.entities[name].key]
            before = (old or {}).get(key) if name == self.spec.release else None
            subjects.setdefault(name, []).append(evaluation.Subject(value, where, before))
        for name, values in subjects.items():
            violations += evaluation.schema_violations(self.rules, name, values, now, with_logs)
        if accepted is not None:
            request = {"query": accepted.query, "body": accepted.body}
            exchange = (request, {"status": response.status, "body": body})
            violations += evaluation.operation_violations(self.rules, operation.id, *exchange, now)
        return violations

    def outside(self, status: int, answer: Response) -> list[Violation]:
        """Violations of an answer to a request that reaches no operation."""
        if answer.status != status:
            return [Violation("status", f"answers {status}", found=str(answer.status))]
        response = self.spec.outside[status]
        _, found = self._body(response, answer)
        return [*found, *_headers(response, answer)]

    def shows_logs(self, operation: Operation, asked: Accepted) -> bool:
        """Whether a request asked for the logs too."""
        omitting = (p.name for p in operation.parameters if p.omits == "logs")
        return all(asked.query.get(name) is not False for name in omitting)

    def _body(self, response: DocumentedResponse, answer: Response) -> tuple[Any, list[Violation]]:
        if response.schema is None:
            return None, []
        if answer.media_type != response.media_type:
            found = answer.header("content-type") or "none"
            return None, [
                Violation("content-type", f"the answer is {response.media_type}", found=found)
            ]
        if response.media_type != JSON:
            body = answer.body.decode("utf-8", "replace")
            return body, self.schemas.violations(response.schema, body)
        try:
            body = json_text.parse(answer.body)
        except ValueError as error:
            found = show(answer.body[:80].decode("utf-8", "replace"))
            return None, [Violation("json", f"the answer is JSON: {error}", found=found)]
        return body, self.schemas.violations(response.schema, body)


def _undocumented(operation: Operation, answer: Response) -> Violation:
    documented = ", ".join(str(status) for status in operation.responses)
    found = f"{answer.status} {answer.body[:120].decode('utf-8', 'replace')}".strip()
    return Violation("status", f"answers one of {documented}", found=found)


def _headers(response: DocumentedResponse, answer: Response) -> Iterator[Violation]:
    for name, header in response.headers.items():
        value = answer.header(name)
        pattern = header.get("schema", {}).get("pattern", "")
        if value is None and header.get("required"):
            yield Violation("header", f"{answer.status} has the header {name}", found="none")
        elif value is not None and not re.search(pattern, value):
            yield Violation("header", f"{name} is like {pattern}", found=show(value))


def entities_in(response: DocumentedResponse, body: Any) -> Iterator[tuple[str, str, Any]]:
    """Each thing known by a key in a body: the name of its schema, its pointer, itself."""
    for name, path in response.entities:
        for where, value in _follow(body, path, ()):
            yield name, pointer(where), value


def _follow(
    value: Any, path: tuple[str, ...], at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not path:
        yield at, value
    elif path[0] == "*":
        for index, item in enumerate(value):
            yield from _follow(item, path[1:], (*at, index))
    elif path[0] in value:
        yield from _follow(value[path[0]], path[1:], (*at, path[0]))
