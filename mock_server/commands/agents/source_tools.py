"""Tools for the files and for a real server, which the user has named at the start.

No tool takes a path or a URL, so that a model cannot choose another one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import anyio
from pydantic import Field

from ...contract.violations import ContractError
from ..check import result_of
from ..printing import lines
from .texts import shortened

MAX_PROBLEMS = 30
SECONDS_TO_END = 15  # for a run that has received SIGTERM, to print what it has verified
EXIT_CODES = {0: "the contract holds", 1: "violations", 2: "the run could not judge the server"}


@dataclass(frozen=True)
class SourceTools:
    """The tools. target: base URL of the real server, if there is one.

    own_spec: whether the user has named the document; otherwise it is the shipped one.
    """

    spec: Path
    fixtures: Path | None
    overlays: tuple[Path, ...]
    target: str | None
    own_spec: bool

    def check(self) -> str:
        """Check the OpenAPI document, the fixtures and the responses of the mock.

        Returns each problem with its location and how to fix it.
        """
        try:
            result = result_of((), self.spec, self.fixtures, self.overlays)
        except ContractError as error:
            return _problems(lines(error.violations))
        notes = [f"note: {each}" for each in lines(result.notes)][:MAX_PROBLEMS]
        if not result.violations:
            return shortened("\n".join(["valid", *result.valid, *notes]))
        return _problems([*lines(result.violations)])

    async def run_contract(
        self,
        max_examples: Annotated[
            int, Field(ge=1, le=100, description="generated requests per operation and phase")
        ] = 10,
        seconds: Annotated[int, Field(ge=1, le=900, description="end the run after")] = 300,
    ) -> str:
        """Check whether the real server follows the contract. It can change resources there.

        Returns the exit code (0 the contract holds, 1 violations, 2 not judged), the verdict and
        the findings.
        """
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
            options = [f"--target={self.target}", f"--max-examples={max_examples}"]
            options += [f"--findings={folder}"]
            options += [f"--spec={self.spec.resolve()}"] if self.own_spec else []
            options += [f"--overlay={each.resolve()}" for each in self.overlays]
            command = [sys.executable, "-m", "contract_tests", *options]
            async with await anyio.open_process(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            ) as process:
                with anyio.move_on_after(seconds):
                    await process.wait()
                ended = process.returncode is not None
                if not ended:
                    process.terminate()
                    with anyio.move_on_after(SECONDS_TO_END):
                        await process.wait()
                if process.returncode is None:
                    process.kill()
                code = await process.wait()
            output.seek(0)
            text = output.read().decode("utf-8", "replace").strip()
        about = EXIT_CODES.get(code, "the run was stopped")
        early = "" if ended else f"; stopped after {seconds} s, so the verdict is incomplete"
        return f"exit code {code}: {about}{early}\n{shortened(text)}"


def _problems(problems: list[str]) -> str:
    more = len(problems) - MAX_PROBLEMS
    rest = [f"… {more} more"] if more > 0 else []
    return shortened("\n".join([f"problems: {len(problems)}", *problems[:MAX_PROBLEMS], *rest]))
