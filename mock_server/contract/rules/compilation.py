"""Compiles the rules of the spec: ``x-invariants``, written in CEL.

They are similar to the ``x-kubernetes-validations`` of Kubernetes: a rule on a schema reads
``self``, and a rule that reads ``oldSelf`` is about a change. ``info.description`` of the spec
lists all variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..document.operation import Operation
from ..document.resources.types import ROLES, TimelineRoles
from ..document.spec import Spec
from ..violations import ContractError, Violation, nearest
from . import engine as cel
from .deadline import levels, longest_unguarded
from .expressions import problem, request_shape, unknown, wrong_expressions
from .members import COUNTED, Names, Shape, members_of, shape_of
from .views import Wanted, wanted_of

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Rule:
    """One compiled rule.

    pointer: its JSON pointer in the spec.
    chains, paths: the members that it names and the values that it reads (see RuleMembers).
    per_process: whether it is evaluated once for each process.
    of_change: whether it compares two observations of a resource.
    properties: of ``self`` and ``oldSelf``, those that it may read; None for all.
    """

    id: str
    message: str
    source: str
    pointer: str
    program: cel.Program
    chains: tuple[Names, ...]
    paths: frozenset[Names]
    per_process: bool
    of_change: bool
    reads_logs: bool
    properties: frozenset[str] | None


@dataclass(frozen=True)
class Rules:
    """All rules of a spec.

    of_schemas, of_operations: by the name of the schema, and by operationId.
    wanted: operationId → the parts of a response that the rules of the operation read.
    """

    spec: Spec
    of_schemas: Mapping[str, tuple[Rule, ...]]
    of_operations: Mapping[str, tuple[Rule, ...]]
    wanted: Mapping[str, Wanted]

    def all(self) -> Iterator[Rule]:
        """Yield every rule, in the order of the spec."""
        for group in (self.of_operations, self.of_schemas):
            for rules in group.values():
                yield from rules

    def processes(self, name: str | None, present: frozenset[str]) -> tuple[Mapping[str, Any], ...]:
        """Return the value of the variable ``processes`` for resources with these processes.

        name: the type of the resources; None for resources without a timeline.
        """
        if (name, present) not in self._processes:
            timeline = self.spec.timeline(name)
            self._processes[name, present] = tuple(_processes(timeline, present))
        return self._processes[name, present]

    def present(self, name: str | None, values: Iterable[Mapping[str, Any]]) -> frozenset[str]:
        """Return the names of the processes that any of the resources of a type has.

        A process that every resource must have always counts.
        """
        required, optional = self._always_present(name)
        if not optional:
            return required
        timeline = self.spec.timeline(name)
        return required | {p.name for value in values for p in timeline.present(value)}

    def _always_present(self, name: str | None) -> tuple[frozenset[str], bool]:
        """Return the processes that each resource of a type has, and whether there are others."""
        if name not in self._required:
            processes = self.spec.timeline(name).processes
            required = frozenset(p.name for p in processes if not p.optional)
            self._required[name] = required, len(required) < len(processes)
        return self._required[name]

    @cached_property
    def _processes(self) -> dict[tuple[str | None, frozenset[str]], tuple[Mapping[str, Any], ...]]:
        return {}

    @cached_property
    def _required(self) -> dict[str | None, tuple[frozenset[str], bool]]:
        return {}

    @cached_property
    def longest_fast_list(self) -> int:
        """Return the length of the longest list for which all rules take little time."""
        actions = [each.action for each in self.spec.operations.values() if each.action]
        expressions = [source for each in actions for source in (each.who, *each.computed.values())]
        sources = [*(rule.source for rule in self.all()), *expressions]
        return longest_unguarded(max(map(levels, sources), default=0))

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Return every rule by its id."""
        return {rule.id: rule for rule in self.all()}


class Scope(NamedTuple):
    """Where a rule applies: to resources of a type, and the shapes of its variables."""

    spec: Spec
    type: str | None
    shapes: Mapping[str, Shape]

    @property
    def timeline(self) -> TimelineRoles:
        return self.spec.timeline(self.type)


def type_name(spec: Spec, operation: Operation) -> str | None:
    """Return the name of the type whose processes the rules of an operation read."""
    found = spec.type_of(operation)
    return found.name if found else None


