"""Judge the exchanges of recordings, and collect each cause once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from mock_server.contract.document.operation import Operation, is_json
from mock_server.contract.document.requirements import STRICT
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge
from mock_server.contract.traffic import (
    REQUEST,
    Breach,
    Judgement,
    TrafficJudge,
    traffic_judge,
)
from mock_server.contract.traffic.har import Recorded, read_har
from mock_server.contract.traffic.redaction import redacted
from mock_server.contract.violations import Violation, parts

from ..exit_codes import CannotJudgeError
from ..findings.causes import NO_CREDENTIALS, Defect
from ..findings.findings import Finding
from ..findings.locate import Locator
from ..findings.making import finding_of
from ..run.coverage import Coverage
from ..target.redaction import TokenRedaction

MAX_FINDINGS = 500  # causes; a recording of another API could have one in every exchange
MAX_SERVERS = 5  # that a message names
VARIABLE_SEGMENT = re.compile(r"/(?:\d+|[^/]*\d[^/]{7,}|[0-9a-fA-F-]{8,})(?=/|$)")
NOT_RECORDED = "the recording has no exchange of it"
NO_REDACTION = TokenRedaction({})  # the exchanges are redacted before they are judged
CREDENTIALS = "credentials"


@dataclass
class Collector:
    """Judges exchanges and merges what they break into findings, by cause.

    seen: the number of exchanges of each operation; verified: the operations with a valid success.
    others: the number of exchanges that belong to no operation, by server.
    """

    judge: Judge
    traffic: TrafficJudge
    exchanges: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    verified: set[str] = field(default_factory=set)
    others: Counter[str] = field(default_factory=Counter)
    unjudged: dict[str, str] = field(default_factory=dict)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.coverage = Coverage(self.judge)
        self._locator = Locator(self.judge)
        self._servers: set[str] = set()
        self._shows_credentials = False
        # Decided at the end: whether a server has the API, and whether credentials were recorded
        self._undocumented: dict[tuple[str, str], tuple[str, Finding]] = {}
        self._without_credentials: dict[tuple[str, str], Finding] = {}

    def add(self, recorded: Recorded) -> None:
        """Judge an exchange."""
        exchange = redacted(recorded.exchange, self.judge.spec.secret_names)
        judgement = self.traffic.judged(exchange, recorded.unjudged)
        server, operation = urlsplit(exchange.url).netloc, judgement.operation
        if operation is None:
            self.others[server] += 1
            for breach in judgement.breaches if is_json(exchange.response.media_type) else ():
                finding = self._finding(None, breach, exchange)
                if finding is not None and len(self._undocumented) < MAX_FINDINGS:
                    key = server, finding.about
                    known = self._undocumented.get(key)
                    merged = known[1].merged(finding) if known else finding
                    self._undocumented[key] = server, merged
            return
        self._servers.add(server)
        self.exchanges += 1
        self.seen[operation.id] += 1
        if judgement.unjudged:
            self.unjudged.setdefault(operation.id, judgement.unjudged)
        headers = exchange.request.headers
        self._shows_credentials |= "authorization" in headers or "cookie" in headers
        for breach in judgement.breaches:
            self._add(operation, breach, exchange)
        self._count(operation, judgement, exchange)

    def result(self) -> tuple[Finding, ...]:
        """Return the findings of all exchanges."""
        found = dict(self.findings)
        found |= self._without_credentials if self._shows_credentials else {}
        for server, finding in self._undocumented.values():
            if server in self._servers:
                known = found.get(finding.key)
                found[finding.key] = known.merged(finding) if known else finding
        return tuple(found.values())

    @property
    def remarks(self) -> dict[str, str]:
        """What was not judged, and why."""
        if self._without_credentials and not self._shows_credentials:
            return {"credentials": "the recording has none: they were removed, or never sent"}
        return {}

    def _add(self, operation: Operation, breach: Breach, exchange: Exchange) -> None:
        finding = self._finding(operation, breach, exchange)
        if finding is None:
            return
        of_credentials = breach.violation.rule == CREDENTIALS
        findings = self._without_credentials if of_credentials else self.findings
        known = findings.get(finding.key)
        if known is not None or len(findings) < MAX_FINDINGS:
            findings[finding.key] = known.merged(finding) if known else finding

    def _finding(
        self, operation: Operation | None, breach: Breach, exchange: Exchange
    ) -> Finding | None:
        violation, of_client = breach.violation, breach.side == REQUEST and operation is not None
        if of_client:
            violation = _of_client(violation, exchange)
        defect = Defect(violation, cause=_cause(breach, exchange))
        finding = finding_of(self._locator, NO_REDACTION, operation, defect, (exchange,), "")
        # A client, such as a test, may send an invalid request on purpose to see it refused.
        is_refused = of_client and exchange.response.status >= 400
        return replace(finding, level=STRICT) if finding and is_refused else finding

    def _count(self, operation: Operation, judgement: Judgement, exchange: Exchange) -> None:
        """Count what a response without violations shows of the contract."""
        broken = any(each.violation.rule != CREDENTIALS for each in judgement.breaches)
        if broken or judgement.unjudged or judgement.accepted is None:
            return
        self.coverage.count_status(operation, exchange)
        if 200 <= exchange.response.status < 300:
            self.verified.add(operation.id)
            with_logs = self.judge.shows_logs(operation, judgement.accepted)
            self.coverage.count_resources(
                operation, judgement.accepted, exchange, judgement.before, with_logs
            )


def collected(judge: Judge, files: Iterable[Path], base: str) -> Collector:
    """Judge all exchanges of HAR files below a base URL; "" for all.

    Raises CannotJudgeError if none belongs to the API, ContractError for a file of another form,
    and OSError.
    """
    collector = Collector(judge, traffic_judge(judge))
    for file in files:
        for recorded in read_har(file, base):
            collector.add(recorded)
    if not collector.exchanges:
        raise CannotJudgeError("\n".join(_not_of_api(judge, collector, base)))
    return collector


def _not_of_api(judge: Judge, collector: Collector, base: str) -> Iterator[str]:
    count = sum(collector.others.values())
    paths = [f"{prefix}{o.path}" for prefix in judge.spec.prefixes for o in _operations(judge)]
    where = f" below {base}" if base else ""
    yield f"none of the {count} exchanges{where} belongs to the API of {judge.spec.document.path}"
    common = collector.others.most_common(MAX_SERVERS)
    servers = [f"{server} ({number})" for server, number in common]
    yield f"  recorded: {', '.join(servers) or 'no exchange with a response'}"
    yield f"  paths of the API: {', '.join(paths[:3])}" + (" …" if len(paths) > 3 else "")
    yield "  if the API is below another path, name its URL: --base https://example.com/path"


def _operations(judge: Judge) -> Iterable[Operation]:
    return judge.spec.operations.values()


def _of_client(violation: Violation, exchange: Exchange) -> Violation:
    """Return the violation of a request so that the finding says who has sent what."""
    status = exchange.response.status
    accepted = 200 <= status < 300
    what = "the server accepted it" if accepted else f"the server refused it with {status}"
    fix = f"{what}: correct the client" + (", or the document" if accepted else "")
    name = next(reversed(parts(violation.pointer)), "")
    in_message = not name or name in violation.message
    message = violation.message if in_message else f"`{name}` {violation.message}"
    return replace(violation, message=f"the request of the client: {message}", fix=fix)


def _cause(breach: Breach, exchange: Exchange) -> str:
    """Return the cause of a breach that does not follow from the violation alone."""
    if breach.violation.rule in ("path", "method"):
        template = VARIABLE_SEGMENT.sub("/*", exchange.request.path)
        return f"{exchange.request.method} {template}"
    if breach.violation.rule == CREDENTIALS:
        return NO_CREDENTIALS
    if breach.side == REQUEST:
        return f"request: {breach.violation.pointer}: {breach.violation.message}"
    return ""
