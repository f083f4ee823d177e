"""The verdict as JUnit XML: one test case per operation, rule, state and finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ..findings.findings import Finding
from ..findings.verdict import Verdict
from .terminal import finding_lines

# Characters that XML 1.0 (section 2.2) does not allow.
NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(verdict: Verdict) -> str:
    """Return the verdict as XML text."""
    cases = list(_cases(verdict))
    numbers = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    counts = {name: str(number) for name, number in numbers.items()}
    common = {"name": "contract", "time": f"{verdict.seconds:.3f}"}
    of_root = {name: counts[name] for name in counts if name != "skipped"}  # as Jenkins requires
    root = ET.Element("testsuites", {**common, **of_root})
    timestamp = verdict.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.SubElement(root, "testsuite", {**common, "timestamp": timestamp, **counts})
    suite.extend(cases)
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _cases(verdict: Verdict) -> Iterator[ET.Element]:
    if verdict.problem:
        yield _case("run", verdict.target, "error", verdict.problem)
    for kind, checked in (
        ("operation", verdict.operations),
        ("rule", verdict.rules),
        ("state", verdict.states),
    ):
        for name in checked.expected:
            if name in checked.verified:
                yield _case(kind, name)
            elif name in checked.unverified:
                yield _case(kind, name, "skipped", checked.unverified[name])
    for name, reason in {**verdict.unverified, **verdict.skipped}.items():
        yield _case("other", name, "skipped", reason)
    for finding in verdict.findings:
        body = "\n".join(finding_lines(finding, verdict.findings_folder))
        kind = "failure" if finding in verdict.failing else "skipped"
        yield _case("finding", _name(finding), kind, str(finding.violation), body)
    for finding, entry in verdict.accepted:
        yield _case("accepted", _name(finding), "skipped", entry.reason)
    for problem in verdict.outdated:
        yield _case("accepted", problem, "failure", problem)


def _name(finding: Finding) -> str:
    return f"{finding.rule}: {finding.about}"


def _case(kind: str, name: str, outcome: str = "", reason: str = "", body: str = "") -> ET.Element:
    case = ET.Element("testcase", classname=f"contract.{kind}", name=_as_xml(name), time="0")
    if outcome:
        ET.SubElement(case, outcome, message=_as_xml(reason)).text = _as_xml(body) or None
    return case


def _as_xml(content: str) -> str:
    """Return text with a replacement for each character that XML does not allow."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", content)
