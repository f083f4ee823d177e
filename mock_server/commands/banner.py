"""What the mock says when it is ready: where it is, what it has, and one line to try."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from ..app.mock import Mock
from ..contract.document.spec import Spec


def text(mock: Mock, address: str) -> str:
    """The ready message. ``address`` is scheme, host and port."""
    spec, fixtures, credentials = mock.spec, mock.dataset.fixtures, mock.resolver.credentials
    routes = [f"  {o.method:4} {o.path:27} {o.summary}" for o in spec.operations.values()]
    tokens = ", ".join(account.token for account in credentials.accounts if account.token)
    base = address + spec.prefixes[0]
    lines = [
        f"Ready on {base} (and on {address}/); in a browser: {address}/",
        *routes,
        *_wrapped("fixtures", fixtures.releases),
        *_wrapped("scenarios", fixtures.scenarios),
        f"tokens     {tokens}" + (", and any other" if credentials.any_token else ""),
        f"steer      {address}/_mock/ (docs/control-api.md)",
        "try",
        f"  {_curl(spec, base)}",
    ]
    return "\n".join(lines)


def _wrapped(what: str, names: Iterable[str]) -> list[str]:
    line = f"{what:10} {', '.join(names)}"
    return textwrap.wrap(line, 100, subsequent_indent=" " * 11, break_on_hyphens=False)


def _curl(spec: Spec, base: str) -> str:
    """A curl line for the first operation that has an example of its body."""
    for operation in spec.operations.values():
        says = spec.data["paths"][operation.path][operation.method.lower()]
        for media_type, content in says.get("requestBody", {}).get("content", {}).items():
            for example in content.get("examples", {}).values():
                body = json.dumps(example["value"])
                return f"curl {base}{operation.path} -H 'content-type: {media_type}' -d '{body}'"
    return f"curl {base}{next(iter(spec.operations.values())).path}"
