"""Asks the rules: of a thing on its own or beside its predecessor, and of an exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..violations import Violation, pointer, show
from . import engine as cel
from .compilation import Rule, Rules
from .functions import FUNCTIONS
from .members import Names
from .views import Wanted, part, view, without


def ask_schema(
    rules: Rules,
    name: str,
    value: Mapping[str, Any],
    now: datetime,
    old: Mapping[str, Any] | None = None,
    base: str = "",
    with_logs: bool = True,
) -> list[Violation]:
    """What the rules of a schema find wrong with a value that the schema itself has passed.

    old: an earlier observation of the same thing, asked of by the rules about a change.
    with_logs: whether value was asked for with its logs; without, rules about a change of logs
    have nothing to say.
    """
    asked = [
        rule
        for rule in rules.of_schemas.get(name, ())
        if not rule.of_change or (old is not None and (with_logs or not rule.reads_logs))
    ]
    if not asked:
        return []
    schema = {"$ref": f"#/components/schemas/{name}"}
    # Logs are long, few rules read them, and the engine copies all that it is given.
    logs = rules.spec.build.role_properties("logs")
    shown = view(rules.spec, schema, without(value, logs))
    before = view(rules.spec, schema, without(old, logs)) if old else None
    slim = _context(rules, {"self": shown, "oldSelf": before, "now": now})
    full: cel.Context | None = None
    if any(rule.reads_logs for rule in asked):
        shown = view(rules.spec, schema, value)
        before = view(rules.spec, schema, old) if old else None
        full = _context(rules, {"self": shown, "oldSelf": before, "now": now})
    found = []
    for number, process in enumerate((None, *rules.processes)):
        for context in (slim, full) if process is not None else ():
            if context is not None:
                context.add_variable("process", process)
        for place, rule in enumerate(asked):
            if rule.per_process != (process is not None):
                continue
            trouble = _ask(rule, full if rule.reads_logs and full is not None else slim)
            if trouble is not None:
                told = _told(rules, rule, trouble, shown, before, process, base)
                found.append((place, number, told))
    return [told for _, _, told in sorted(found, key=lambda each: each[:2])]


def ask_operation(
    rules: Rules,
    operation: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any],
    now: datetime,
) -> list[Violation]:
    """What the rules of an operation find wrong with an answer that its schema has passed.

    request: ``query`` (parameters as values of their type) and ``body``; response: ``status`` and
    ``body``.
    """
    asked = rules.of_operations.get(operation, ())
    if not asked:
        return []
    says = rules.spec.operations[operation]
    query = {parameter.name: request["query"].get(parameter.name) for parameter in says.parameters}
    asked_with = _seen(rules, says.body, request["body"])
    schema = says.responses[response["status"]].schema
    body = _seen(rules, schema, response["body"], part(rules.wanted[operation], "body"))
    seen = {
        "request": {"query": query, "body": asked_with},
        "response": {"status": response["status"], "body": body},
    }
    context = _context(rules, {**seen, "now": now})
    found = []
    for rule in asked:
        trouble = _ask(rule, context)
        if trouble is not None:
            shown = _values(seen, rule.chains)
            found.append(Violation(rule.id, rule.message, "", shown, trouble))
    return found


def _seen(rules: Rules, schema: str | None, body: Any, wanted: Wanted = None) -> Any:
    return view(rules.spec, {"$ref": f"#{schema}"}, body, wanted) if schema else body


def _context(rules: Rules, variables: Mapping[str, Any]) -> cel.Context:
    return cel.Context({**variables, "processes": list(rules.processes)}, FUNCTIONS)


def _ask(rule: Rule, context: cel.Context) -> str | None:
    """None when the rule holds, "" when it does not, and why when it cannot be asked."""
    try:
        answer = rule.program.execute(context)
    except (ValueError, RuntimeError, TypeError, KeyError) as error:
        return f"the rule could not be evaluated: {str(error).splitlines()[0]}"
    if not isinstance(answer, bool):
        return f"the rule itself is wrong: it gives {show(answer)}, not true or false"
    return None if answer else ""


def _told(
    rules: Rules,
    rule: Rule,
    trouble: str,
    value: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    process: Mapping[str, Any] | None,
    base: str,
) -> Violation:
    named = list(_named(rules, rule, value, process))
    if rule.of_change and old is not None:
        changed = [name for name in named if value.get(name) != old.get(name)]
        text = ", ".join(f"{n}: {_short(old.get(n))} → {_short(value.get(n))}" for n in changed)
        named = changed or named
    else:
        text = ", ".join(f"{name}: {_short(value.get(name))}" for name in named)
    place = base + pointer(named[:1])
    return Violation(rule.id, rule.message, place, text, trouble)


def _named(
    rules: Rules, rule: Rule, value: Mapping[str, Any], process: Mapping[str, Any] | None
) -> Iterator[str]:
    """The properties a rule speaks of: those it names, and those that play the roles it names."""
    seen = set()
    for chain in rule.chains:
        if len(chain) < 2 or chain[0] in ("now", "processes"):
            continue
        if chain[0] in ("self", "oldSelf"):
            names = [chain[1]]
        elif process is not None and chain[0] == "process":
            names = [str(process.get(chain[1], ""))]
        else:
            names = list(rules.spec.build.role_properties(chain[1]))
        for name in names:
            if name in value and name not in seen:
                seen.add(name)
                yield name


def _values(variables: Mapping[str, Any], chains: Sequence[Names]) -> str:
    told = []
    for chain in chains:
        if len(chain) < 2 or "*" in chain:
            continue
        value: Any = variables
        for name in chain:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            told.append(f"{'.'.join(chain)}: {_short(value)}")
    return ", ".join(told)


def _short(value: Any) -> str:
    if isinstance(value, list | dict) and len(value) > 3:
        return f"{len(value)} {'entries' if isinstance(value, list) else 'members'}"
    text = show(value)
    return text if len(text) <= 80 else text[:79] + "…"
