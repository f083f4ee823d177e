"""Values as YAML."""

from __future__ import annotations

from typing import Any

import yaml

WIDTH = 96  # characters of a line, before it is indented


class _Dumper(yaml.SafeDumper):
    """Writes equal values again instead of an alias, which fixtures and overlays cannot have."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def dumped(value: Any) -> str:
    """Return a value as YAML, in its order."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=WIDTH,
        default_flow_style=None,  # what contains only scalars is on one line
    )
