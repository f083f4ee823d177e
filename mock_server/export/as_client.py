"""Export a client of the control API with the names of a document, and a fixture for Playwright."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..control.routing import control_api
from ..state.dataset import Dataset
from .schemas.schema_order import reachable
from .schemas.typescript_types import Types, annotation, braces, comment, literals
from .typescript_literals import line, literal, type_key

TEMPLATES = Path(__file__).with_name("client")
OPERATION = "FaultOperation"  # the schema of an operationId in the control API
OF_CONTROL = ("Fault", "StoredFault", "Journal", "Exchange", "Har", "Health")
MAX_KEYS = 200  # keys of a type that an editor suggests


def files(dataset: Dataset) -> dict[str, str]:
    """Return modules for any runtime of JavaScript, each with its types.

    ``client.mjs`` controls a mock and has no dependency; ``playwright.mjs`` adds a session to each
    test of Playwright.
    """
    texts = {path.name: path.read_text("utf-8") for path in sorted(TEMPLATES.iterdir())}
    names = _Names(dataset)
    texts["client.mjs"] += f"\nconst data = {literal(names.data())};\n"
    texts["client.d.mts"] += "".join(f"\n{each}\n" for each in names.declarations())
    return texts


class _Names:
    """The names in a document that a call of the control API can contain.

    keys: the types whose resources a call can name → the property that contains the key.
    fixtures, scenarios: name → type.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.spec = dataset, dataset.spec
        self.control = control_api(dataset.spec)
        self.keys = {n: k for n, k in self.control.names.keys.items() if n in self.spec.types}
        self.fixtures = self._by_type(dataset.fixtures.fixtures)
        self.scenarios = self._by_type(dataset.fixtures.scenarios)

    def _by_type(self, values: Mapping[str, Any]) -> dict[str, str]:
        types = {name: value.type.name for name, value in values.items()}
        return {name: type_name for name, type_name in types.items() if type_name in self.keys}

    def data(self) -> dict[str, Any]:
        """Return the names that the module needs when it runs."""
        return {
            "prefix": next(iter(self.spec.prefixes), ""),
            "keys": self.keys,
            "fixtures": self.fixtures,
            "scenarios": self.scenarios,
        }

    def declarations(self) -> Iterator[str]:
        """Yield the declarations that contain the names as literal types."""
        bases = "AnySession, States" if self.fixtures else "AnySession"
        yield f"export interface Session extends {bases} {{}}"
        yield _alias("Operation", "The operations of the API.", self.spec.operations)
        restarts = (n for n in self.scenarios if self.dataset.fixtures.scenarios[n].can_restart)
        yield _alias("RestartScenario", "The scenarios that a restart can play.", restarts)
        types = {name: line(name) for name in {*self.fixtures.values(), *self.scenarios.values()}}
        for name, about, values in (
            ("Fixtures", "Each fixture and the type of its resource.", self.fixtures),
            ("Scenarios", "Each scenario and the type of its resource.", self.scenarios),
        ):
            yield _interface(name, about, {each: line(of) for each, of in values.items()})
        keys = {name: f"{literals(self._known_keys(name))} | Other" for name in sorted(types)}
        yield _interface("Keys", "The keys of the resources of each type.", keys)
        resources = {name: f"Schemas[{line(name)}]" for name in sorted(types)}
        yield _interface("Resources", "The resources of each type.", resources)
        yield _schemas("Schemas", "The schemas of the API.", self.spec.data, types)
        data = self.control.api.data
        yield _schemas("Control", "The schemas of the control API.", data, OF_CONTROL)

    def _known_keys(self, type_name: str) -> Iterator[str | int]:
        resource_type = self.spec.types[type_name]
        numeric = "integer" in resource_type.properties[resource_type.key].get("type", ())
        for key in islice(self.dataset.catalog.resources[type_name], MAX_KEYS):
            yield int(key) if numeric else key


def _alias(name: str, about: str, values: Iterable[str]) -> str:
    return f"/** {about} */\nexport type {name}{annotation(literals(values), ' =')};"


def _interface(name: str, about: str, members: Mapping[str, str]) -> str:
    texts = [f"{type_key(each)}{annotation(of)};" for each, of in members.items()]
    return f"/** {about} */\nexport interface {name} {braces(texts) if texts else '{}'}"


def _schemas(name: str, about: str, data: Any, first: Iterable[str]) -> str:
    """Return an interface with some component schemas, and with those that they refer to."""
    own = {OPERATION: "Operation"}
    types = Types(data, lambda each: own.get(each, f"{name}[{line(each)}]"))
    declared = data.get("components", {}).get("schemas", {})
    members = [
        f"{comment(declared[each])}{type_key(each)}{annotation(types.of(declared[each]))};"
        for each in reachable(declared, first)
    ]
    return f"/** {about} */\nexport interface {name} {braces(members) if members else '{}'}"
