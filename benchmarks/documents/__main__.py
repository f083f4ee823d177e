"""Serve public OpenAPI documents with this mock, Prism and Scalar's mock server, and compare.

    make bench-documents
    python -m benchmarks.documents --tools ours --verbose --only petstore
    python -m benchmarks.documents --limit 20 folder/with/documents

Each document is served by each tool, one after the other. Up to 12 of its operations get a valid
request. A run of all tools on all documents updates docs/benchmarks.md. Ctrl-C ends a run early;
then the tables are about the documents so far.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from .. import processes
from ..report import DOCUMENT, caption, update_document, versions
from .corpus import LARGE, SOURCES, Document, find_documents, has_operations, part_of, validity
from .measuring import OPERATIONS, Case, measure, prepare
from .requests import spread_evenly
from .servers import OURS, TOOLS
from .tables import Results, failures, musts, report_lines

LARGEST = "api.github.com.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark. Return 1 if a must is not met, 2 without documents."""
    options = _parser().parse_args(arguments)
    sources = options.sources or SOURCES
    documents = [
        document
        for document in find_documents(sources)
        if has_operations(document)
        if not options.only or any(word in document.name for word in options.only)
    ]
    if options.limit:
        documents = spread_evenly(documents, options.limit)
    if not documents:
        print(f"no OpenAPI document in {', '.join(map(str, sources))}", file=sys.stderr)
        return 2
    before, started_at = processes.work(), time.monotonic()
    with TemporaryDirectory() as folder:
        parts = [_part(each, Path(folder)) for each in documents if each.path.name == LARGEST]
        large_documents = [*parts, *(each for each in documents if each.size > LARGE)]
        usual = [each for each in documents if each.size <= LARGE]
        large = _run(large_documents, options)
        results = _run(usual, options)
    seconds = time.monotonic() - started_at
    foreign = processes.foreign_share(before, processes.work(), seconds)
    lines = [*report_lines(results, large, options.tools)]
    lines += ["", _caption(foreign, len(results), len(usual))]
    print("\n".join(lines))
    if options.verbose:
        print("", *failures([*results, *large], options.tools), sep="\n")
    whole = not (options.only or options.limit or options.sources) and len(options.tools) == 3
    if whole:
        update_document(options.document, "documents", lines)
    valid = [(case, readings) for case, readings in results if case.valid]
    return 1 if OURS in options.tools and any(m.met is False for m in musts(valid, large)) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents")
    parser.add_argument(
        "sources", nargs="*", type=Path, help="files and folders instead of the npm packages"
    )
    parser.add_argument(
        "--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="default: all"
    )
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="documents with this in the name")
    parser.add_argument("--limit", type=int, metavar="N", help="use N of the documents")
    parser.add_argument(
        "--operations", type=int, default=OPERATIONS, help="of a document (%(default)s)"
    )
    parser.add_argument("--verbose", action="store_true", help="list everything that failed")
    parser.add_argument(
        "--document", type=Path, default=DOCUMENT, help="the document to update (%(default)s)"
    )
    return parser


def _part(document: Document, folder: Path) -> Document:
    return part_of(document, LARGE, folder)


def _run(documents: Sequence[Document], options: argparse.Namespace) -> Results:
    """Measure the documents. The tools start in a different order for each.

    The order of the documents is random but always the same, so that the results of a run that
    Ctrl-C ends are about documents of all kinds.
    """
    results = []
    for index, document in enumerate(Random(0).sample(documents, len(documents))):
        turn = index % len(options.tools)
        tools = [*options.tools[turn:], *options.tools[:turn]]
        try:
            case = prepare(document, validity(document), options.operations)
            results.append((case, measure(case, tools)))
        except KeyboardInterrupt:
            break
        _show_progress(index + 1, len(documents), case)
    return results


def _show_progress(number: int, total: int, case: Case) -> None:
    if sys.stderr.isatty():
        text = f"{number}/{total} {case.document.name}"[:78]
        print(f"\r{text:78}", end="\n" if number == total else "", file=sys.stderr, flush=True)


def _caption(foreign: float, measured: int, total: int) -> str:
    noise = f"Other programs used {foreign:.0%} of the machine"
    if measured < total:
        noise += f". The run was ended early: {measured} of {total} documents, chosen at random"
    peers = [each for each in versions().split(", ") if each.startswith(("@", "node"))]
    return caption("make bench-documents", noise, ", ".join(peers))


if __name__ == "__main__":
    sys.exit(main())
