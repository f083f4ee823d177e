"""Send the requests of a document to each tool, and judge the responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .corpus import Document
from .judging import Outcome, judge
from .nodes import BrokenReferenceError, Node
from .operations import Operation, operation_keys, read_operation
from .requests import Request, build_request, spread_evenly
from .schemas import validator_version
from .servers import TOOLS, Served, serve
from .values import NoValueError

OPERATIONS = 12  # of a document


@dataclass(frozen=True)
class Case:
    """A document with the requests for its operations.

    valid: whether it is valid OpenAPI, None if this is not known. unbuilt: operations for which no
    valid request was found, with the reason.
    """

    document: Document
    valid: bool | None
    version: str
    calls: Sequence[tuple[Operation, Request]]
    unbuilt: Sequence[str]


@dataclass(frozen=True)
class Reading:
    """What a tool made of a case. outcomes: of the calls, in the same order."""

    served: Served
    outcomes: Sequence[Outcome]


def prepare(document: Document, valid: bool | None, count: int = OPERATIONS) -> Case:
    """Build the requests of a document. Every second one has its optional parts too."""
    root = document.root
    version = validator_version(root)
    calls, unbuilt = [], []
    for index, (path, method) in enumerate(_keys(root, count)):
        try:
            operation = read_operation(root, path, method)
            request = build_request(operation, version, complete=index % 2 == 1)
        except (NoValueError, BrokenReferenceError) as error:
            unbuilt.append(f"{method.upper()} {path}: {error}")
        else:
            calls.append((operation, request))
    return Case(document, valid, version, calls, unbuilt)


def _keys(root: Node, count: int) -> list[tuple[str, str]]:
    try:
        return spread_evenly(operation_keys(root), count)
    except BrokenReferenceError:
        return []


def measure(case: Case, tools: Sequence[str]) -> Mapping[str, Reading]:
    """Serve a document with each tool in this order, and judge the responses."""
    readings = {}
    for tool in tools:
        served = serve(TOOLS[tool], case.document.path, [request for _, request in case.calls])
        outcomes = [
            judge(operation, response, case.version)
            for (operation, _), response in zip(case.calls, served.responses, strict=False)
        ]
        readings[tool] = Reading(served, outcomes)
    return readings
