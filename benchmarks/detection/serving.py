"""Run a server of the catalogue: an edited copy with a free port and a temporary folder."""

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
    """A server does not start. The message contains its output."""


@contextmanager
def serving(subject: Subject, *options: str) -> Iterator[str]:
    """Run a subject, yield its base URL, and kill it at the end. Raise NotServingError."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        module = subject.module.replace(".", "/")
        shutil.copytree(ROOT / module, root / module, ignore=shutil.ignore_patterns("__pycache__"))
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
