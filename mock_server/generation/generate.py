"""A value that is valid for a schema, always the same for the same seed and day.

A value is built and validated. If it is invalid, the errors name the parts whose choices change,
and only these parts are built again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary
from zlib import crc32

import jsonschema_rs

from ..contract.document.references import at
from ..contract.document.schemas import Schemas
from .building import Builder
from .choices import History, Path
from .context import OMITTED, Context, TooManyStepsError
from .echoes import Echoes
from .scalars.text_formats import DAY
from .schemas.combining import ContradictionError
from .schemas.plans import Plans

STEPS_OF_A_REPAIR = 40  # parts that are built in the time of a validation
MAX_ERRORS = 30  # errors of one value that are used

_plans: WeakKeyDictionary[Schemas, Plans] = WeakKeyDictionary()


class CannotGenerateError(Exception):
    """No valid value was found for a schema.

    where: the JSON pointer to the schema; reason: what prevents it.
    """

    def __init__(self, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(f"{where}: cannot generate a value: {reason}")


def generated(
    schemas: Schemas,
    where: str,
    seed: str = "",
    now: int = 0,
    hints: Mapping[str, Any] | None = None,
    *,
    for_response: bool = True,
    use_examples: bool = True,
    like: Any = OMITTED,
    name: str = "",
) -> Any:
    """Return a valid value for the schema at a JSON pointer.

    seed: the same seed returns the same value.
    now: ms since 1970. Timestamps are near the start of this day (UTC).
    hints: values of the request by name; properties with these names repeat them.
    for_response: leave out optional ``writeOnly`` properties, else ``readOnly`` ones.
    use_examples: prefer the examples of the schemas.
    like: an example of the whole; if it is invalid, its valid parts are used.
    name: that of the whole, such as the name of a parameter.
    Raises CannotGenerateError.
    """
    try:
        schema = at(schemas.data, where)
        validator = schemas.validator(where)
    except (LookupError, ValueError, TypeError, jsonschema_rs.ValidationError) as error:
        raise CannotGenerateError(where, f"the schema cannot be used ({error})") from None
    context = Context(
        plans=_plans.get(schemas) or _plans.setdefault(schemas, Plans(schemas.data)),
        seed=crc32(f"{seed} {where}".encode("utf-8", "replace")),
        now=now - now % DAY,
        echoes=Echoes(hints or {}),
        hidden="writeOnly" if for_response else "readOnly",
        use_examples=use_examples,
        history=History(),
        name=name,
    )
    return _valid(context, schema, where, () if like is OMITTED else (like,), validator)


def _valid(
    context: Context, schema: Any, where: str, likes: tuple[Any, ...], validator: Any
) -> Any:
    """Build values until one is valid."""
    builder = Builder(context)
    reason = "no value satisfies it"
    try:
        while True:
            value = builder.build(schema, where, likes)
            if validator.is_valid(value):
                return value
            context.count_steps(STEPS_OF_A_REPAIR)
            errors = list(islice(validator.iter_errors(value), MAX_ERRORS))
            reason = f"the last value breaks it: {errors[0].message[:200]}"
            if not _repair(context.history, errors):
                break
    except ContradictionError:
        pass
    except TooManyStepsError:
        reason += "; the limit of steps is reached"
    raise CannotGenerateError(where, reason)


def _repair(history: History, errors: Iterable[Any]) -> bool:
    """Change the choices that caused errors. Return whether there was a choice left."""
    changed = False
    advanced: set[Path] = set()
    for error in errors:
        path = tuple(error.instance_path)
        kind = error.kind
        missing = str(kind.value) if kind.name == "required" else ""
        if missing and missing not in history.required.get(path, ()):
            history.required.setdefault(path, set()).add(missing)
            history.forget(path)
            changed = True
            continue
        unexpected = getattr(kind, "unexpected", None)
        # A part that was left out before is there because an example of the part around it has it.
        if unexpected and all(history.leave_out((*path, str(name))) for name in unexpected):
            changed = True
            continue
        ambiguous = _is_ambiguous(error, path)
        for cause in [path] if ambiguous else _causes(error):
            # Several errors may be due to one choice, such as that of an example of the whole.
            part = cause if ambiguous else history.owner(cause)
            if part is not None and part not in advanced:
                advanced.add(part)
                changed |= history.distinguish(cause) if ambiguous else history.advance(cause)
    return changed


def _is_ambiguous(error: Any, path: Path) -> bool:
    """Return whether the part at a path is valid for several schemas of ``oneOf``.

    If the schemas of ``oneOf`` refer to the schema around them, the error is in those of a schema.
    """
    if tuple(error.instance_path) != path:
        return False
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.OneOfMultipleValid):
        return True
    branches = getattr(error.kind, "context", None) or ()
    return any(_is_ambiguous(nested, path) for branch in branches for nested in branch)


def _causes(error: Any) -> Iterator[Path]:
    """Yield the paths of the parts that an error blames.

    If the value fits one schema of ``oneOf`` or ``anyOf`` except for some of its parts, these parts
    are to blame, not the choice of the schema.
    """
    path = tuple(error.instance_path)
    if error.kind.name == "contains" and error.instance:
        yield from ((*path, index) for index in range(min(len(error.instance), MAX_ERRORS)))
        return
    branches = getattr(error.kind, "context", None) or ()
    inner = [
        [cause for nested in branch for cause in _causes(nested)] for branch in branches if branch
    ]
    near = [causes for causes in inner if all(len(cause) > len(path) for cause in causes)]
    if near:
        yield from min(near, key=len)
    else:
        yield path