def compile_rules(spec: Spec) -> Rules:
    """Compile the rules of a spec.

    Raises ContractError with every rule that is not valid CEL, that names a member that does not
    exist, or whose id is not unique.
    """
    problems: list[Violation] = []
    process: Shape = _process_shape()
    of_schemas = {}
    for name, schema in spec.data["components"]["schemas"].items():
        if "x-invariants" in schema:
            shape = shape_of(spec.data, schema)
            shapes = {"self": shape, "oldSelf": shape, "process": process, "now": None}
            where = f"/components/schemas/{name}/x-invariants"
            scope = Scope(spec, name, shapes)
            of_schemas[name] = _compile_all(scope, where, schema["x-invariants"], problems)
    of_operations: dict[str, tuple[Rule, ...]] = {}
    for operation in spec.operations.values():
        where = f"{operation.pointer}/x-invariants"
        definition = spec.data["paths"][operation.path][operation.method.lower()]
        if "x-invariants" not in definition:
            of_operations[operation.id] = ()
            continue
        shapes = {"request": request_shape(spec, operation), "response": None, "now": None}
        if operation.success.schema:
            body = shape_of(spec.data, {"$ref": "#" + operation.success.schema})
            shapes["response"] = {"members": {"status": None, "body": body}}
        scope = Scope(spec, type_name(spec, operation), shapes)
        of_operations[operation.id] = _compile_all(
            scope, where, definition["x-invariants"], problems
        )
    problems += wrong_expressions(spec)
    pointers: dict[str, str] = {}
    wanted = {name: _wanted(rules) for name, rules in of_operations.items()}
    rules = Rules(spec, of_schemas, of_operations, wanted)
    for rule in rules.all():
        if rule.id in pointers:
            message, fix = "the id of a rule must be unique", f"also used at {pointers[rule.id]}"
            problems.append(problem(spec, rule.pointer, message, rule.id, fix))
        pointers[rule.id] = rule.pointer
    if problems:
        raise ContractError(problems)
    return rules


def _wanted(rules: Iterable[Rule]) -> Wanted:
    paths = (path for rule in rules for path in rule.paths)
    return wanted_of(path[1:] for path in paths if path[0] == "response")


def _process_shape() -> Shape:
    process: dict[str, Any] = {"members": dict.fromkeys(ROLES)}
    process["members"]["earlier"] = {"items": process}
    return process


def _processes(timeline: TimelineRoles, present: frozenset[str]) -> Iterator[dict[str, Any]]:
    earlier: list[Mapping[str, str]] = []
    for process in (each for each in timeline.processes if each.name in present):
        yield {**process.properties, "earlier": list(earlier)}
        earlier.append(process.properties)


def _compile_all(
    scope: Scope, where: str, listed: Sequence[Mapping[str, Any]], problems: list[Violation]
) -> tuple[Rule, ...]:
    shapes = {**scope.shapes, "processes": {"items": _process_shape()}}
    spec, scope = scope.spec, scope._replace(shapes=shapes)
    rules = []
    for index, entry in enumerate(listed):
        at = f"{where}/{index}"
        missing = [key for key in ("id", "rule", "message") if not isinstance(entry.get(key), str)]
        if missing:
            message = "a rule must have id, rule and message"
            problems.append(problem(spec, at, message, "no " + " and no ".join(missing)))
            continue
        rule = _compile(scope, at, entry, problems)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _compile(
    scope: Scope, at: str, entry: Mapping[str, Any], problems: list[Violation]
) -> Rule | None:
    source, spec, shapes = entry["rule"], scope.spec, scope.shapes
    try:
        program = cel.compiled(source)
    except cel.EngineError as error:
        message = f"the rule {entry['id']} must be CEL"
        problems.append(problem(spec, at + "/rule", message, str(error)))
        return None
    members = members_of(source, shapes)
    for chain, valid in members.unknown:
        fix = nearest(chain.rpartition(".")[2], valid)
        message = f"the rule {entry['id']} must name members that exist"
        problems.append(problem(spec, at + "/rule", message, chain, fix))
    for name, valid_names in unknown(program, members.bound, shapes):
        message = f"the rule {entry['id']} must use variables and functions that exist"
        problems.append(problem(spec, at + "/rule", message, name, nearest(name, valid_names)))
    names = {name for chain in members.chains for name in chain[1:]}
    return Rule(
        id=entry["id"],
        message=entry["message"],
        source=source,
        pointer=at,
        program=program,
        chains=members.chains,
        paths=members.paths,
        per_process=any(path[0] == "process" for path in members.paths),
        of_change=any(path[0] == "oldSelf" for path in members.paths),
        reads_logs=bool(names & {"logs", *scope.timeline.role_properties("logs")}),
        properties=_properties(scope.timeline, source, members.paths),
    )


def _properties(
    timeline: TimelineRoles, source: str, paths: Iterable[Names]
) -> frozenset[str] | None:
    """The properties that a rule on a schema may read; None for all.

    Every word of the rule may be one. An index, as in ``self[process.status]``, may read the
    properties of every role that the rule names.
    """
    words = set(WORD.findall(source))
    roles = words & set(ROLES)
    for path in paths:
        if path[0] in ("self", "oldSelf"):
            indexes = path[1:2] == ("*",)
            if len(path) == 1 or path[1:] == COUNTED or (indexes and not roles):
                return None
    return frozenset(words.union(*(timeline.role_properties(role) for role in roles)))
