"""What is known to exist on a target: the things that checks ask for, found through the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.contract.document.spec import LookupWay, Operation, Spec
from mock_server.contract.judge import entities_in
from mock_server.contract.source import json_text, yaml_documents
from mock_server.foundation.shipped_files import shipped

from .roles import (
    REFERENCE,
    SUCCESS,
    Chain,
    Resource,
    fill,
    finds,
    key_parameter,
    lookups,
    restarts,
    returns_list,
)
from .target import JSON, Exchange, TargetSession

MOST_OF_A_PARENT = 12  # releases of one package that are looked at one by one


@dataclass(frozen=True)
class KnownResources:
    """Releases, each with what it belongs to, and the other things that are known."""

    chains: tuple[Chain, ...]

    def of(self, name: str) -> Iterator[tuple[Resource, Chain]]:
        """Each known thing of a schema once, with a chain that it stands in."""
        seen = []
        for chain in self.chains:
            resource = chain.get(name)
            if resource is not None and resource not in seen:
                seen.append(resource)
                yield resource, chain


@dataclass(frozen=True)
class TargetClient:
    """Sends requests of the contract over one thread's session."""

    spec: Spec
    session: TargetSession

    def call(
        self,
        operation: Operation,
        asked: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Exchange:
        """Asks by the keys of a way, in the body or the query as the operation takes them.

        token: by default the run's own where the operation needs one, an empty text for none.
        """
        headers = {}
        if token is None and operation.needs_token:
            token = self.session.target.token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if operation.body is None:
            pairs = {**asked, **(query or {})}
            return self.session.send_request(operation.method, operation.path, pairs, None, headers)
        headers["Content-Type"] = JSON
        body = json.dumps(asked, ensure_ascii=False).encode("utf-8")
        return self.session.send_request(
            operation.method, operation.path, query or {}, body, headers
        )

    def resources(self, operation: Operation, exchange: Exchange) -> list[Resource]:
        """What a successful answer shows of what the operation finds; else nothing."""
        response = operation.responses.get(SUCCESS)
        if response is None or exchange.response.status != SUCCESS:
            return []
        try:
            body = json_text.parse(exchange.response.body)
            found = [value for name, _, value in entities_in(response, body)]
        except (ValueError, TypeError, KeyError):
            return []
        return [resource for resource in found if isinstance(resource, dict)]

    def by_key(self, name: str, key: str) -> Resource | None:
        """The thing of a schema that has this key, through whatever operation shows it."""
        for operation, lookup in lookups(self.spec):
            way = key_parameter(self.spec, operation)
            if (
                lookup.finds == name
                and way
                and not returns_list(operation)
                and not restarts(self.spec, operation)
            ):
                for resource in self.resources(operation, self.call(operation, {way: key})):
                    if resource.get(self.spec.entities[name].key) == key:
                        return resource
        return None


def learn(
    client: TargetClient, packages: Iterable[str], release_ids: Iterable[str]
) -> KnownResources:
    """What of the named things is there; with neither, the shipped packages are tried."""
    spec = client.spec
    release_ids = tuple(release_ids)
    found: dict[str, Resource] = {}
    for release_id in release_ids:
        release = client.by_key(spec.release, release_id)
        if release is not None:
            found[release_id] = release
    names = tuple(packages) or (() if release_ids else tuple(shipped_names(spec)))
    for name in names:
        for release in _listed(client, name)[:MOST_OF_A_PARENT]:
            found[str(release.get(spec.entities[spec.release].key))] = release
    for release in _listed_beside(client, list(found.values())):
        found.setdefault(str(release.get(spec.entities[spec.release].key)), release)
    parents: dict[tuple[str, str], Resource | None] = {}
    chains = [_chain(client, spec.release, release, parents) for release in found.values()]
    chains += _without_releases(client, names, chains)
    return KnownResources(tuple(chains))


def shipped_names(spec: Spec) -> Iterator[str]:
    """The names of the packages of the shipped fixtures."""
    file = shipped("fixtures") / "packages.yaml"
    if file.exists():
        data = yaml_documents.read(Path(file)).data
        parent = spec.entities[spec.release].parent
        names = {
            member
            for _, _, _, (entity, member) in _ways_of_parent(spec, lambda _: True)
            if entity == parent
        }
        for resource in next(iter(data.values())):
            yield from (resource[name] for name in names if name in resource)


def _ways_of_parent(
    spec: Spec, suits: Callable[[Operation], bool]
) -> Iterator[tuple[Operation, LookupWay, str, tuple[str, str]]]:
    """Ways to ask by a property of what releases belong to that is not its key: by a name."""
    parent = spec.entities[spec.release].parent
    for operation, lookup in lookups(spec):
        for way in lookup.ways:
            for key, template in way.by.items():
                named = REFERENCE.fullmatch(template)
                if (
                    named
                    and suits(operation)
                    and len(way.by) == 1
                    and parent is not None
                    and named[1] == parent
                    and named[2] != spec.entities[parent].key
                ):
                    yield operation, way, key, (named[1], named[2])


def _listed(client: TargetClient, name: str) -> list[Resource]:
    def lists(operation: Operation) -> bool:
        return finds(operation) == client.spec.release and returns_list(operation)

    for operation, _, key, _ in _ways_of_parent(client.spec, lists):
        resources = client.resources(operation, client.call(operation, {key: name}))
        if resources:
            return resources
    return []


def _listed_beside(client: TargetClient, releases: list[Resource]) -> Iterator[Resource]:
    """The releases of lists that known ones are in, which a list by a name may have left out."""
    spec = client.spec
    for operation, lookup in lookups(spec):
        if finds(operation) == spec.release and returns_list(operation):
            for way in lookup.ways:
                asked = (fill(way, {spec.release: release}) for release in releases)
                for request in {str(each): each for each in asked if each}.values():
                    listed = client.resources(operation, client.call(operation, request))
                    yield from listed[:MOST_OF_A_PARENT]


def _without_releases(
    client: TargetClient, names: Iterable[str], chains: list[Chain]
) -> Iterator[Chain]:
    """Named packages that have no release, or whose releases cannot be listed."""
    spec = client.spec
    parent = spec.entities[spec.release].parent or ""
    for name in names:
        if any(name in chain.get(parent, {}).values() for chain in chains):
            continue
        for operation, _, key, _ in _ways_of_parent(spec, lambda each: finds(each) == parent):
            resources = client.resources(operation, client.call(operation, {key: name}))
            if resources:
                yield _chain(client, parent, resources[0], {})
                break


def _chain(
    client: TargetClient,
    name: str,
    resource: Resource,
    parents: dict[tuple[str, str], Resource | None],
) -> Chain:
    """A thing and what it belongs to; parents: those that were asked for already."""
    chain = {name: resource}
    entity = client.spec.entities[name]
    while entity.parent is not None and entity.parent_key is not None:
        key = str(resource.get(entity.parent_key))
        if (entity.parent, key) not in parents:
            parents[entity.parent, key] = client.by_key(entity.parent, key)
        parent = parents[entity.parent, key]
        if parent is None:
            break
        chain[entity.parent] = resource = parent
        entity = client.spec.entities[entity.parent]
    return chain


def probe(operation: Operation, known: KnownResources) -> dict[str, str]:
    """A valid request: by something known where there is such a thing."""
    ways = operation.lookup.ways if operation.lookup else ()
    for way in ways:
        for chain in known.chains:
            filled = fill(way, chain)
            if filled is not None:
                return {**filled, **way.where}
    return next(({**dict.fromkeys(way.by, "unknown"), **way.where} for way in ways), {})
