"""The verdict as JUnit: a case for each operation, rule and state, and one for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ..findings.verdict import Verdict
from .terminal import told

UNPRINTABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(verdict: Verdict) -> str:
    """The verdict as an XML text."""
    cases = list(_cases(verdict))
    counted = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    told_of_all = {key: str(number) for key, number in counted.items()}
    root = ET.Element("testsuites", told_of_all)
    of_suite = {
        "name": "contract",
        "timestamp": verdict.began.strftime("%Y-%m-%dT%H:%M:%S"),
        "time": f"{verdict.seconds:.3f}",
    }
    suite = ET.SubElement(root, "testsuite", {**of_suite, **told_of_all})
    suite.extend(cases)
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _cases(verdict: Verdict) -> Iterator[ET.Element]:
    if verdict.trouble:
        yield _case("run", verdict.target, "error", verdict.trouble)
    for kind, checked in (
        ("operation", verdict.operations),
        ("rule", verdict.rules),
        ("state", verdict.states),
    ):
        for name in checked.asked:
            if name in checked.verified:
                yield _case(kind, name)
            elif name in checked.unverified:
                yield _case(kind, name, "skipped", checked.unverified[name])
    for name, why in {**verdict.unverified, **verdict.unasked}.items():
        yield _case("other", name, "skipped", why)
    for finding in verdict.findings:
        name = f"{finding.violation.rule}: {finding.about}"
        body = "\n".join(told(finding, verdict.findings_folder))
        yield _case("finding", name, "failure", str(finding.violation), body)
    for finding, entry in verdict.accepted:
        name = f"{finding.violation.rule}: {finding.about}"
        yield _case("accepted", name, "skipped", entry.reason)
    for trouble in verdict.outdated:
        yield _case("accepted", trouble, "failure", trouble)


def _case(kind: str, name: str, outcome: str = "", why: str = "", body: str = "") -> ET.Element:
    case = ET.Element("testcase", classname=f"contract.{kind}", name=_clean(name), time="0")
    if outcome:
        ET.SubElement(case, outcome, message=_clean(why)).text = _clean(body) or None
    return case


def _clean(told_text: str) -> str:
    """The text without what XML cannot hold."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", told_text)
