"""The resources that a run has found or created on a target, and who owns them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import FIELD, ResourceType
from mock_server.contract.exchange import Exchange

from ..cases.identifiers import from_location
from ..run.run import Run
from ..target.paths import parameter_names
from ..target.roles import Chain, Resource, is_success
from ..target.type_operations import (
    OWNER,
    TypeOperations,
    child_chain,
    finds,
    operations_of_types,
    parent_values,
    path_templates,
)
from .bodies import Bodies, Body, resource_in
from .calls import Call, resource_of, send
from .pages import read_list

SETTLING = 2.0  # seconds until a change shows in every copy of the data
POLL = 0.2  # seconds
MOST_KNOWN = 40  # resources of a type that the run uses
MOST_PARENTS = 4  # of which the lists are read
MOST_OWNERS = 12  # that are tried as the owner of what a caller creates
FORBIDDEN = 403


class Made(NamedTuple):
    """A resource that the run has created.

    chain: the resource as the response shows it, and its parents. body: the part of the request
    that is the resource.
    """

    type: ResourceType
    chain: Chain
    body: Body
    operation: Operation
    exchange: Exchange

    @property
    def value(self) -> Resource:
        """The resource as the response shows it."""
        return self.chain[self.type.name]


@dataclass
class World:
    """The resources of a target. restarted: by type, a resource whose timeline was restarted."""

    run: Run
    bodies: Bodies
    restarted: dict[str, Chain] = field(default_factory=dict)
    _parents: dict[str, Chain | None] = field(default_factory=dict)
    _known: dict[str, list[Chain]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operations: Mapping[str, TypeOperations] = operations_of_types(
            self.run.spec, self.run.recorder.ignored
        )

    def create(
        self,
        name: str,
        parents: Chain | None = None,
        given: Mapping[str, Any] | None = None,
        *,
        rich: bool = False,
        by: Operation | None = None,
    ) -> Made | None:
        """Create a resource of a type; None if the target accepts no request.

        parents: its parents, by default those of the caller. given: values that it must have. rich:
        with as many properties as possible. by: the operation, if there are several.
        """
        operation = by or self.operations[name].first("create")
        above = self.parents_of(name) if parents is None else parents
        if operation is None or above is None:
            return None
        return self.create_below(operation, name, above, given or {}, rich=rich)

    def create_below(
        self,
        operation: Operation,
        name: str,
        parents: Chain,
        given: Mapping[str, Any],
        other: bool = False,
        rich: bool = False,
    ) -> Made | None:
        """Create a resource with these parents. other: whether the other caller does it."""
        resource_type, chain = self.run.spec.types[name], child_chain(self.run.spec, name, parents)
        fixed = {
            **self.owned_values(name, other),
            **parent_values(self.run.spec, name, parents),
            **given,
        }
        for body in self.bodies.new(operation, resource_type, fixed, rich):
            call = Call(body if operation.bodies else None, other=other)
            exchange = send(self.run, operation, chain, call)
            if exchange is None or exchange.response.status == FORBIDDEN:
                return None
            if not is_success(exchange.response.status):
                continue
            value = resource_of(operation, exchange) or self._from_location(name, exchange)
            if value is None or resource_type.key_of(value) is None:
                return None
            made = {**parents, name: value}
            self.learn(name, made, created=True)
            return Made(resource_type, made, resource_in(resource_type, body), operation, exchange)
        return None

    def owned_values(self, name: str, other: bool = False) -> dict[str, Any]:
        """Return the property by which the caller owns a resource, if the type has one itself."""
        ownership, caller = self.run.spec.ownership(name), self.run.callers.get(other)
        if ownership is None or caller is None or ownership.holder != name:
            return {}
        return {ownership.property: caller[1].get(ownership.caller_property)}

    def _from_location(self, name: str, exchange: Exchange) -> Resource | None:
        """Return the key in the header `Location` of a response."""
        return location_key(self.run, self.operations[name], exchange)

    def parents_of(self, name: str) -> Chain | None:
        """Return the parents of new resources: of the caller if that matters, else any.

        None if there is none.
        """
        if name not in self._parents:
            self._parents[name] = self._new_parents(name)
        return self._parents[name]

    def _new_parents(self, name: str) -> Chain | None:
        resource_type = self.run.spec.types[name]
        if resource_type.parent is None:
            return {}
        parent, caller = resource_type.parent, self.run.callers.get(False)
        ownership = self.run.spec.ownership(name)
        if caller and caller[0] == parent and ownership and ownership.holder == name:
            return {parent: caller[1]}
        made = self.create(parent)
        if made is not None and self.read(made.chain, parent) is not None:
            return made.chain
        candidates = self.owned(parent) or self.known(parent)
        found = (each for each in candidates if self.read(each, parent) is not None)
        return next(found, candidates[0] if candidates else None)

    def owned(self, name: str) -> list[Chain]:
        """Return the known resources of a type that the caller owns."""
        return [chain for chain in self.known(name) if self.is_owned(chain, name)]

    def has_owners(self, name: str) -> bool:
        """Return whether the run knows the caller, and resources of a type have an owner."""
        return False in self.run.callers and self.run.spec.ownership(name) is not None

    def is_owned(self, chain: Chain, name: str, other: bool = False) -> bool:
        """Return whether a caller owns a resource, as far as the run knows."""
        ownership, caller = self.run.spec.ownership(name), self.run.callers.get(other)
        if ownership is None:
            return caller is not None and caller[0] == name and caller[1] == chain[name]
        holder = chain.get(ownership.holder)
        if caller is None or holder is None:
            return False
        return bool(holder.get(ownership.property) == caller[1].get(ownership.caller_property))

    def read_lists(self) -> None:
        """Learn the resources that exist before the run creates others, which it would find first:
        only those may have statuses that no action leads to."""
        for name in self.run.spec.types:
            self.known(name)

    def find_callers(self) -> None:
        """Find the resources of both callers, if no operation returns them: the owners of what they
        can create."""
        for name in self.run.spec.types:
            self._try_owners(name)

    def _try_owners(self, name: str) -> None:
        operation, ownership = self.operations[name].first("create"), self.run.spec.ownership(name)
        action = operation.action if operation else None
        if operation is None or action is None or action.who != OWNER or ownership is None:
            return
        if ownership.holder != name or self.run.spec.types[name].parent != ownership.caller:
            return
        for other in (False, True):
            token = self.run.target.other_token if other else self.run.target.token
            if other in self.run.callers or (other and not token):
                continue
            first = self.run.callers.get(not other)
            for chain in self.known(ownership.caller)[:MOST_OWNERS]:
                owner = chain[ownership.caller]
                if first is not None and first[1] == owner:
                    continue
                if self.create_below(operation, name, chain, {}, other) is not None:
                    self.run.callers[other] = ownership.caller, owner
                    break

    def known(self, name: str) -> list[Chain]:
        """Return resources of a type that exist, each with its parents."""
        if name not in self._known:
            self._known[name] = []
            for chain in self._listed(name):
                self.learn(name, chain)
        return list(self._known[name])

    def learn(self, name: str, chain: Chain, created: bool = False) -> None:
        """Add a resource of a type, with its parents."""
        resource_type = self.run.spec.types[name]
        key = resource_type.key_of(chain[name])
        known = self.known(name) if created else self._known.setdefault(name, [])
        others = [each for each in known if resource_type.key_of(each[name]) != key]
        listed = [dict(chain), *others] if created else [*others, dict(chain)]
        self._known[name] = listed[:MOST_KNOWN]

    def forget(self, chain: Chain, name: str) -> None:
        """Remove a resource that was deleted, and what belongs to it."""
        key = self.run.spec.types[name].key_of
        gone = key(chain[name])
        for other, listed in self._known.items():
            kept = [each for each in listed if name not in each or key(each[name]) != gone]
            self._known[other] = kept
        self._parents = {
            other: above
            for other, above in self._parents.items()
            if above is None or name not in above or key(above[name]) != gone
        }

    def _listed(self, name: str) -> Iterator[Chain]:
        """Yield the resources of a type that are callers, and those in its lists."""
        for kind, caller in self.run.callers.values():
            if kind == name:
                yield {name: caller}
        for operation in self.operations[name].lists:
            for parents in self.parents_of_list(operation, name)[:MOST_PARENTS]:
                listing = read_list(self.run, operation, child_chain(self.run.spec, name, parents))
                for value in listing.resources[:MOST_KNOWN] if listing else ():
                    yield {**self.chain_above(name, value, parents), name: value}

    def parents_of_list(self, operation: Operation, name: str) -> list[Chain]:
        """Return the parents whose resources an operation lists: none for a list of all."""
        if not parameter_names(operation.path) and not self._needs_values(operation):
            return [{}]
        parent = self.run.spec.types[name].parent
        return self.known(parent) if parent else []

    def _needs_values(self, operation: Operation) -> bool:
        return bool(operation.lookup and operation.lookup.ways)

    def chain_above(self, name: str, value: Resource, parents: Chain) -> Chain:
        """Return the parents of a resource: those that are given, or those with its key."""
        resource_type = self.run.spec.types[name]
        parent = resource_type.parent
        if parent is None or parent in parents:
            return parents
        wanted = resource_type.parent_key_of(value)
        key_of = self.run.spec.types[parent].key_of
        return next((c for c in self.known(parent) if key_of(c[parent]) == wanted), parents)

    def read(self, chain: Chain, name: str) -> tuple[Resource, Exchange] | None:
        """Read a resource; None if no operation reads it, or if it is not found."""
        exchange = self.fetch(chain, name)
        reader = self.operations[name].reader
        value = resource_of(reader, exchange) if reader and exchange else None
        return (value, exchange) if value is not None and exchange is not None else None

    def refreshed(self, chain: Chain, name: str) -> Chain | None:
        """Return a resource as it is now, with its parents; None if it is not found."""
        current = self.read(chain, name)
        return {**chain, name: current[0]} if current else None

    def body_for(self, operation: Operation, chain: Chain) -> Body | None:
        """Return a valid body of an operation for a resource; None if it has none."""
        for body in self.bodies.of(operation):
            return self.with_keys(operation, chain, body)
        return None

    def with_keys(self, operation: Operation, chain: Chain, body: Body) -> Body:
        """Return a body that has the key and the parent of a resource, where it has any."""
        resource_type = self.run.spec.types[finds(operation) or ""]
        part, current = resource_in(resource_type, body), chain[resource_type.name]
        names = {*resource_type.keys, *resource_type.parent_keys} & part.keys()
        part |= {name: current[name] for name in names if name in current}
        return body

    def fetch(self, chain: Chain, name: str, call: Call | None = None) -> Exchange | None:
        """Send a request to read a resource; None if no operation reads it."""
        reader = self.operations[name].reader
        return send(self.run, reader, chain, call) if reader else None

    def settled(self, observe: Callable[[], bool], wanted: bool = True) -> bool:
        """Observe until the result is the wanted one, or the time for it is over; return whether
        it is."""
        deadline = time.monotonic() + SETTLING
        while observe() != wanted:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL)
        return True


def location_key(run: Run, operations: TypeOperations, exchange: Exchange) -> Resource | None:
    """Return the key properties in the header `Location` of a response; None if there are none."""
    location, reader = exchange.response.header("location"), operations.reader
    if not location or reader is None:
        return None
    path = urlsplit(urljoin(exchange.url, location)).path
    values = from_location(path, urlsplit(run.target.base).path, reader.path)
    templates, found = path_templates(run.spec, reader), dict[str, Any]()
    for parameter, text in zip(parameter_names(reader.path), values or (), strict=False):
        matched = FIELD.fullmatch(templates.get(parameter, ""))
        if matched and matched[1] == operations.type.name:
            found[matched[2]] = text
    return found or None
