"""An invalid fault is refused, and the error names the valid values."""

from typing import Any

import pytest

from mock_server import faults
from mock_server.app.mock import Mock
from mock_server.contract.violations import ContractError
from mock_server.state.session_names import DEFAULT
from tests.mock_server.helpers.faulty import JUDGE

LATE = {"kind": "delay", "seconds": 1}
BROKEN = {"kind": "violate", "property": "version", "how": "type"}
INVALID: list[tuple[Any, str, str]] = [
    (None, "", "must be an object"),
    ([], "", "must be an object"),
    ({}, "/kind", "delay, status, slow-body, truncate, content-type, violate, drop, cut-stream"),
    ({"kind": 1}, "/kind", "must be one of delay, status"),
    ({"kind": "stat"}, "/kind", "did you mean status?"),
    ({"kind": "delay"}, "", "seconds is required"),
    ({**LATE, "secnds": 2}, "/secnds", "did you mean seconds?"),
    ({**LATE, "status": 503}, "/status", "must be one of kind, name, operation"),
    ({**LATE, "name": "a b"}, "/name", "A-Za-z0-9_.-"),
    ({**LATE, "name": "a\n"}, "/name", "A-Za-z0-9_.-"),
    ({**LATE, "name": ""}, "/name", "{1,64}"),
    ({**LATE, "operation": "getPackageRelase"}, "/operation", "did you mean getPackageRelease?"),
    ({**LATE, "operation": ""}, "/operation", "must be one of getPackageRelease, "),
    ({**LATE, "every": 0}, "/every", "at least 1"),
    ({**LATE, "every": 1.5}, "/every", "must be a whole number"),
    ({**LATE, "every": True}, "/every", "must be a whole number"),
    ({**LATE, "first": 0}, "/first", "at least 1"),
    ({**LATE, "first": "1"}, "/first", "must be a whole number"),
    ({**LATE, "probability": -0.1}, "/probability", "at least 0"),
    ({**LATE, "probability": 1.1}, "/probability", "at most 1"),
    ({**LATE, "seed": "a"}, "/seed", "must be a whole number"),
    ({**LATE, "every": 2, "first": 1}, "/first", "at most one of every, first, probability"),
    ({**LATE, "first": 2, "probability": 1}, "/probability", "at most one of"),
    ({"kind": "delay", "seconds": -1}, "/seconds", "at least 0"),
    ({"kind": "delay", "seconds": 301}, "/seconds", "at most 300"),
    ({"kind": "delay", "seconds": "1"}, "/seconds", "must be a number"),
    ({**LATE, "jitter": 301}, "/jitter", "at most 300"),
    ({"kind": "status", "status": 399}, "/status", "at least 400"),
    ({"kind": "status", "status": 600}, "/status", "at most 599"),
    ({"kind": "status", "status": "503"}, "/status", "must be a whole number"),
    (
        {"kind": "status", "status": 503, "retry_after": 1.5},
        "/retry_after",
        "must be a whole number",
    ),
    ({"kind": "status", "status": 503, "retry_after": -1}, "/retry_after", "at least 0"),
    ({"kind": "slow-body", "bytes_per_second": 0}, "/bytes_per_second", "at least 1"),
    ({"kind": "truncate", "bytes": -1}, "/bytes", "at least 0"),
    ({"kind": "content-type", "content_type": ""}, "/content_type", "must match"),
    ({"kind": "content-type", "content_type": "a\r\nb: c"}, "/content_type", "must match"),
    ({"kind": "content-type", "content_type": "ü"}, "/content_type", "must match"),
    ({**BROKEN, "how": "wrong"}, "/how", "must be one of enum, null, missing, type"),
    ({**BROKEN, "how": "null"}, "/how", "use one of type, missing"),
    ({**BROKEN, "how": "enum"}, "/how", "use one of type, missing"),
    ({**BROKEN, "property": ""}, "/property", "must not be empty"),
    ({**BROKEN, "property": "versoin"}, "/property", "did you mean version?"),
    ({**BROKEN, "property": "/package_release/versoin"}, "/property", "/package_release/version?"),
    ({**BROKEN, "property": "/x"}, "/property", "/package_release"),
    ({**BROKEN, "property": "/package_releases/a/version"}, "/property", "must be a property"),
    ({**BROKEN, "operation": "getPackage"}, "/property", "did you mean latest_version?"),
    ({"kind": "drop", "when": "after"}, "/when", "must be one of before, middle"),
    ({"kind": "drop", "how": "bang"}, "/how", "must be one of fin, rst"),
    ({"kind": "cut-stream", "after": -1}, "/after", "at least 0"),
    ({"kind": "cut-stream"}, "", "after is required"),
]


@pytest.mark.parametrize(("record", "pointer", "message"), INVALID)
def test_an_invalid_fault_is_refused_with_its_location_and_valid_values(
    mock: Mock, record: Any, pointer: str, message: str
) -> None:
    before = mock.sessions.session_state(DEFAULT)
    with pytest.raises(ContractError) as caught:
        faults.add(mock.context, DEFAULT, record)
    (violation,) = caught.value.violations
    assert violation.pointer == pointer
    assert message in str(violation)
    assert mock.sessions.session_state(DEFAULT) == before


def test_all_violations_are_reported_at_once() -> None:
    with pytest.raises(ContractError) as caught:
        faults.read({"kind": "delay", "seconds": -1, "every": 0, "speed": 1}, JUDGE)
    message = str(caught.value)
    assert all(text in message for text in ("/seconds", "/every", "speed"))
