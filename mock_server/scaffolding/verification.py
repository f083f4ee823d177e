"""Check the first files of a document with a mock that serves them, and leave out what fails."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..app.mock import Mock, mock_of
from ..app.sources import load_sources
from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation, parts
from ..foundation import whole_files
from ..probing.inspection import problems_of
from .resources import Plan, Proposal

OVERLAY, FIXTURES = "overlay.yaml", "fixtures"


def checked(spec: Spec, plan: Plan, files: Mapping[Path, str]) -> Plan:
    """Return the plan without what the mock has a problem with; the same plan if it has none.

    files: by their paths in a folder.
    """
    if not plan.proposals:
        return plan
    with tempfile.TemporaryDirectory() as temporary:
        whole_files.write_all({Path(temporary) / p: text.encode() for p, text in files.items()})
        overlay = Path(temporary) / OVERLAY
        try:
            judge, fixtures = load_sources(
                spec.document.path, Path(temporary) / FIXTURES, [overlay]
            )
            mock = mock_of(judge, fixtures)
        except ContractError as error:
            named = {name for each in error.violations for name in _types(each, plan)}
            return _without(plan, named or {plan.proposals[-1].schema})
    return _without_failing(spec, plan, mock)


def _types(violation: Violation, plan: Plan) -> Iterator[str]:
    """Yield the types that a problem of a file is about."""
    file = Path(violation.location.partition(".yaml")[0])
    steps = parts(violation.pointer)[:3]
    for each in plan.proposals:
        if each.folder in (file.name, file.parent.name) or each.schema in steps:
            yield each.schema


def _without_failing(spec: Spec, plan: Plan, mock: Mock) -> Plan:
    """Return the plan without the actions that fail, and the types that fail otherwise."""
    before = mock_of(*load_sources(spec.document.path))
    failing = [each for each in _of_resources(mock) if problems_of(mock, each)]
    failing = [each for each in failing if not problems_of(before, spec.operations[each.id])]
    paged = {each.id for each in failing if each.page}
    if paged:
        return replace(plan, unpaged=plan.unpaged | paged)
    actions = {each.id for each in failing if each.action}
    found = (mock.spec.type_of(each) for each in failing if not each.action)
    empty = {each.schema for each in plan.proposals if not _has_resources(mock, each)}
    return _without(
        replace(plan, unfit=plan.unfit | actions), {each.name for each in found if each} | empty
    )


def _of_resources(mock: Mock) -> list[Operation]:
    return [each for each in mock.spec.operations.values() if each.lookup or each.action]


def _has_resources(mock: Mock, proposal: Proposal) -> bool:
    return bool(mock.dataset.catalog.resources[proposal.schema])


def _without(plan: Plan, names: Iterable[str]) -> Plan:
    """Return a plan without types, also as parents."""
    left_out = frozenset(names)
    kept = (each for each in plan.proposals if each.schema not in left_out)
    proposals = (
        replace(each, parent=None) if each.parent and each.parent[0] in left_out else each
        for each in kept
    )
    return replace(plan, proposals=tuple(proposals))
