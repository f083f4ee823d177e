"""Calls that the gallery offers: what is sent, and the ``curl`` that sends the same."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract.document.spec import Operation, Spec
from ..http.error_responses import JSON
from ..operations.call import Context
from ..state.catalog import Resource

ADMIN_TOKEN = '"authorization: Bearer $ADMIN_TOKEN"'  # the shell's; a page never shows the token


@dataclass(frozen=True)
class Call:
    """A request to be sent. ``path`` is absolute; ``steers``: it needs the admin's token if any."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    steers: bool = False

    def curl(self, origin: str, guarded: bool = False) -> str:
        """A command line that sends it to an origin; guarded: the mock has an admin token."""
        words = ["curl", "-sS"]
        if self.method != ("GET" if self.body is None else "POST"):
            words += ["-X", self.method]
        words.append(shlex.quote(origin + self.path))
        if self.steers and guarded:
            words += ["-H", ADMIN_TOKEN]
        for name, value in self.headers.items():
            words += ["-H", shlex.quote(f"{name}: {value}")]
        if self.body is not None:
            words += ["-H", shlex.quote(f"content-type: {JSON[0][1]}")]
            words += ["-d", shlex.quote(json.dumps(self.body, ensure_ascii=False))]
        return " ".join(words)


def finding(spec: Spec, key: str, base: str, prefer: str | None = None) -> Call:
    """The call of the API that answers one release, below a base path."""
    operation = next(each for each in _answering_one(spec) if each.effect is None and each.body)
    return _by_key(spec, operation, key, base, {} if prefer is None else {"prefer": prefer})


def rebuilding(context: Context, resource: Resource, key: str, base: str) -> Call | None:
    """The call of the API that rebuilds a release, by its owner; None when the API has none."""
    spec, catalog = context.dataset.spec, context.dataset.catalog
    operation = next((each for each in _answering_one(spec) if each.effect), None)
    if operation is None:
        return None
    owner = catalog.owner(resource)
    tokens = (a.token for a in catalog.accounts if owner and a.account == owner.value)
    token = next((token for token in tokens if token), None)
    headers = {"authorization": f"Bearer {token}"} if token and operation.takes_token else {}
    return _by_key(spec, operation, key, base, headers)


def _answering_one(spec: Spec) -> Iterable[Operation]:
    """The operations that find one release by its key and answer it as JSON."""
    key = spec.entities[spec.release].key
    for operation in spec.operations.values():
        good, lookup = operation.responses.get(200), operation.lookup
        if good is None or lookup is None or lookup.finds != spec.release:
            continue
        if any(key in way.by for way in lookup.ways) and good.media_type == JSON[0][1]:
            yield operation


def _by_key(
    spec: Spec, operation: Operation, key: str, base: str, headers: Mapping[str, str]
) -> Call:
    body = {spec.entities[spec.release].key: key}
    return Call(operation.method, base + spec.prefixes[0] + operation.path, body, headers)
