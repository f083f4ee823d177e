"""Expressions in CEL: the names that each may use, and what is wrong with those of actions.

An action has expressions about who may do it (``who``), and for values that it computes (``set``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..document.operation import Operation
from ..document.spec import Spec
from ..violations import Violation, nearest, pointer
from . import engine as cel
from .functions import FUNCTIONS, STANDARD
from .members import Shape, members_of, shape_of

OWNER = "owner"  # who may do an action
ACTION = "x-action"


def problem(
    spec: Spec, at: str, message: str, found: str = "", fix: str = "", rule: str = "x-invariants"
) -> Violation:
    """Return the violation of an expression at a pointer of the document."""
    return Violation(rule, message, at, found, fix, spec.document.location(at))


def request_shape(spec: Spec, operation: Operation) -> Shape:
    """Return the shape of the variable ``request`` of an operation."""
    query: Shape = {"members": {parameter.name: None for parameter in operation.parameters}}
    path: Shape = {"members": {parameter.name: None for parameter in operation.path_parameters}}
    body = shape_of(spec.data, {"$ref": "#" + operation.body}) if operation.body else None
    return {"members": {"query": query, "path": path, "body": body}}


def unknown(
    program: cel.Program, bound: frozenset[str], shapes: Mapping[str, Shape]
) -> Iterator[tuple[str, Collection[str]]]:
    """Yield each undefined variable and function of a rule, with the valid names.

    The engine reports them only when it evaluates that part of the rule.
    """
    for name in set(program.variables()) - bound - set(shapes):
        yield name, set(shapes)
    functions = STANDARD | set(FUNCTIONS)
    for name in program.functions():
        if name[:1].isalpha() and name not in functions:
            yield name, functions


def wrong_expressions(spec: Spec) -> Iterator[Violation]:
    """Yield what is wrong with the expressions of actions: ``who``, and those of ``set``."""
    for operation in spec.operations.values():
        action, where = operation.action, f"{operation.pointer}/x-action"
        if action is None:
            continue
        of_self = shape_of(spec.data, {"$ref": f"#/components/schemas/{action.finds}"})
        request = request_shape(spec, operation)
        shapes = {"caller": None, "self": of_self, "request": request, "now": None}
        if action.who not in ("", OWNER):
            yield from _wrong_expression(spec, f"{where}/who", action.who, shapes)
        for name, source in action.computed.items():
            at = where + pointer(("set", name, "cel"))
            yield from _wrong_expression(spec, at, source, shapes)


def _wrong_expression(
    spec: Spec, at: str, source: str, shapes: Mapping[str, Shape]
) -> Iterator[Violation]:
    try:
        program = cel.compiled(source)
    except cel.EngineError as error:
        words = f"{OWNER}, or " if at.endswith("/who") else ""
        yield problem(spec, at, f"must be {words}an expression in CEL", str(error), rule=ACTION)
        return
    members = members_of(source, shapes)
    for chain, valid in members.unknown:
        fix = nearest(chain.rpartition(".")[2], valid)
        yield problem(spec, at, "must name members that exist", chain, fix, ACTION)
    words_of_who = {OWNER} if at.endswith("/who") else set()
    for name, names in unknown(program, members.bound, shapes):
        fix = nearest(name, {*names, *words_of_who})
        yield problem(spec, at, "must use variables and functions that exist", name, fix, ACTION)
