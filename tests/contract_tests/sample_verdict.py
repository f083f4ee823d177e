"""A verdict with one finding, one accepted finding and one outdated baseline entry."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from contract_tests.config.options import BaselineEntry
from contract_tests.findings.findings import Finding
from contract_tests.findings.verdict import Checked, Verdict
from contract_tests.target.redaction import TokenRedaction
from mock_server.contract.exchange import Exchange, Request, Response
from mock_server.contract.violations import Violation

ROOT = Path(__file__).parents[2]
SECRET = "tok-0123456789"
SENT_AT = datetime(2030, 6, 1, 12, tzinfo=UTC)
EXCHANGE = Exchange(
    Request(
        "POST",
        "/packages/get",
        (("a", "1"),),
        {"authorization": f"Bearer {SECRET}", "content-type": "application/json"},
        b'{"name": "<b>&\x01"}',
    ),
    Response(200, (("Content-Type", "text/plain"),), f"echo {SECRET}".encode()),
    "http://127.0.0.1:3100/api/packages/get?a=1",
    SENT_AT,
    SENT_AT + timedelta(milliseconds=250),
)
FINDING = Finding(
    {"findPackage": 3, "getPackage": 1},
    Violation("enum", "must be one of <a>, b", "/x", '"100% | \x01 <script>alert(1)</script>"'),
    "Status: is string",
    "/components",
    f"{ROOT / 'openapi.yaml'}:12:7",
    ("curl -sS 'http://127.0.0.1:3100/api'",),
    (EXCHANGE,),
    response_pointers=("/x",),
)
ACCEPTED_FINDING = replace(
    FINDING, violation=Violation("type", "must be a string"), about="another"
)
ENTRY = BaselineEntry(
    "type", "known & fixed soon", "f.toml:1", operation="getPackage", expires=date(2031, 1, 1)
)
VERDICT = Verdict(
    "http://127.0.0.1:3100/api",
    (FINDING,),
    Checked(("a", "b", "c"), frozenset({"a"}), {"b": "it is not offered"}),
    Checked(("rule",), frozenset({"rule"})),
    accepted=((ACCEPTED_FINDING, ENTRY),),
    outdated=("f.toml:9: gone",),
    skipped={"ownership": "give --other-token"},
    coverage={
        "statuses": {"seen": ["x"], "not_seen": ["<y>"]},
        "properties": {"seen": [], "not_seen": ["<y>"]},
        "words": {"seen": ["x"], "not_seen": []},
        "transitions": {"p: a → b": 2},
    },
    started_at=SENT_AT,
    seconds=1.5,
    redaction=TokenRedaction({"TOKEN": SECRET}),
)
