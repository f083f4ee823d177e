"""The command line: ``mock-server serve`` and ``mock-server check``.

Exit codes: 0 holds, 1 findings, 2 usage or set-up. What is heavy is imported when it is needed, so
that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .contract.violations import ContractError, Violation
from .foundation import timestamps
from .foundation.clock import EARLIEST, LATEST
from .foundation.shipped_files import shipped

if TYPE_CHECKING:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code. The one place where expected errors end."""
    arguments = _parser().parse_args(argv)
    try:
        command: Callable[[argparse.Namespace], int] = arguments.command
        return command(arguments)
    except ContractError as error:
        _tell(error.violations)
        return 2
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mock-server", description="A mock of the package release API, from spec and fixtures."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sources = argparse.ArgumentParser(add_help=False)
    sources.add_argument("--spec", type=Path, default=None, help="openapi.yaml (default: shipped)")
    sources.add_argument("--fixtures", type=Path, default=None, help="folder (default: shipped)")

    serve = commands.add_parser(
        "serve",
        parents=[sources],
        help="serve the mock",
        description="Serves the mock until a signal ends it. Exit codes: 0, or 2 for files that "
        "are broken and an address that cannot be had.",
    )
    serve.set_defaults(command=_serve)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=_port, default=3100, help="0 takes a free one (%(default)s)")
    serve.add_argument(
        "--token", action="append", default=[], metavar="TOKEN=ACCOUNT", help="one more token"
    )
    serve.add_argument(
        "--any-token", action="store_true", help="take every token, for the first account"
    )
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="one more host name under which the mock may be steered (/_mock)",
    )
    serve.add_argument(
        "--admin-token", metavar="TOKEN", help="steering needs this token; beyond loopback it must"
    )
    serve.add_argument(
        "--now", type=_instant, metavar="INSTANT", help="at which sessions begin (RFC 3339)"
    )
    serve.add_argument(
        "--store",
        metavar="URL",
        default=os.environ.get("MOCK_STORE", "memory:"),
        help="where sessions are kept: memory:, sqlite:///FILE, redis://HOST:PORT/DATABASE "
        "(default: MOCK_STORE, else memory:)",
    )
    serve.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that answer; more than one need a shared --store (%(default)s)",
    )
    serve.add_argument(
        "--page-url",
        metavar="URL",
        help="the page that shows a release, for links in /_mock/; {Package.name} and the like "
        "stand for what the release has",
    )
    serve.add_argument(
        "--watch", action="store_true", help="take edits of spec and fixtures over at once"
    )
    serve.add_argument("--quiet", action="store_true", help="no line for each request")

    check = commands.add_parser(
        "check", parents=[sources], help="check spec and fixtures, or files"
    )
    check.set_defaults(command=_check)
    check.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders")

    schema = commands.add_parser(
        "schema", parents=[sources], help="print the JSON Schema of release files, for editors"
    )
    schema.set_defaults(command=_schema)

    export = commands.add_parser(
        "export",
        parents=[sources],
        help="write hand-outs for frontends: states, types, schemas, handlers",
        description="Writes a hand-out into a folder of its own, with a stamp that tells what it "
        "was made from. Exit codes: 0; 1 for a hand-out that --check finds wrong; 2 for files that "
        "are broken and a folder that cannot be written.",
    )
    export.set_defaults(command=_export)
    export.add_argument(
        "--format",
        required=True,
        choices=("json", "typescript", "zod", "msw"),
        help="a file a state; types and constants; Zod schemas; handlers of Mock Service Worker",
    )
    export.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write")
    export.add_argument(
        "--check", action="store_true", help="write nothing: tell whether what is there is fresh"
    )
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: metadata is slow to read."""

    def __call__(self, parser: argparse.ArgumentParser, *_given: object, **_more: object) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('package-release-mock')}")
        parser.exit()


def _count(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"is a whole number from 1 to 64, not {text!r}")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _instant(text: str) -> int:
    try:
        moment = timestamps.parse(text)
    except ValueError:
        moment = -1
    if not EARLIEST <= moment <= LATEST:
        bounds = f"from {timestamps.to_text(EARLIEST)} to {timestamps.to_text(LATEST)}"
        raise argparse.ArgumentTypeError(f"an instant is RFC 3339, {bounds}, not {text!r}")
    return moment


def _sources(arguments: argparse.Namespace) -> tuple[Path, Path]:
    spec: Path = arguments.spec or _near(shipped("openapi.yaml"))
    fixtures: Path = arguments.fixtures or _near(shipped("fixtures"))
    return spec, fixtures


def _near(path: Path) -> Path:
    """The path as seen from here, when it lies below: shorter places in messages."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _tell(violations: Sequence[Violation]) -> None:
    for violation in violations:
        print(violation, file=sys.stderr)
    if len(violations) > 1:
        print(f"{len(violations)} problems", file=sys.stderr)


def _check(arguments: argparse.Namespace) -> int:
    from .commands.check import check_all, check_files

    spec, fixtures = _sources(arguments)
    missing = [path for path in (*arguments.paths, spec) if not path.exists()]
    if missing:
        raise ContractError([Violation("path", "no such file", location=str(p)) for p in missing])
    try:
        if arguments.paths:
            result = check_files(arguments.paths, spec, fixtures)
        else:
            result = check_all(spec, fixtures)
    except ContractError as error:
        _tell(error.violations)
        return 1
    for line in (*result.holds, *(f"note: {note}" for note in result.notes)):
        print(line)
    _tell(result.problems)
    return 1 if result.problems else 0


def _schema(arguments: argparse.Namespace) -> int:
    from .contract.document.loading import load
    from .fixtures.file_schemas import editor_schema

    print(json.dumps(editor_schema(load(_sources(arguments)[0])), indent=2, ensure_ascii=False))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from .export import exports
    from .live import sources

    judge, fixtures = sources(*_sources(arguments))
    if arguments.check:
        found = exports.problems(judge, fixtures, arguments.format, arguments.out)
        _tell(found)
        if found:
            again = f"mock-server export --format {arguments.format} --out {arguments.out}"
            print(f"make it anew: {again}", file=sys.stderr)
        else:
            print(f"{arguments.out}: fresh")
        return 1 if found else 0
    written = exports.write(judge, fixtures, arguments.format, arguments.out)
    print(f"{arguments.out}: {', '.join(written.told())}")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from .commands.serve import serve

    return serve(arguments, *_sources(arguments))
