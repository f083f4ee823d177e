"""Whether a finding names a defect: its operation and its thing, in the words of the tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

import yaml

from .catalogue import HERE, Defect
from .tools import Finding, operation_ids

OUTSIDE, ANY = "outside", "any"


@cache
def spellings() -> Mapping[str, Mapping[str, str | None]]:
    """By thing, how each tool spells it."""
    read: dict[str, dict[str, str | None]] = yaml.safe_load((HERE / "parts.yaml").read_text())
    return read


def pattern(tool: str, thing: str) -> str | None:
    """What a finding's text must match to name a thing; None when the tool cannot name it."""
    word, _, rest = thing.partition(" ")
    row = spellings().get(thing) or spellings().get(word)
    if row is None:
        return rf"^{re.escape(thing)}\b" if tool == "ours" else None
    spelt = row[tool]
    return None if spelt is None else spelt.replace("{}", re.escape(rest))


def at(defect: Defect, finding: Finding) -> bool:
    """Whether a finding is about an operation of a defect."""
    if ANY in defect.operations or set(defect.operations) & set(finding.operations):
        return True
    known = set(operation_ids().values())
    return OUTSIDE in defect.operations and not set(finding.operations) <= known


def naming(tool: str, defect: Defect, findings: Iterable[Finding]) -> Finding | None:
    """The first finding that names a defect."""
    patterns = [spelt for thing in defect.things if (spelt := pattern(tool, thing)) is not None]
    for finding in findings:
        if at(defect, finding) and any(
            re.search(each, finding.told, re.DOTALL) for each in patterns
        ):
            return finding
    return None
