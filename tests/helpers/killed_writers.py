"""Kill a process with SIGKILL at each step of what it does to files.

``python -m tests.helpers.killed_writers STEP FOLDER WRITER`` calls a writer, and kills itself at a
step: before an operation on a file, and between two halves of a write.
"""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mock_server.foundation import whole_files

ROOT = Path(__file__).parents[2]
EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.chmod", "os.rmdir")
OLD, NEW = b"old" * 5_000, b"new" * 9_000
MOST_STEPS = 100


def one(folder: Path) -> None:
    """Replace a file."""
    whole_files.write(folder / "first", NEW)


def several(folder: Path) -> None:
    """Replace a file, and create two in new folders."""
    whole_files.write_all({folder / name: NEW for name in ("first", "new/second", "new/b/third")})


WRITERS: dict[str, Callable[[Path], None]] = {"one": one, "several": several}


def killed(folder: Callable[[int], Path], writer: str) -> Iterator[Path]:
    """Run a writer in new folders, killed one step later each time; yield each folder.

    folder: creates the folder of a run. The last one is that of a run which came to its end.
    """
    for step in range(MOST_STEPS):
        place = folder(step)
        command = [sys.executable, "-m", "tests.helpers.killed_writers", str(step)]
        ended = subprocess.run([*command, str(place), writer], cwd=ROOT, timeout=60, check=False)
        yield place
        if ended.returncode == 0:
            return
        assert ended.returncode == -signal.SIGKILL
    raise AssertionError(f"more than {MOST_STEPS} steps")


def main(step: int, folder: Path, writer: str) -> None:
    """Call a writer; end this process at a step, or normally if it has fewer steps."""
    left = step

    def count() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and any(str(folder) in str(each) for each in arguments):
            count()

    class HalfWriting(io.FileIO):
        """A file that is written in two halves."""

        def write(self, content: Any) -> int:
            half = len(content) // 2
            super().write(content[:half])
            count()
            return half + (super().write(content[half:]) or 0)

    def opened(path: Path, mode: str) -> io.FileIO:
        return HalfWriting(str(path), mode.replace("b", ""))

    sys.addaudithook(hook)
    Path.open = opened  # type: ignore[assignment, method-assign]
    WRITERS[writer](folder)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
