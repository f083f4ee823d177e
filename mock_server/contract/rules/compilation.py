"""The spec's rules: ``x-invariants`` in CEL, compiled once, each telling what it found.

Modelled on Kubernetes' ``x-kubernetes-validations``: a rule on a schema sees ``self``, and with
``oldSelf`` it is a rule about a change. See the spec's ``info.description`` for all variables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..document.spec import ROLES, Build, Spec
from ..violations import ContractError, Violation, nearest
from . import engine as cel
from . import members
from .functions import FUNCTIONS, STANDARD
from .members import Names, Shape, shape_of
from .views import Wanted, wanted_of


@dataclass(frozen=True)
class Rule:
    """One compiled rule. ``pointer`` is its place in the spec; for chains and paths see members."""

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


@dataclass(frozen=True)
class Rules:
    """All rules of a spec: by the name of the schema, and by operationId.

    wanted: what those of an operation read of a response, by operationId.
    """

    spec: Spec
    of_schemas: Mapping[str, tuple[Rule, ...]]
    of_operations: Mapping[str, tuple[Rule, ...]]
    wanted: Mapping[str, Wanted]
    processes: tuple[Mapping[str, Any], ...]

    def all(self) -> Iterator[Rule]:
        """Every rule, in the order of the spec."""
        for group in (self.of_operations, self.of_schemas):
            for rules in group.values():
                yield from rules


def compile_rules(spec: Spec) -> Rules:
    """The rules of a spec, compiled.

    Raises ContractError with every rule that is not CEL, names a member that does not exist, or
    has the id of another.
    """
    problems: list[Violation] = []
    release: Shape = _processes_shape()
    of_schemas = {}
    for name, schema in spec.data["components"]["schemas"].items():
        if "x-invariants" in schema:
            shape = shape_of(spec.data, schema)
            shapes = {"self": shape, "oldSelf": shape, "process": release, "now": None}
            where = f"/components/schemas/{name}/x-invariants"
            of_schemas[name] = _compile_all(spec, where, shapes, schema["x-invariants"], problems)
    of_operations = {}
    for operation in spec.operations.values():
        where = f"{operation.pointer}/x-invariants"
        invariants = spec.data["paths"][operation.path][operation.method.lower()]
        shapes = {"request": _request_shape(spec, operation), "response": None, "now": None}
        success = operation.responses.get(200)
        if success and success.schema:
            body = shape_of(spec.data, {"$ref": "#" + success.schema})
            shapes["response"] = {"members": {"status": None, "body": body}}
        of_operations[operation.id] = _compile_all(
            spec, where, shapes, invariants.get("x-invariants", []), problems
        )
    seen: dict[str, str] = {}
    wanted = {name: _wanted(rules) for name, rules in of_operations.items()}
    rules = Rules(spec, of_schemas, of_operations, wanted, tuple(_processes(spec.build)))
    for rule in rules.all():
        if rule.id in seen:
            fix = f"another stands at {seen[rule.id]}"
            problems.append(
                _problem(spec, rule.pointer, "a rule has an id of its own", rule.id, fix)
            )
        seen[rule.id] = rule.pointer
    if problems:
        raise ContractError(problems)
    return rules


def _wanted(rules: Iterable[Rule]) -> Wanted:
    paths = (path for rule in rules for path in rule.paths)
    return wanted_of(path[1:] for path in paths if path[0] == "response")


def _unknown(
    program: cel.Program, bound: frozenset[str], shapes: Mapping[str, Shape]
) -> Iterator[tuple[str, Collection[str]]]:
    """The variables and functions of a rule that nobody defines; the engine would say so only when
    the rule is asked, and only on the way that leads there."""
    for name in set(program.variables()) - bound - set(shapes):
        yield name, set(shapes)
    callable_here = STANDARD | set(FUNCTIONS)
    for name in program.functions():
        if name[:1].isalpha() and name not in callable_here:
            yield name, callable_here


def _processes_shape() -> Shape:
    process: dict[str, Any] = {"members": dict.fromkeys(ROLES)}
    process["members"]["earlier"] = {"items": process}
    return process


def _processes(build: Build) -> Iterator[dict[str, Any]]:
    earlier: list[Mapping[str, str]] = []
    for process in build.processes:
        yield {**process.properties, "earlier": list(earlier)}
        earlier.append(process.properties)


def _request_shape(spec: Spec, operation: Any) -> Shape:
    query: Shape = {"members": {parameter.name: None for parameter in operation.parameters}}
    body = shape_of(spec.data, {"$ref": "#" + operation.body}) if operation.body else None
    return {"members": {"query": query, "body": body}}


def _problem(spec: Spec, at: str, message: str, found: str = "", fix: str = "") -> Violation:
    return Violation("x-invariants", message, at, found, fix, spec.document.location(at))


def _compile_all(
    spec: Spec,
    where: str,
    shapes: Mapping[str, Shape],
    listed: Sequence[Mapping[str, Any]],
    problems: list[Violation],
) -> tuple[Rule, ...]:
    shapes = {**shapes, "processes": {"items": _processes_shape()}}
    rules = []
    for index, says in enumerate(listed):
        at = f"{where}/{index}"
        missing = [key for key in ("id", "rule", "message") if not isinstance(says.get(key), str)]
        if missing:
            needed = "a rule has id, rule and message"
            problems.append(_problem(spec, at, needed, "no " + " and no ".join(missing)))
            continue
        rule = _compile(spec, at, shapes, says, problems)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _compile(
    spec: Spec,
    at: str,
    shapes: Mapping[str, Shape],
    says: Mapping[str, Any],
    problems: list[Violation],
) -> Rule | None:
    source = says["rule"]
    try:
        program = cel.compile(source)
    except ValueError as error:
        first = str(error).splitlines()[0]
        problems.append(_problem(spec, at + "/rule", f"the rule {says['id']} is CEL", first))
        return None
    reading = members.read(source, shapes)
    for chain, valid in reading.unknown:
        fix = nearest(chain.rpartition(".")[2], valid)
        what = f"the rule {says['id']} names members that exist"
        problems.append(_problem(spec, at + "/rule", what, chain, fix))
    for word, usable in _unknown(program, reading.bound, shapes):
        what = f"the rule {says['id']} uses variables and functions that exist"
        problems.append(_problem(spec, at + "/rule", what, word, nearest(word, usable)))
    names = {name for chain in reading.chains for name in chain[1:]}
    return Rule(
        id=says["id"],
        message=says["message"],
        source=source,
        pointer=at,
        program=program,
        chains=reading.chains,
        paths=reading.paths,
        per_process=any(chain[0] == "process" for chain in reading.chains),
        of_change=any(chain[0] == "oldSelf" for chain in reading.chains),
        reads_logs=bool(names & {"logs", *spec.build.role_properties("logs")}),
    )
