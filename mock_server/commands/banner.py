"""The text that ``serve`` prints when it is ready."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from ..app.mock import Mock
from ..contract.document.spec import Spec


def ready_text(mock: Mock, address: str) -> str:
    """Return the text: the addresses, what the mock serves, and a command to try.

    address: scheme, host and port.
    """
    spec, fixtures, credentials = mock.spec, mock.dataset.fixtures, mock.resolver.credentials
    operations = [f"  {o.method:4} {o.path:27} {o.summary}" for o in spec.operations.values()]
    tokens = ", ".join(account.token for account in credentials.accounts if account.token)
    base = address + spec.prefixes[0]
    lines = [
        f"Ready on {base} (and on {address}/)",
        "operations",
        *operations,
        *_wrapped("fixtures", fixtures.releases),
        *_wrapped("scenarios", fixtures.scenarios),
        f"tokens     {tokens}" + (", and any other" if credentials.any_token else ""),
        f"gallery    {address}/_mock/ (open it in a browser)",
        f"control    {address}/_mock/ (docs/control-api.md)",
        "try",
        f"  {_example_command(spec, base)}",
    ]
    return "\n".join(lines)


def _wrapped(label: str, names: Iterable[str]) -> list[str]:
    line = f"{label:10} {', '.join(names)}"
    return textwrap.wrap(line, 100, subsequent_indent=" " * 11, break_on_hyphens=False)


def _example_command(spec: Spec, base: str) -> str:
    """Return a curl command for the first operation that has an example of its request body."""
    for operation in spec.operations.values():
        documented = spec.data["paths"][operation.path][operation.method.lower()]
        for media_type, content in documented.get("requestBody", {}).get("content", {}).items():
            for example in content.get("examples", {}).values():
                body = json.dumps(example["value"])
                return f"curl {base}{operation.path} -H 'content-type: {media_type}' -d '{body}'"
    return f"curl {base}{next(iter(spec.operations.values())).path}"
