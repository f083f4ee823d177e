"""The cause of a finding: violations with the same cause are one finding.

A cause is the broken rule with its reason and the kind of value that was found. It is the same for
all operations: one handler of a server, such as its error handler, breaks them all at once.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from mock_server.contract.violations import Violation

# Rules whose message differs between paths and responses, so it cannot identify a cause.
MESSAGE_VARIES = {"json", "allow", "answer"}
# Requirements of which each wrong status is a cause: the one of an error that came first
BY_STATUS = ("credentials-first",)
# Requirements of which each kind of request is a cause
BY_REASON = ("credentials",)
NO_CREDENTIALS = "no credentials"
# Rules about the form of a body
FORM = {"required", "additionalProperties", "type", "json", "content-type"}
# Names, quoted values and numbers differ between violations of one cause.
VARIABLE = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\d{2,}")


class Defect(NamedTuple):
    """A violation with what it breaks.

    requirement: the id in ``x-requirements``, or "". cause: what is the same for all violations of
    the defect; "" to derive it from the violation.
    """

    violation: Violation
    requirement: str = ""
    cause: str = ""


def status_cause(
    requirement: str, reason: str, expected: frozenset[int], found: int, documented: bool
) -> str:
    """Return the cause of a wrong status below 500.

    requirement: the id of the requirement that decides, or "". documented: whether the operation
    documents the status that was found. An undocumented one comes from a handler of the framework,
    so the reason for the rejection does not matter.
    """
    if requirement in BY_REASON:
        # A rejection with another status does not show that the operation needs no credentials.
        return f"{reason}: {found}" if reason == NO_CREDENTIALS and found >= 400 else reason
    if requirement not in ("", "invalid-request"):
        return f"{requirement}: {found}" if requirement in BY_STATUS else requirement
    rejection = min(expected, default=0) >= 400
    if not documented and rejection and 400 <= found < 500:
        return f"{found} instead of {min(expected)}"
    # A resource is not found, or not allowed, only after the request was accepted.
    accepted = found < 300 or (rejection and found in (403, 404) and found not in expected)
    kind = "accepted" if accepted else "redirected" if found < 400 else f"{found}"
    return ": ".join(filter(None, (requirement, _constant(reason), kind)))


def cause_of(subject: str, status: int, violation: Violation) -> str:
    """Return the cause of a violation that is not about the status.

    subject: the property, or "" for a violation of a response as a whole.
    """
    if status >= 400 and violation.rule in FORM:  # one handler makes the errors of all operations
        return f"error: {_constant(violation.message)}"
    parts = [subject] if subject else []
    if violation.rule == "required" or (not subject and violation.rule not in MESSAGE_VARIES):
        parts.append(_constant(violation.message))
    elif subject and (kind := _json_type(violation.found)):
        parts.append(f"is {kind}")
    return ": ".join(parts)


def _constant(text: str) -> str:
    return VARIABLE.sub("…", text)


def _json_type(text: str) -> str:
    """Return the JSON type of a value from its text, which may be cut; "" if it is unknown."""
    try:
        value = json.loads(text)
    except ValueError:
        first_characters = {'"': "string", "{": "object", "[": "array"}
        return first_characters.get(text[:1], "") if text.endswith("…") else ""
    names = {str: "string", bool: "boolean", dict: "object", list: "array", type(None): "null"}
    return names.get(type(value), "number")


ACCESS, LEAK, STATE, CRASH, SHAPE, PROTOCOL = range(6)  # consequences, the worst first
RULES = {
    **dict.fromkeys(("ownership", "refused", "caller"), ACCESS),
    **dict.fromkeys(("token", "trace"), LEAK),
    **dict.fromkeys(("answer", "slow"), CRASH),
    **dict.fromkeys(("content-type", "json", "header"), PROTOCOL),
}
REQUIREMENTS = {
    "credentials": ACCESS,
    "first-lookup": STATE,
    "invalid-request": SHAPE,
    "unknown-path": SHAPE,
}


def consequence(rule: str, requirement: str, is_state_rule: bool) -> int:
    """Return how much a finding matters: a smaller number matters more.

    is_state_rule: whether the rule is about behaviour or a change, and not about one response.
    """
    if rule.startswith("status 5"):
        return CRASH
    if requirement:
        return REQUIREMENTS.get(requirement, PROTOCOL)
    return RULES.get(rule, STATE if is_state_rule else SHAPE)
