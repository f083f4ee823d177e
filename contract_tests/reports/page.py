"""The verdict as one page that needs no network, light or dark as the reader's system is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from ..exit_codes import HOLDS
from ..findings.findings import Finding
from ..findings.verdict import Checked, Verdict
from .terminal import seen

STYLE = """
:root { color-scheme: light dark; --edge: #8886; --good: #1a7f37; --bad: #cf222e; --dim: #777 }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; --dim: #999 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
.holds { color: var(--good) } .broken { color: var(--bad) } .dim { color: var(--dim) }
article { border: 1px solid var(--edge); border-left: 4px solid var(--bad); border-radius: 4px;
  padding: .2rem 1rem; margin: 1rem 0 }
article.accepted { border-left-color: var(--dim) }
h3 { font-size: 1rem; margin: .6rem 0 }
dl { display: grid; grid-template-columns: 5rem 1fr; gap: .2rem .8rem } dt { color: var(--dim) }
dd { margin: 0; overflow-wrap: anywhere }
code, pre { font: 14px/1.4 ui-monospace, monospace } pre { overflow-x: auto; margin: 0 }
table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid var(--edge); padding: .2rem .5rem; vertical-align: top }
""".strip()


def text(verdict: Verdict) -> str:
    """The verdict as an HTML text."""
    word, kind = verdict.word, "holds" if verdict.exit_code == HOLDS else "broken"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>The contract {word}</title>",
            f"<style>\n{STYLE}\n</style>",
            f'<h1 class="{kind}">The contract {word}</h1>',
            f"<p>{escape(verdict.headline)}</p>",
            f'<p class="dim">{escape(verdict.target)}, {_when(verdict)}</p>',
            *_findings(verdict),
            *_checked("Operations", verdict.operations),
            *_checked("Rules", verdict.rules),
            *_checked("States", verdict.states),
            *_table("Not verified", verdict.unverified.items()),
            *_table("Not asked", verdict.unasked.items()),
            *_coverage(verdict),
            "</html>",
            "",
        ]
    )


def _when(verdict: Verdict) -> str:
    return f"{verdict.began:%Y-%m-%d %H:%M:%S} UTC, {verdict.seconds:.1f} s"


def _findings(verdict: Verdict) -> Iterator[str]:
    if verdict.findings:
        yield "<h2>Findings</h2>"
    for finding in verdict.findings:
        yield _finding(finding, "")
    if verdict.accepted or verdict.outdated:
        yield "<h2>Accepted</h2>"
    for finding, entry in verdict.accepted:
        until = f", until {entry.expires}" if entry.expires else ""
        yield _finding(finding, f"{entry.reason}{until}")
    for trouble in verdict.outdated:
        yield f'<p class="broken">{escape(trouble)}</p>'


def _finding(finding: Finding, accepted: str) -> str:
    violation = finding.violation
    told = (
        ("accepted", escape(accepted)),
        ("should", escape(violation.message)),
        ("since", escape(violation.fix)),
        ("found", _code(violation.found)),
        ("at", _code(", ".join(finding.pointers))),
        ("rule", _code(finding.place)),
        ("see it", f"<pre>{escape(chr(10).join(finding.curl))}</pre>"),
    )
    listed = "".join(f"<dt>{label}<dd>{shown}" for label, shown in told if shown)
    head = f"{escape(violation.rule)}: {escape(', '.join(finding.names))}"
    kind = ' class="accepted"' if accepted else ""
    times = f'<span class="dim">{finding.count} times</span>'
    return f'<article{kind} id="{finding.id}"><h3>{head} {times}</h3><dl>{listed}</dl></article>'


def _code(shown: str) -> str:
    return f"<code>{escape(shown)}</code>" if shown else ""


def _checked(title: str, checked: Checked) -> Iterator[str]:
    if not checked.asked:
        return
    yield f"<h2>{title}: {checked} verified</h2>"
    yield "<table>"
    for name in checked.asked:
        done = name in checked.verified
        left = "left to another shard" if name in checked.elsewhere else "broken"
        told = "verified" if done else checked.unverified.get(name, left)
        kind = "holds" if done else "broken" if told == "broken" else "dim"
        yield f'<tr><td>{escape(name)}<td class="{kind}">{escape(told)}'
    yield "</table>"


def _table(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = [f"<tr><td>{escape(name)}<td>{escape(told)}" for name, told in pairs]
    if rows:
        yield from (f"<h2>{title}</h2>", "<table>", *rows, "</table>")


def _coverage(verdict: Verdict) -> Iterator[str]:
    if not verdict.coverage:
        return
    yield f"<h2>Seen</h2><p>{escape(seen(verdict))}</p>"
    for kind, parted in verdict.coverage.items():
        told = _moves(parted) if kind == "transitions" else parted["not_seen"]
        what = "seen" if kind == "transitions" else "not seen"
        if told:
            listed = "".join(f"<li>{escape(each)}" for each in told)
            head = f"<summary>{len(told)} {kind} {what}</summary>"
            yield f"<details>{head}<ul>{listed}</ul></details>"


def _moves(moves: Mapping[str, int]) -> list[str]:
    return [f"{move} ({count} times)" for move, count in moves.items()]
