"""The releases server of the examples as a process, as it is or with one planted bug."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = Path("examples/releases_server")
PLANTED = ROOT / "examples/planted.yaml"


@dataclass(frozen=True)
class Patch:
    """One entry of examples/planted.yaml."""

    id: str
    what: str
    operation: str
    thing: str
    file: Path
    replace: str
    put: str

    def apply(self, root: Path) -> None:
        """Plants the bug in a copy. Raises ValueError unless the text is there exactly once."""
        file = root / self.file
        text = file.read_text("utf-8")
        if text.count(self.replace) != 1:
            raise ValueError(f"{self.id}: {text.count(self.replace)} times in {self.file}, not 1")
        file.write_text(text.replace(self.replace, self.put), "utf-8")


def patches() -> dict[str, Patch]:
    entries = yaml.safe_load(PLANTED.read_text("utf-8"))
    read = [
        Patch(file=Path(entry.pop("file")), put=entry.pop("with"), **entry) for entry in entries
    ]
    return {patch.id: patch for patch in read}


@contextmanager
def start(
    planted_id: str | None = None, *, database: Path | None = None, build_seconds: float = 0.5
) -> Iterator[str]:
    """Runs a copy of the server, with that bug if one is named, and yields its base URL.

    In the end the process is killed, as a power cut would. Without `database` it has a new one of
    its own. Raises RuntimeError with what the server printed when it does not come up.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / PACKAGE, root / PACKAGE, ignore=unwanted)
        if planted_id is not None:
            patches()[planted_id].apply(root)
        errors = root / "stderr.txt"
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "examples.releases_server", "--port", "0"),
                    *("--database", str(database or root / "releases.sqlite")),
                    *("--build-seconds", str(build_seconds)),
                ],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        with process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                if not line.startswith("Listening on "):
                    raise RuntimeError(errors.read_text())
                yield line.removeprefix("Listening on ").strip()
            finally:
                process.kill()
