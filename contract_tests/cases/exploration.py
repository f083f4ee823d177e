"""Find ids that exist on a target: read its lists, and create items.

A property is the id of an item if the target finds the item by it. Where no operation reads the
item, the name of the property decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from schemathesis.generation.case import Case

from mock_server.contract.document.operation import Operation, Parameter
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge
from mock_server.contract.source import json_text

from ..target.paths import Values, collection_path, item_path, parameter_names, positions
from ..target.roles import is_success
from ..target.target import TargetSession
from .api_shape import (
    creators_of,
    item_paths,
    listing_operations,
    reader_of,
)
from .identifiers import (
    MOST_ITEMS,
    Item,
    candidates,
    from_location,
    is_usual,
    items_of_lists,
    objects,
)
from .valid_requests import ValidRequests

ROUNDS = 4  # an id can be needed to find another one
MOST_CANDIDATES = 6  # properties that are tried as the id of an item
MOST_PARENTS = 3  # of which the items are listed
ATTEMPTS = 8  # valid requests to create an item


@dataclass
class Explorer:
    """Explores a target.

    session: sends the requests; the recorder judges them too. changes: whether the run may create
    items. ignored: the ids of operations that the run does not call.
    """

    judge: Judge
    requests: ValidRequests
    session: TargetSession
    changes: bool = True
    ignored: frozenset[str] = frozenset()

    def explore(self) -> None:
        """Fill the known ids. Raises requests.RequestException."""
        items = item_paths(self.judge.spec)
        for _ in range(ROUNDS):
            before = self.requests.known.count
            for item in items:
                self._suggested(item)
                if not self.requests.known.found.get(positions(item)):
                    self._list(item)
                if self.changes and positions(item) not in self.requests.known.created:
                    self._create_known(item)
            if self.requests.known.count == before:
                return

    def _list(self, item: str) -> None:
        """Find the ids of an item in the lists that may contain it."""
        for operation in listing_operations(self.judge.spec, item):
            if operation.id in self.ignored:
                continue
            for parents in self.requests.known.of(operation.path)[:MOST_PARENTS]:
                for case in self.requests.of(operation, 1, parents):
                    exchange = self.send(case)
                    listed = items_of_lists(parsed(exchange))[:MOST_ITEMS]
                    self._learn(item, listed, parents, operation)
            if self.requests.known.found.get(positions(item)):
                return

    def _create_known(self, item: str) -> None:
        """Create an item, and add it if the target finds it."""
        created = self.create(item)
        if created is not None and self._is_found(item, created[0]):
            self.add(item, *created)

    def add(self, item: str, values: Values, exchange: Exchange) -> None:
        """Add an item that the response to a request has created."""
        raw: Any = values[-1]
        name = self.requests.known.properties.get(positions(item))
        for each in objects(parsed(exchange)):
            raw = each[name] if name is not None and str(each.get(name)) == values[-1] else raw
        self.requests.known.add(item, values, raw, created=True)

    def create(self, item: str) -> tuple[Values, Exchange] | None:
        """Create an item; return its path parameters and the exchange.

        None if no request succeeds, or if the response does not contain the id of the item.
        """
        for operation in creators_of(self.judge.spec, item):
            is_collection = positions(operation.path) == positions(collection_path(item))
            parents_of_each = self.requests.known.of_run(operation.path)[:MOST_PARENTS]
            for parents in parents_of_each if operation.id not in self.ignored else ():
                for case in self.requests.of(operation, ATTEMPTS, parents):
                    exchange = self.send(case)
                    if is_success(exchange.response.status):
                        before = parents if is_collection else ()
                        values = self._created(item, before, exchange)
                        return None if values is None else (values, exchange)
        return None

    def _created(self, item: str, parents: Values, exchange: Exchange) -> Values | None:
        """Return the path parameters of the item that a response says was created."""
        location = exchange.response.header("location")
        if location:
            path = urlsplit(urljoin(exchange.url, location)).path
            values = from_location(path, urlsplit(self.session.target.base).path, item)
            if values is not None:
                self._learn_property(item, values, parsed(exchange))
                return values
        if len(parents) + 1 != len(parameter_names(item)):
            return None
        for body in objects(parsed(exchange)):
            name = self._known_property(item, [body], parents)
            if name is not None and name in body:
                return (*parents, str(body[name]))
        return None

    def _learn_property(self, item: str, values: Values, body: Any) -> None:
        """Note the property that holds the id of an item whose ``Location`` is known."""
        for each in objects(body):
            for name in candidates(item, [each]):
                if str(each[name]) == values[-1]:
                    self.requests.known.properties.setdefault(positions(item), name)
                    return

    def _learn(self, item: str, listed: list[Item], parents: Values, operation: Operation) -> None:
        """Add the ids of these objects, if one of their properties is the id of the item.

        operation: the one that listed them; its parameters are those of the parents of the item if
        the list is the collection of the item.
        """
        of_collection = positions(operation.path) == positions(collection_path(item))
        before = parents if of_collection else ()
        if not listed or len(before) + 1 != len(parameter_names(item)):
            return
        name = self._known_property(item, listed, before)
        for each in listed:
            if name is not None and name in each:
                self.requests.known.add(item, (*before, str(each[name])), each[name])

    def _known_property(self, item: str, listed: list[Item], before: Values) -> str | None:
        """Return the property that is the id of an item, and remember it."""
        known = self.requests.known.properties
        name = known.get(positions(item)) or self._property(item, listed, before)
        if name is not None:
            known[positions(item)] = name
        return name

    def _property(self, item: str, listed: list[Item], before: Values) -> str | None:
        """Return the property by which the target finds an item; None if there is none."""
        parameter = self._parameter(item)
        possible = [
            name
            for name in candidates(item, listed)
            if parameter is None or self._is_valid(parameter, listed[0][name])
        ]
        if reader_of(self.judge.spec, item) is None:
            return next((name for name in possible if is_usual(item, name)), None)
        for name in possible[:MOST_CANDIDATES]:
            if self._is_found(item, (*before, str(listed[0][name]))):
                return name
        return None

    def _is_found(self, item: str, values: Values) -> bool:
        """Return whether the target finds an item; True if no operation reads it."""
        reader = reader_of(self.judge.spec, item)
        if reader is None or reader.id in self.ignored:
            return True
        cases = self.requests.of(reader, 1, values)
        return any(is_success(self.send(case).response.status) for case in cases)

    def _parameter(self, item: str) -> Parameter | None:
        """Return the definition of the last parameter of an item."""
        name = parameter_names(item)[-1]
        for operation in self.judge.spec.operations.values():
            for parameter in operation.path_parameters:
                if item_path(operation.path) == item and parameter.name == name:
                    return parameter
        return None

    def _is_valid(self, parameter: Parameter, value: Any) -> bool:
        where = parameter.schema_pointer
        forms = (value, str(value))
        return any(not self.judge.schemas.violations(where, form) for form in forms)

    def _suggested(self, item: str) -> None:
        """Try the values that the document itself names for an id: examples, and enums."""
        known, reader = self.requests.known, reader_of(self.judge.spec, item)
        if known.found.get(positions(item)) or reader is None or reader.id in self.ignored:
            return
        parameter = self._parameter(item)
        for parents in known.of(collection_path(item))[:MOST_PARENTS]:
            for value in suggestions(parameter) if parameter else ():
                values = (*parents, str(value))
                if len(values) == len(parameter_names(item)) and self._is_found(item, values):
                    known.add(item, values, value)

    def send(self, case: Case[Any]) -> Exchange:
        """Send a request. Raises requests.RequestException."""
        case.call(session=self.session)
        return self.session.last


def suggestions(parameter: Parameter) -> list[Any]:
    """Return the values that the document names for a parameter."""
    schema = parameter.schema
    examples = schema.get("examples", ())
    values = [*schema.get("enum", ()), *(examples if isinstance(examples, list) else ())]
    values += [schema[name] for name in ("const", "default", "example") if name in schema]
    return [each for each in values if isinstance(each, str | int)]


def parsed(exchange: Exchange) -> Any:
    """Return the JSON body of a successful response; None if there is none."""
    if not is_success(exchange.response.status):
        return None
    try:
        return json_text.parse(exchange.response.body)
    except ValueError:
        return None
