"""Make a finding of a defect and of the exchanges that show it."""

from __future__ import annotations

from dataclasses import replace

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.requirements import ERROR
from mock_server.contract.document.secret_names import SecretNames
from mock_server.contract.exchange import Exchange
from mock_server.contract.traffic.redaction import redaction_of_response

from ..target.curl import curl
from ..target.redaction import TokenRedaction
from .causes import Defect, cause_of, consequence
from .findings import Finding, without_indexes
from .locate import Locator

# Rules of checks that are requirements
REQUIREMENT_RULES = ("head", "allow", "first-lookup", "issue-locations")


def finding_of(
    locator: Locator,
    hide: TokenRedaction,
    operation: Operation | None,
    defect: Defect,
    steps: tuple[Exchange, ...],
    check: str,
) -> Finding | None:
    """Return the finding of a defect; None if the document does not list its requirement.

    operation: None for a request that matches none. steps: the last exchange has the response that
    is wrong. check: the check that compared responses, or "".
    """
    violation, spec = defect.violation, locator.judge.spec
    implied = violation.rule if violation.rule in REQUIREMENT_RULES else ""
    requirement = defect.requirement or implied
    listed = spec.requirements.get(requirement)
    if requirement and listed is None:
        return None
    last = steps[-1]
    status = last.response.status
    subject = locator.subject(operation, status, violation)
    pointer = (listed.pointer if listed else "") or subject.contract_pointer
    name = operation.id if operation else f"{last.request.method} {last.request.path[:80]}"
    issued = redaction_of_response(last.response, spec.secret_names)

    def shown(text: str) -> str:
        return issued.text(hide(text))

    redacted = replace(violation, found=shown(violation.found), fix=shown(violation.fix))
    rule = locator.judge.rules.by_id.get(violation.rule)
    is_state_rule = bool(check) or (rule is not None and rule.of_change)
    return Finding(
        operations={name: 1},
        violation=redacted,
        about=defect.cause or requirement or cause_of(subject.about, status, redacted),
        contract_pointer=pointer,
        location=locator.location(pointer),
        curl=tuple(curl(step.request, step.url, hide) for step in steps),
        steps=tuple(_without_issued(step, spec.secret_names) for step in steps),
        check=check,
        response_pointers=(without_indexes(violation.pointer),) if violation.pointer else (),
        first_seen=last.received,
        requirement=requirement,
        level=listed.level if listed else ERROR,
        consequence=consequence(violation.rule, requirement, is_state_rule),
    )


def _without_issued(step: Exchange, names: SecretNames) -> Exchange:
    """Return an exchange without the credentials that the server has issued in its response."""
    response = step.response
    issued = redaction_of_response(response, names)
    headers = tuple((name, text) for name, text in issued.headers(response.headers))
    return replace(
        step, response=replace(response, headers=headers, body=issued.body(response.body))
    )
