"""Evaluates the rules of a schema on values, and the rules of an operation on an exchange.

Most values break no rule. Therefore all rules of a schema are first evaluated at once, as one
program over all values of a list. Only if its result is not true, each rule is evaluated alone, to
find the rules that are broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from ..violations import Violation
from . import engine as cel
from .compilation import Rule, Rules, type_name
from .deadline import (
    Deadline,
    any_needs_guard,
    batches,
    guarded,
    levels,
    longest_list,
)
from .found_values import exchange_values, violation
from .one_rule import Processes, context_of, problem_of
from .subjects import Subject, Value, parts
from .views import Wanted, part, view, without

ALL_SELVES = "selves"  # the variable of the combined program: all values that are judged


class _Scope(NamedTuple):
    """What the rules of a schema are evaluated with. name: of the type of the resources."""

    rules: Rules
    name: str
    now: datetime
    processes: Processes
    deadline: Deadline


def schema_violations(
    rules: Rules,
    name: str,
    subjects: Sequence[Subject],
    now: datetime,
    with_logs: bool = True,
) -> list[Violation]:
    """Return the violations of the rules of a schema by values that the schema itself accepts.

    with_logs: whether the values were requested with their logs; if not, rules about changes of
    logs do not apply.
    """
    violations: list[Violation] = []
    together, alone = Deadline(), Deadline()

    def kind(subject: Subject) -> tuple[bool, frozenset[str]]:
        return subject.old is not None, rules.present(name, [subject.value])

    for (changed, present), group in groupby(subjects, kind):
        processes = rules.processes(name, present)
        applicable = [
            rule
            for rule in rules.of_schemas.get(name, ())
            if not rule.of_change or (changed and (with_logs or not rule.reads_logs))
        ]
        # Rules about changes compare one value with its old one, so those are judged one by one.
        batch = list(group)
        for judged in [[subject] for subject in batch] if changed else [batch]:
            for selected, values in parts(rules, name, applicable, judged):
                scope = _Scope(rules, name, now, processes, together)
                if not _all_hold(scope, selected, values):
                    scope = scope._replace(deadline=alone)
                    for subject in values:
                        violations += _violations(scope, selected, subject)
    return violations


def operation_violations(
    rules: Rules,
    operation: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    now: datetime,
    resources: Sequence[Value] | None = None,
) -> list[Violation]:
    """Return the violations of the rules of an operation by a response that its schema accepts.

    request: ``query`` and ``path`` (parameters as values of their type), and ``body``; response:
    ``status`` and ``body``. resources: those of its type in the response; None if unknown.
    """
    applicable = rules.of_operations.get(operation, ())
    if not applicable:
        return []
    spec = rules.spec.operations[operation]
    query = {parameter.name: request["query"].get(parameter.name) for parameter in spec.parameters}
    path = {p.name: request.get("path", {}).get(p.name) for p in spec.path_parameters}
    request_body = _body(rules, spec.body, request["body"])
    documented = spec.documented(response["status"])
    schema = documented.schema if documented else None
    body = _body(rules, schema, response["body"], part(rules.wanted[operation], "body"))
    exchange = {
        "request": {"query": query, "path": path, "body": request_body},
        "response": {"status": response["status"], "body": body},
    }
    name = type_name(rules.spec, spec)
    every = frozenset(process.name for process in rules.spec.timeline(name).processes)
    processes = rules.processes(name, rules.present(name, resources) if resources else every)
    context = context_of(processes, {**exchange, "now": now}, Deadline())
    longest = longest_list(exchange) if any(levels(rule.source) for rule in applicable) else 0
    violations = []
    for rule in applicable:
        problem = problem_of(rule, context, longest)
        if problem is not None:
            found = exchange_values(rules.spec.timeline(name), exchange, rule)
            violations.append(Violation(rule.id, rule.message, "", found, problem))
    return violations


def _body(rules: Rules, schema: str | None, body: Any, wanted: Wanted = None) -> Any:
    return view(rules.spec, {"$ref": f"#{schema}"}, body, wanted) if schema else body


def _viewer(rules: Rules, name: str, group: Sequence[Rule]) -> Callable[[Value | None], Any]:
    """Return the function that gives a value as the rules of a group see it.

    They get only what they read, since the engine copies all that it gets, and logs are long.
    """
    schema = {"$ref": f"#/components/schemas/{name}"}
    properties = [rule.properties for rule in group if rule.properties is not None]
    all_known = len(properties) == len(group)
    wanted = dict.fromkeys(frozenset[str]().union(*properties)) if all_known else None
    logs = (
        ()
        if any(r.reads_logs for r in group)
        else rules.spec.timeline(name).role_properties("logs")
    )

    def viewed(value: Value | None) -> Any:
        return value and view(rules.spec, schema, without(value, logs), wanted)

    return viewed


def _all_hold(scope: _Scope, applicable: Sequence[Rule], subjects: Sequence[Subject]) -> bool:
    """Return whether no value breaks a rule. A subject with an old value must be the only one."""
    for reads_logs in (False, True):
        group = [rule for rule in applicable if rule.reads_logs is reads_logs]
        if not group or not subjects:
            continue
        viewed = _viewer(scope.rules, scope.name, group)
        old = viewed(subjects[0].old)
        sources = [rule.source for rule in group]
        program = tuple((rule.source, rule.per_process) for rule in group)
        for selves in batches(sources, (viewed(subject.value) for subject in subjects)):
            variables = {ALL_SELVES: selves, "oldSelf": old, "now": scope.now}
            context = context_of(scope.processes, variables, scope.deadline)
            guard = len(selves) == 1 and any_needs_guard(sources, [selves, old])
            try:
                if cel.executed(_combined(program, guard), context) is not True:
                    return False
            except cel.EngineError:
                return False
    return True


@lru_cache(256)
def _combined(sources: tuple[tuple[str, bool], ...], guard: bool) -> cel.Program:
    """Compile one program that is true if all rules are true. Another result of a rule is false."""
    if guard:
        sources = tuple((guarded(source), per_process) for source, per_process in sources)
    # A rule may end in a comment, so each ends with a line break.
    once = [f"({source}\n) == true" for source, per_process in sources if not per_process]
    each = [f"({source}\n) == true" for source, per_process in sources if per_process]
    if each:
        once.append(f"processes.all(process, {' && '.join(each)})")
    return cel.compiled(f"{ALL_SELVES}.all(self, {' && '.join(once)})", longest=None)


def _violations(scope: _Scope, applicable: Sequence[Rule], subject: Subject) -> Iterator[Violation]:
    """Yield the violations of each rule by one value, in the order of the rules."""
    timeline = scope.rules.spec.timeline(scope.name)
    contexts: dict[bool, tuple[Any, Any, cel.Context]] = {}
    for rule in applicable:
        if rule.reads_logs not in contexts:
            group = [each for each in applicable if each.reads_logs is rule.reads_logs]
            viewed = _viewer(scope.rules, scope.name, group)
            value, old = viewed(subject.value), viewed(subject.old)
            variables = {"self": value, "oldSelf": old, "now": scope.now}
            context = context_of(scope.processes, variables, scope.deadline)
            contexts[rule.reads_logs] = value, old, context
        value, old, context = contexts[rule.reads_logs]
        for process in scope.processes if rule.per_process else (None,):
            if process is not None:
                context.add_variable("process", process)
            problem = problem_of(rule, context, longest_list([value, old]))
            if problem is not None:
                judged = Subject(value, subject.pointer, old)
                yield violation(timeline, rule, problem, judged, process)
