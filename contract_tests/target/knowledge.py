"""The resources that are known to exist on a target, found through its API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import FIELD
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import resources_in
from mock_server.contract.source import json_text, yaml_documents
from mock_server.foundation.shipped_files import shipped

from .roles import (
    Chain,
    Resource,
    is_success,
    lookup_values,
    lookups,
    operations_by_key,
    resource_name,
    returns_list,
    timed_name,
)
from .target import JSON, TargetSession

RESOURCES_OF_A_PARENT = 12  # used of each list; a request per resource and check is too slow


@dataclass(frozen=True)
class KnownResources:
    """The resources that exist on a target, each in a chain with its parents."""

    chains: tuple[Chain, ...]

    def of(self, name: str) -> Iterator[tuple[Resource, Chain]]:
        """Yield each resource of a schema once, with the first chain that contains it."""
        resources = []
        for chain in self.chains:
            resource = chain.get(name)
            if resource is not None and resource not in resources:
                resources.append(resource)
                yield resource, chain


@dataclass(frozen=True)
class TargetClient:
    """Calls operations of the contract over the session of one thread."""

    spec: Spec
    session: TargetSession

    def call(
        self,
        operation: Operation,
        values: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Exchange:
        """Call an operation with lookup values, in the body if it has one, or else in the query.

        token: by default the token of the run if the operation needs one; an empty text sends none.
        Raises requests.RequestException.
        """
        headers = {}
        if token is None and operation.needs_token:
            token = self.session.target.token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        method, path = operation.method, operation.path
        if operation.body is None:
            return self.session.send_request(
                method, path, {**values, **(query or {})}, None, headers
            )
        headers["Content-Type"] = JSON
        body = json.dumps(values, ensure_ascii=False).encode("utf-8")
        return self.session.send_request(method, path, query or {}, body, headers)

    def resources(self, operation: Operation, exchange: Exchange) -> list[Resource]:
        """Return the resources in a response; none if it failed or cannot be read."""
        response = operation.documented(exchange.response.status)
        if response is None or not is_success(exchange.response.status):
            return []
        try:
            body = json_text.parse(exchange.response.body)
            values = [value for _, _, value in resources_in(response, body)]
        except (ValueError, TypeError, KeyError):
            return []
        resources: list[Resource] = []
        for value in values:
            if isinstance(value, dict):
                self.session.target.lists.share(value)
                resources.append(value)
        return resources

    def by_key(self, name: str, key: str) -> Resource | None:
        """Return the resource of a schema with this key, from the first operation that shows it."""
        for operation, parameter in operations_by_key(self.spec, name):
            if operation.action:
                continue
            for resource in self.resources(operation, self.call(operation, {parameter: key})):
                if resource.get(self.spec.types[name].key) == key:
                    return resource
        return None


def find_known_resources(
    client: TargetClient, parents: Iterable[str], keys: Iterable[str]
) -> KnownResources:
    """Find the resources with these keys, and those of these parents, on a target.

    parents: their names. The other resources of each parent are found too. If neither is given, the
    names in the shipped fixtures are tried. Raises
    requests.RequestException.
    """
    spec = client.spec
    own_key = spec.types[timed_name(spec)].key
    keys = tuple(keys)
    resources: dict[str, Resource] = {}
    for key in keys:
        resource = client.by_key(timed_name(spec), key)
        if resource is not None:
            resources[key] = resource
    names = tuple(parents) or (() if keys else tuple(shipped_names(spec)))
    for name in names:
        for resource in _resources_of_parent(client, name)[:RESOURCES_OF_A_PARENT]:
            resources[str(resource.get(own_key))] = resource
    for resource in _siblings(client, list(resources.values())):
        resources.setdefault(str(resource.get(own_key)), resource)
    cache: dict[tuple[str, str], Resource | None] = {}
    chains = [
        chain_of(client, timed_name(spec), resource, cache) for resource in resources.values()
    ]
    chains += _parents_without_resources(client, names, chains)
    return KnownResources(tuple(chains))


def shipped_names(spec: Spec) -> Iterator[str]:
    """Yield the names in the shipped fixtures of the parent type."""
    parent = spec.types[timed_name(spec)].parent
    file = shipped("fixtures") / f"{spec.types[parent].folder if parent else None}.yaml"
    if file.exists():
        data = yaml_documents.read(Path(file)).data
        members = {member for _, _, member in _lookups_by_name(spec, lambda _: True)}
        for resource in next(iter(data.values())):
            yield from (resource[member] for member in members if member in resource)


def _lookups_by_name(
    spec: Spec, accepts: Callable[[Operation], bool]
) -> Iterator[tuple[Operation, str, str]]:
    """Yield the lookups by a property of a resource's parent that is not its key, such as its name.

    Each is an operation, its request property, and the property of the parent.
    """
    parent = spec.types[timed_name(spec)].parent
    if parent is None:
        return
    for operation, lookup in lookups(spec):
        for way in lookup.ways:
            for parameter, template in way.by.items():
                reference = FIELD.fullmatch(template)
                if (
                    reference
                    and accepts(operation)
                    and len(way.by) == 1
                    and reference[1] == parent
                    and reference[2] != spec.types[parent].key
                ):
                    yield operation, parameter, reference[2]


def _resources_of_parent(client: TargetClient, name: str) -> list[Resource]:
    def lists_resources(operation: Operation) -> bool:
        return resource_name(operation) == timed_name(client.spec) and returns_list(operation)

    for operation, parameter, _ in _lookups_by_name(client.spec, lists_resources):
        resources = client.resources(operation, client.call(operation, {parameter: name}))
        if resources:
            return resources
    return []


def _siblings(client: TargetClient, resources: list[Resource]) -> Iterator[Resource]:
    """Yield the resources of every list that contains one of these.

    A list that is looked up by the name of a parent may be incomplete.
    """
    spec = client.spec
    for operation, lookup in lookups(spec):
        if resource_name(operation) == timed_name(spec) and returns_list(operation):
            for way in lookup.ways:
                requests = (
                    lookup_values(way, {timed_name(spec): resource}) for resource in resources
                )
                for values in {str(each): each for each in requests if each}.values():
                    listed = client.resources(operation, client.call(operation, values))
                    yield from listed[:RESOURCES_OF_A_PARENT]


def _parents_without_resources(
    client: TargetClient, names: Iterable[str], chains: list[Chain]
) -> Iterator[Chain]:
    """Yield a chain for each parent that is in none of these: its list is empty or missing."""
    spec = client.spec
    parent = spec.types[timed_name(spec)].parent or ""
    for name in names:
        if any(name in chain.get(parent, {}).values() for chain in chains):
            continue
        by_name = _lookups_by_name(spec, lambda operation: resource_name(operation) == parent)
        for operation, parameter, _ in by_name:
            resources = client.resources(operation, client.call(operation, {parameter: name}))
            if resources:
                yield chain_of(client, parent, resources[0], {})
                break


def chain_of(
    client: TargetClient,
    name: str,
    resource: Resource,
    parents: dict[tuple[str, str], Resource | None],
) -> Chain:
    """Return a resource with its parents. parents: a cache of those that were read before."""
    chain = {name: resource}
    resource_type = client.spec.types[name]
    while (above := resource_type.parent) and (key := resource_type.parent_key_of(resource)):
        if (above, key) not in parents:
            parents[above, key] = client.by_key(above, key)
        parent = parents[above, key]
        if parent is None:
            break
        chain[above] = resource = parent
        resource_type = client.spec.types[above]
    return chain


def sample_request(operation: Operation, known: KnownResources) -> dict[str, str]:
    """Return the values of a valid request, for a known resource if there is one."""
    ways = operation.lookup.ways if operation.lookup else ()
    for way in ways:
        for chain in known.chains:
            values = lookup_values(way, chain)
            if values is not None:
                return {**values, **way.where}
    return next(({**dict.fromkeys(way.by, "unknown"), **way.where} for way in ways), {})
