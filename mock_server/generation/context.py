"""What the generation of one value knows and remembers, and the location of each of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .choices import History, Path
from .echoes import Echoes
from .scalars.property_names import last_word
from .schemas.combining import ContradictionError
from .schemas.plans import Plans

OMITTED = object()  # the part is left out

# A value with more parts, or with deeper ones, gets only what its schema requires.
ORDINARY_PARTS = 800
ORDINARY_DEPTH = 12
MAX_STEPS = 2_500  # parts built for one value, including those built again
MAX_DEPTH = 60
MAX_MEMBERS = 1_000  # properties or items of one part
IDENTIFIERS = frozenset({"id", "uuid", "guid"})


class TooManyStepsError(Exception):
    """The value needs more steps than one value may take."""


class Spot(NamedTuple):
    """The location of a part in a value.

    name: the property that contains it.
    seed: differs between parts.
    references: the ``$ref`` values that lead to it.
    likes: examples of the part, from examples of the whole.
    echo: a value of the request that it repeats.
    level: 0 until the object is reached that the request is about.
    later: whether it is in an item of a list after the first.
    fresh: whether examples are not used, because the part must differ from another one.
    """

    path: Path
    name: str
    seed: int
    references: frozenset[str]
    likes: tuple[Any, ...] = ()
    echo: Any = OMITTED
    level: int = 0
    later: bool = False
    fresh: bool = False


# Returns the value of a part, or OMITTED if it is optional and has no value.
Value = Callable[[Any, Spot, bool], Any]


@dataclass
class Context:
    """The generation of one value.

    plans: the merged schemas of the document.
    now: ms since 1970, rounded.
    hidden: the keyword of properties that are left out if they are optional.
    history: the choices that were made.
    name: that of the whole value.
    steps, parts: how many parts were built for this value, and since the last repair.
    """

    plans: Plans
    seed: int
    now: int
    echoes: Echoes
    hidden: str
    use_examples: bool
    history: History
    name: str = ""
    steps: int = 0
    parts: int = 0

    def count_part(self) -> None:
        """Count a part that is built. Raises TooManyStepsError."""
        self.parts += 1
        self.count_steps(1)

    def count_steps(self, number: int) -> None:
        """Count work. Raises TooManyStepsError."""
        self.steps += number
        if self.steps > MAX_STEPS:
            raise TooManyStepsError

    def is_minimal(self, spot: Spot) -> bool:
        """Return whether a part gets only what its schema requires."""
        return self.parts > ORDINARY_PARTS or len(spot.path) > ORDINARY_DEPTH

    def is_satisfiable(self, schema: Any) -> bool:
        """Return whether a schema contains no contradiction that is visible at once."""
        try:
            self.plans.of(schema)
        except ContradictionError:
            return False
        return True

    def is_hidden(self, schema: Any) -> bool:
        """Return whether an optional property is left out of a response or a request."""
        if not isinstance(schema, dict):
            return False
        try:
            return bool(self.plans.of(schema).keywords.get(self.hidden))
        except ContradictionError:
            return False


def is_identifier(name: str) -> bool:
    """Return whether the values of a property differ between resources."""
    return last_word(name) in IDENTIFIERS


def singular(name: str) -> str:
    """Return the name of one item of a list."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def refers(schema: Any, references: frozenset[str]) -> bool:
    """Return whether a schema refers to one of the references, also as a part of ``allOf``."""
    if not isinstance(schema, dict):
        return False
    if schema.get("$ref") in references:
        return True
    return "allOf" in schema and any(refers(part, references) for part in schema["allOf"])
