"""Runs the servers of the catalogue: each a copy with its edits, on a port and files of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .catalogue import EXAMPLE, ROOT, Subject

PROMPT = "Listening on "
EXAMPLE_OPTIONS = ("--build-seconds", "1")


class NotServingError(Exception):
    """A server does not come up; says what it printed."""


@contextmanager
def serving(subject: Subject, *options: str) -> Iterator[str]:
    """Runs a subject and yields its base URL; in the end it is killed. Raises NotServingError."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(
            ROOT / subject.module.replace(".", "/"),
            root / subject.module.replace(".", "/"),
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for edit in subject.edits:
            edit.apply(root)
        command = [sys.executable, "-m", subject.module, "--port", "0"]
        if subject.module == EXAMPLE:
            command += ["--database", str(root / "releases.sqlite"), *EXAMPLE_OPTIONS]
        errors = root / "stderr.txt"
        with (
            errors.open("w") as stderr,
            subprocess.Popen(
                [*command, *subject.options, *options],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            ) as process,
        ):
            try:
                line = process.stdout.readline() if process.stdout else ""
                if not line.startswith(PROMPT):
                    raise NotServingError(f"{subject.id}: {errors.read_text()[-2000:]}")
                yield line.removeprefix(PROMPT).strip()
            finally:
                process.kill()
