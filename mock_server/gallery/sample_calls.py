"""Requests that the gallery offers, with the ``curl`` commands that send them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..http.error_responses import JSON
from ..operations.call import Context
from ..state.catalog import Resource

ADMIN_TOKEN = '"authorization: Bearer $ADMIN_TOKEN"'  # a shell variable: no page shows the token


@dataclass(frozen=True)
class SampleCall:
    """A request.

    path: absolute path.
    control: whether it is a call of the control API, which can require the admin token.
    """

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    control: bool = False

    def json(self) -> str:
        """Return the request as JSON, for the script of the console."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def curl(self, origin: str, needs_token: bool = False) -> str:
        """Return the command that sends the request to an origin.

        needs_token: whether the control API of the mock requires the admin token.
        """
        words = ["curl", "-sS"]
        if self.method != ("GET" if self.body is None else "POST"):
            words += ["-X", self.method]
        words.append(shlex.quote(origin + self.path))
        if self.control and needs_token:
            words += ["-H", ADMIN_TOKEN]
        for name, value in self.headers.items():
            words += ["-H", shlex.quote(f"{name}: {value}")]
        if self.body is not None:
            words += ["-H", shlex.quote(f"content-type: {JSON[0][1]}")]
            words += ["-d", shlex.quote(json.dumps(self.body, ensure_ascii=False))]
        return " ".join(words)


def get_call(spec: Spec, key: str, base: str, prefer: str | None = None) -> SampleCall:
    """Return the request that gets a release by its key.

    base: prefix of the path; prefer: value of the header ``Prefer``.
    """
    operation = next(o for o in _single_release_operations(spec) if o.effect is None and o.body)
    return _call_by_key(spec, operation, key, base, {} if prefer is None else {"prefer": prefer})


def rebuild_call(context: Context, resource: Resource, key: str, base: str) -> SampleCall | None:
    """Return the request that rebuilds a release, with the token of its owner.

    None if the API has no such operation.
    """
    spec, catalog = context.dataset.spec, context.dataset.catalog
    operation = next((o for o in _single_release_operations(spec) if o.effect), None)
    if operation is None:
        return None
    owners = [owner.value for owner in catalog.owners(resource)]
    tokens = (a.token for a in catalog.accounts if a.account in owners)
    token = next((token for token in tokens if token), None)
    headers = {"authorization": f"Bearer {token}"} if token and operation.takes_token else {}
    return _call_by_key(spec, operation, key, base, headers)


def _single_release_operations(spec: Spec) -> Iterable[Operation]:
    """Yield the operations that find one release by its key and return it as JSON."""
    key = spec.entities[spec.release].key
    for operation in spec.operations.values():
        success, lookup = operation.responses.get(200), operation.lookup
        if success is None or lookup is None or lookup.finds != spec.release:
            continue
        if any(key in way.by for way in lookup.ways) and success.media_type == JSON[0][1]:
            yield operation


def _call_by_key(
    spec: Spec, operation: Operation, key: str, base: str, headers: Mapping[str, str]
) -> SampleCall:
    body = {spec.entities[spec.release].key: key}
    return SampleCall(operation.method, base + spec.prefixes[0] + operation.path, body, headers)
