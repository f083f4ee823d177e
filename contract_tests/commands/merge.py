"""``contract-tests merge``: combines the verdicts of all shards of a run."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from mock_server.foundation.command_line import Parser

from ..config.options import OPTIONS
from ..exit_codes import UNJUDGED
from .arguments import add_option, settings_of

USAGE = "contract-tests merge FILE … [OPTION …]"
MERGE_OPTIONS = ("config", "findings", "write_baseline")  # besides those of reports


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = Parser(
        prog="contract-tests merge",
        description="Combine the verdicts of all shards of a run.",
        epilog="Exit codes: those of a run; 2 also if a shard is missing, or belongs to another"
        " run.",
        allow_abbrev=False,
    )
    help_ = "verdict of a shard, written with --report-json"
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help=help_)
    for option in OPTIONS:
        if option.name in MERGE_OPTIONS or option.name.startswith("report_"):
            add_option(parser, option.name)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Merge verdicts. Return the exit code of the merged one."""
    from ..conclusion import ending
    from ..conclusion.merging import merged
    from ..findings.baseline import today
    from ..reports import from_json

    current = settings_of(arguments)
    if current is None:
        return UNJUDGED
    verdict = merged([(str(file), from_json.read(file)) for file in arguments.files], today())
    settings = ending.merge_settings(verdict, current)
    verdict = replace(verdict, findings_folder=str(settings.findings))
    verdict, remarks = ending.conclude(verdict, settings, os.environ)
    for line in (*ending.lines(verdict, settings, os.environ), *remarks):
        print(line)
    return verdict.exit_code
