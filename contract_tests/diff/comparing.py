"""From two files, or revisions of them, to their differences."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mock_server.contract.document.loading import load
from mock_server.contract.judge import Judge, judge_of

from ..config.options import BaselineEntry
from ..exit_codes import CannotJudgeError
from .documents import document_changes
from .effects import effects_of
from .migration.migrate import migrate, migration_of
from .report import Difference

GIT_SECONDS = 30.0


def compared(
    old: str, new: str, fixtures: Path | None, entries: Iterable[BaselineEntry]
) -> Difference:
    """Compare two documents.

    old, new: files, or ``REVISION:FILE`` of the git repository around the current folder. fixtures:
    by default the folder beside the new document. entries: those of the baseline.

    Raises ContractError for an invalid document, CannotJudgeError, and OSError.
    """
    with ExitStack() as stack:
        before, after = (stack.enter_context(_judge(each)) for each in (old, new))
        changes = document_changes(before.spec, after.spec)
        folder = fixtures_folder(after, fixtures)
        effects = effects_of(changes, before, after, folder, entries)
        return Difference(before, after, (old, new), changes, effects)


def fixtures_folder(judge: Judge, folder: Path | None) -> Path | None:
    """Return the folder of fixtures: the given one, or the one beside the document."""
    if folder is not None or not judge.spec.types:
        return folder
    beside = judge.spec.document.path.parent / "fixtures"
    return beside if beside.is_dir() else None


def migrated(difference: Difference, fixtures: Path | None) -> Iterator[str]:
    """Rewrite the fixtures for the new document, and yield lines about what was done."""
    folder = fixtures_folder(difference.new, fixtures)
    if folder is None:
        raise CannotJudgeError("--migrate: name the folder of fixtures with --fixtures")
    yield from migrate(folder, migration_of(difference.old, difference.new, difference.changes))


@contextmanager
def _judge(name: str) -> Iterator[Judge]:
    """Yield the judge of a document, which may be one of an earlier revision."""
    revision, colon, file = name.partition(":")
    if Path(name).exists() or not colon:
        yield judge_of(load(Path(name)))
        return
    with tempfile.TemporaryDirectory(prefix="revision-") as folder:
        # The whole folder, as the document can refer to files beside it
        archive = Path(folder) / "archive.tar"
        parent = str(Path(file).parent)
        _git("archive", f"--output={archive}", revision, "--", parent)
        with tarfile.open(archive) as files:
            files.extractall(Path(folder) / revision.replace("/", "_"), filter="data")
        yield judge_of(load(Path(folder) / revision.replace("/", "_") / file))


def _git(*arguments: str) -> None:
    """Run git. Raises CannotJudgeError if it fails."""
    command = ["git", *arguments]
    try:
        ran = subprocess.run(  # noqa: S603 -- the user has named the revision and the file
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotJudgeError(f"git cannot be run: {error}") from None
    if ran.returncode:
        raise CannotJudgeError(f"git {arguments[0]}: {ran.stderr.strip()[:300]}")
