"""The verdict as one HTML page that needs no network, in the light or dark style of the system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from ..exit_codes import HOLDS
from ..findings.findings import Finding
from ..findings.verdict import Checked, Verdict, duration
from .printable import printable
from .terminal import coverage_summary, explanation_label, replay_command

LABELS = {"properties": "property forms", "words": "enum values"}
STYLE = """
:root { color-scheme: light dark; --edge: #8886; --good: #1a7f37; --bad: #cf222e; --dim: #777 }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; --dim: #999 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
.holds { color: var(--good) } .broken { color: var(--bad) } .dim { color: var(--dim) }
article { border: 1px solid var(--edge); border-left: 4px solid var(--bad); border-radius: 4px;
  padding: .2rem 1rem; margin: 1rem 0 }
article.accepted, article.strict { border-left-color: var(--dim) }
h3 { font-size: 1rem; margin: .6rem 0 }
dl { display: grid; grid-template-columns: 5rem 1fr; gap: .2rem .8rem } dt { color: var(--dim) }
dd { margin: 0; overflow-wrap: anywhere }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; max-height: 14rem;
  overflow-y: auto }
.command { display: flex; gap: .5rem; align-items: flex-start; margin-bottom: .4rem }
.command pre { flex: 1; min-width: 0 }
button { font: inherit; font-size: 13px; padding: 0 .5rem; cursor: pointer; min-width: 4.5rem }
@media (max-width: 35rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .3rem } }
table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid var(--edge); padding: .2rem .5rem; vertical-align: top }
""".strip()
# The buttons exist only where the script runs: some CI systems forbid scripts in reports.
SCRIPT = """
const copied = async (pre) => {
  try { await navigator.clipboard.writeText(pre.textContent); return true } catch {}
  getSelection().selectAllChildren(pre);
  return document.execCommand("copy");
};
for (const pre of document.querySelectorAll(".command pre")) {
  const button = document.createElement("button");
  button.textContent = "Copy";
  button.onclick = async () => {
    button.textContent = (await copied(pre)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy" }, 2000);
  };
  pre.after(button);
}
""".strip()


def text(verdict: Verdict) -> str:
    """Return the verdict as HTML text."""
    title = f"The contract {verdict.result}"
    return "\n".join(
        printable(line)
        for part in [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>\n{STYLE}\n</style>",
            f'<h1 class="{"holds" if verdict.exit_code == HOLDS else "broken"}">{title}</h1>',
            f"<p>{escape(verdict.headline)}</p>",
            f'<p class="dim">{escape(verdict.target)}, {_duration(verdict)}</p>',
            *_findings(verdict),
            *_checked("Operations", verdict.operations),
            *_checked("Rules", verdict.rules),
            *_checked("States", verdict.states),
            *_table("Not verified", verdict.unverified.items()),
            *_table("Skipped", verdict.skipped.items()),
            *_coverage(verdict),
            f"<script>\n{SCRIPT}\n</script>",
            "</html>",
            "",
        ]
        for line in part.split("\n")
    )


def _duration(verdict: Verdict) -> str:
    return f"{verdict.started_at:%Y-%m-%d %H:%M:%S} UTC, {duration(verdict.seconds)}"


def _findings(verdict: Verdict) -> Iterator[str]:
    strict = [finding for finding in verdict.findings if finding not in verdict.failing]
    for title, findings in (
        ("Findings", verdict.failing),
        ("Strict findings, which only fail a run with --strict", strict),
    ):
        if findings:
            yield f"<h2>{title}</h2>"
        for finding in findings:
            kind = "strict" if findings is strict else "error"
            yield _finding(finding, "", kind, verdict.findings_folder)
    if verdict.accepted or verdict.outdated:
        yield "<h2>Baseline</h2>"
    for finding, entry in verdict.accepted:
        until = f", until {entry.expires}" if entry.expires else ""
        yield _finding(finding, f"{entry.reason}{until}", "accepted", verdict.findings_folder)
    for problem in verdict.outdated:
        yield f'<p class="broken">{escape(problem)}</p>'


def _finding(finding: Finding, accepted: str, kind: str, folder: str) -> str:
    """Return a finding as HTML.

    accepted: the reason of its baseline entry, if it has one. kind: a class of the style. folder:
    the one with the finding files.
    """
    violation = finding.violation
    parts = (
        ("accepted", escape(accepted)),
        ("expected", escape(violation.message)),
        (explanation_label(violation), escape(violation.fix)),
        ("found", _code(violation.found)),
        ("at", _code(", ".join(finding.response_pointers))),
        ("contract", _code(finding.location)),
        ("before", "".join(map(_command, finding.curl[:-1]))),
        ("request", _command(finding.curl[-1])),
        ("replay", _command(replay_command(finding, folder)) if folder else ""),
    )
    listed = "".join(f"<dt>{label}<dd>{content}" for label, content in parts if content)
    head = f"{escape(finding.rule)}: {escape(', '.join(finding.operation_names))}"
    times = f' <span class="dim">{finding.count} times</span>' if finding.count > 1 else ""
    head = f"<h3>{head}{times}</h3>"
    return f'<article class="{kind}" id="{finding.id}">{head}<dl>{listed}</dl></article>'


def _command(command: str) -> str:
    return f'<div class="command"><pre>{escape(command)}</pre></div>'


def _code(content: str) -> str:
    return f"<code>{escape(content)}</code>" if content else ""


def _checked(title: str, checked: Checked) -> Iterator[str]:
    if not checked.expected:
        return
    yield f"<h2>{title}: {checked} verified</h2>"
    yield "<table>"
    for name in checked.expected:
        if name in checked.verified:
            kind, result = "holds", "verified"
        elif name in checked.unverified:
            kind, result = "dim", checked.unverified[name]
        elif name in checked.in_other_shards:
            kind, result = "dim", "may be verified by another shard"
        else:
            kind, result = "broken", "broken"
        yield f'<tr><td>{escape(name)}<td class="{kind}">{escape(result)}'
    for reason, names in (
        ("optional and not offered", checked.not_offered),
        ("not called because of --read-only", checked.excluded),
    ):
        for name in names:
            yield f'<tr><td>{escape(name)}<td class="dim">{reason}'
    yield "</table>"


def _table(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = [f"<tr><td>{escape(name)}<td>{escape(reason)}" for name, reason in pairs]
    if rows:
        yield from (f"<h2>{title}</h2>", "<table>", *rows, "</table>")


def _coverage(verdict: Verdict) -> Iterator[str]:
    if not verdict.coverage:
        return
    yield f"<h2>Coverage</h2><p>{escape(coverage_summary(verdict))}</p>"
    for kind, members in verdict.coverage.items():
        is_change = kind == "transitions"
        names = _changes(members) if is_change else members["not_seen"]
        title = "status changes seen" if is_change else f"{LABELS.get(kind, kind)} not seen"
        if names:
            items = "".join(f"<li>{escape(name)}" for name in names)
            summary = f"<summary>{len(names)} {title}</summary>"
            yield f"<details>{summary}<ul>{items}</ul></details>"


def _changes(counts: Mapping[str, int]) -> list[str]:
    return [f"{change} ({count} times)" for change, count in counts.items()]
