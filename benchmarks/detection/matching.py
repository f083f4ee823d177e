"""Whether a finding reports a defect: it names one of its operations and one of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

import yaml

from .catalogue import FOLDER, Defect
from .tools import CONTRACT_TESTS, Finding, operation_ids

OUTSIDE, ANY = "outside", "any"


@cache
def spellings() -> Mapping[str, Mapping[str, str | None]]:
    """Return parts.yaml: for each part and tool, a regular expression."""
    parts: dict[str, dict[str, str | None]] = yaml.safe_load((FOLDER / "parts.yaml").read_text())
    return parts


def pattern(tool: str, part: str) -> str | None:
    """Return a regular expression for the findings that name a part; None if there are none."""
    word, _, rest = part.partition(" ")
    row = spellings().get(part) or spellings().get(word)
    if row is None:  # the id of a rule
        return rf"^{re.escape(part)}\b" if tool == CONTRACT_TESTS else None
    spelling = row[tool]
    return None if spelling is None else spelling.replace("{}", re.escape(rest))


def same_operation(defect: Defect, finding: Finding) -> bool:
    """Return whether a finding is about one of the operations of a defect."""
    if ANY in defect.operations or set(defect.operations) & set(finding.operations):
        return True
    documented = set(operation_ids().values())
    return OUTSIDE in defect.operations and not set(finding.operations) <= documented


def find_match(tool: str, defect: Defect, findings: Iterable[Finding]) -> Finding | None:
    """Return the first finding that reports a defect."""
    patterns = [regex for part in defect.parts if (regex := pattern(tool, part)) is not None]
    for finding in findings:
        if same_operation(defect, finding) and any(
            re.search(regex, finding.text, re.DOTALL) for regex in patterns
        ):
            return finding
    return None
