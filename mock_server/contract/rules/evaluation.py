"""Evaluates the rules of a schema on values, and the rules of an operation on an exchange.

Most values break no rule. Therefore all rules of a schema are first evaluated at once, as one
program over all values of a list. Only if its result is not true, each rule is evaluated alone, to
find the rules that are broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from ..document.resources.types import ROLES, TimelineRoles
from ..violations import Violation, pointer, show
from . import engine as cel
from .compilation import Rule, Rules, type_name
from .deadline import (
    GUARD,
    SECONDS,
    Deadline,
    DeadlineError,
    any_needs_guard,
    batches,
    guarded,
    levels,
    longest_list,
    needs_guard,
)
from .functions import FUNCTIONS
from .views import Wanted, part, view, without

LATE = f"it takes more than {SECONDS:g} seconds; nest fewer comprehensions, or bound the lists"
UNDEFINED = re.compile(r"Undefined variable or function: .(\w+)")
ALL_SELVES = "selves"  # the variable of the combined program: all values that are judged

LONG_LOG = 1000  # entries that two observations share
FIRST_ENTRIES = 100  # of these, for rules about changes

Value = Mapping[str, Any]
Processes = Sequence[Mapping[str, Any]]  # the value of the variable ``processes``


class _Scope(NamedTuple):
    """What the rules of a schema are evaluated with. name: of the type of the resources."""

    rules: Rules
    name: str
    now: datetime
    processes: Processes
    deadline: Deadline


class Subject(NamedTuple):
    """A value of a schema that has rules.

    pointer: the location of the value in its document; old: an earlier observation of the same
    resource, for the rules about changes.
    """

    value: Value
    pointer: str = ""
    old: Value | None = None


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
            for selected, values in _parts(rules, name, applicable, judged):
                scope = _Scope(rules, name, now, processes, together)
                if not _all_hold(scope, selected, values):
                    scope = scope._replace(deadline=alone)
                    for subject in values:
                        violations += _violations(scope, selected, subject)
    return violations


def _parts(
    rules: Rules, name: str, applicable: Sequence[Rule], subjects: Sequence[Subject]
) -> Iterator[tuple[Sequence[Rule], Sequence[Subject]]]:
    """Yield rules with the values to evaluate them on: rules about changes get shorter logs.

    The engine copies both logs several times. That takes 400 MB for logs with 100,000 entries.
    """
    shorter = _with_shorter_logs(rules, name, subjects[0])
    if shorter is None:
        yield applicable, subjects
    else:
        yield [rule for rule in applicable if not rule.of_change], subjects
        yield [rule for rule in applicable if rule.of_change], [shorter]


def _with_shorter_logs(rules: Rules, name: str, subject: Subject) -> Subject | None:
    """Return a value and its old value without most of the entries that their logs share at the
    start; None if no log is long."""
    value, old = subject.value, subject.old
    shorter: dict[str, Any] = {}
    shorter_old: dict[str, Any] = {}
    for each in rules.spec.timeline(name).role_properties("logs") if old is not None else ():
        log, old_log = value.get(each), (old or {}).get(each)
        if not (isinstance(log, list) and isinstance(old_log, list)):
            continue
        pairs = enumerate(zip(log, old_log, strict=False))
        shared = next((i for i, (a, b) in pairs if a != b), min(len(log), len(old_log)))
        if shared > LONG_LOG:
            shorter[each] = log[:FIRST_ENTRIES] + log[shared:]
            shorter_old[each] = old_log[:FIRST_ENTRIES] + old_log[shared:]
    if old is None or not shorter:
        return None
    return Subject({**value, **shorter}, subject.pointer, {**old, **shorter_old})


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
    context = _context(processes, {**exchange, "now": now}, Deadline())
    longest = longest_list(exchange) if any(levels(rule.source) for rule in applicable) else 0
    violations = []
    for rule in applicable:
        problem = _evaluate(rule, context, longest)
        if problem is not None:
            found = _values(rules.spec.timeline(name), exchange, rule)
            violations.append(Violation(rule.id, rule.message, "", found, problem))
    return violations


def _body(rules: Rules, schema: str | None, body: Any, wanted: Wanted = None) -> Any:
    return view(rules.spec, {"$ref": f"#{schema}"}, body, wanted) if schema else body


def _context(processes: Processes, variables: Mapping[str, Any], deadline: Deadline) -> cel.Context:
    functions: dict[str, Callable[..., Any]] = {**FUNCTIONS, GUARD: deadline}
    return cel.Context({**variables, "processes": list(processes)}, functions)


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
            context = _context(scope.processes, variables, scope.deadline)
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


@lru_cache(256)
def _guarded(source: str) -> cel.Program:
    return cel.compiled(guarded(source), longest=None)


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
            context = _context(scope.processes, variables, scope.deadline)
            contexts[rule.reads_logs] = value, old, context
        value, old, context = contexts[rule.reads_logs]
        for process in scope.processes if rule.per_process else (None,):
            if process is not None:
                context.add_variable("process", process)
            problem = _evaluate(rule, context, longest_list([value, old]))
            if problem is not None:
                judged = Subject(value, subject.pointer, old)
                yield _violation(timeline, rule, problem, judged, process)


def _evaluate(rule: Rule, context: cel.Context, longest: int) -> str | None:
    """Return None if the rule holds, "" if it does not, or the reason if it cannot be evaluated.

    longest: the length of the longest list that it may read.
    """
    program = _guarded(rule.source) if needs_guard(rule.source, longest) else rule.program
    try:
        result = cel.executed(program, context)
    except cel.EngineError as error:
        return f"the rule could not be evaluated: {_reason(error)}"
    if not isinstance(result, bool):
        return f"the rule must return true or false, but returns {show(result)}"
    return None if result else ""


def _reason(error: cel.EngineError) -> str:
    """Return why a rule cannot be evaluated.

    The engine calls a function undefined if it does not accept the values that it gets. Those that
    do not exist are found before.
    """
    if DeadlineError.__name__ in str(error):
        return LATE
    called = UNDEFINED.match(str(error))
    return f"{called[1]} does not accept these values" if called else str(error)


def _violation(
    timeline: TimelineRoles,
    rule: Rule,
    problem: str,
    subject: Subject,
    process: Mapping[str, Any] | None,
) -> Violation:
    value, old = subject.value, subject.old
    names = list(_names(timeline, rule, value, process))
    if rule.of_change and old is not None:
        changed = [name for name in names if value.get(name) != old.get(name)]
        text = ", ".join(f"{n}: {_short(old.get(n))} → {_short(value.get(n))}" for n in changed)
        names = changed or names
    else:
        text = ", ".join(f"{name}: {_short(value.get(name))}" for name in names)
    return Violation(rule.id, rule.message, subject.pointer + pointer(names[:1]), text, problem)


def _names(
    timeline: TimelineRoles, rule: Rule, value: Mapping[str, Any], process: Mapping[str, Any] | None
) -> Iterator[str]:
    """Return the properties that a rule names, directly or by their role."""
    names: dict[str, None] = {}
    for chain in rule.chains:
        if len(chain) < 2 or chain[0] in ("now", "processes"):
            continue
        if chain[0] in ("self", "oldSelf"):
            names[chain[1]] = None
        elif process is not None and chain[0] == "process":
            names[str(process.get(chain[1], ""))] = None
        else:
            names |= dict.fromkeys(timeline.role_properties(chain[1]))
    return (name for name in names if name in value)


def _values(timeline: TimelineRoles, variables: Mapping[str, Any], rule: Rule) -> str:
    """The values that a rule of an operation names, and those with the roles that it names."""
    roles = {chain[-1] for chain in rule.chains} & set(ROLES)
    properties = {name for role in roles for name in timeline.role_properties(role)}
    values: dict[str, Any] = {}
    for chain in rule.chains:
        names = chain[: chain.index("*")] if "*" in chain else chain
        value: Any = variables
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        if names != chain and isinstance(value, dict):  # such as release[process.status]
            values |= {".".join((*names, n)): value[n] for n in value if n in properties}
        elif names == chain and len(names) > 1 and value is not None:
            values[".".join(names)] = value
    return ", ".join(f"{name}: {_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    if isinstance(value, list | dict) and len(value) > 3:
        return f"{len(value)} {'entries' if isinstance(value, list) else 'members'}"
    text = show(value)
    return text if len(text) <= 80 else text[:79] + "…"
