"""The JavaScript in docs/frontends.md and docs/exports.md runs without a change."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.live import LiveMock, live, load_sources
from tests.docs.blocks import blocks
from tests.docs.reader import free_port
from tests.helpers.exporting import beside_packages, export
from tests.helpers.programs import ROOT, environment, run

PAGE = ROOT / "examples" / "builds-page"
HERE = Path(sys.executable).parent


def write_files(name: str, folder: Path, ports: dict[str, int]) -> Path:
    """Write the files that a document shows into a folder; replace the ports."""
    for block in blocks(ROOT / "docs" / name):
        if block.saved_as is not None:
            text = re.sub("|".join(ports), lambda port: str(ports[port[0]]), block.text)
            (folder / block.saved_as).write_text(f"{text}\n", "utf-8")
    return folder


def output_of(folder: Path, *command: str | Path, **variables: str) -> str:
    """Run a program of node_modules; return its output and assert that it succeeds."""
    name, *rest = map(str, command)
    defaults = {"CI": "1", "PATH": os.pathsep.join([str(HERE), environment()["PATH"]])}
    ended = run(name, *rest, cwd=folder, more={**defaults, **variables}, timeout=600)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def frontends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of docs/frontends.md and the client that they share."""
    folder = beside_packages(tmp_path_factory.mktemp("frontends"))
    export("client", folder, folder_name="mock")
    return write_files("frontends.md", folder, {"3100": free_port(), "4173": free_port()})


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as mock:
        yield mock


def test_playwright(frontends: Path) -> None:
    """The configuration starts the mock and the page, with the proxy of the document."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    port = re.search(r"baseURL: \S+:(\d+)", (frontends / "playwright.config.mjs").read_text())
    assert port
    export("typescript", PAGE / "src", folder_name="contract")
    output_of(PAGE, "vite", "build", "--outDir", frontends / "dist")
    page_command = f"vite preview --host 127.0.0.1 --port {port[1]}"
    output = output_of(
        *(frontends, "playwright", "test", "--reporter", "list"),
        CHROMIUM=chromium,
        PAGE=page_command,
    )
    assert "4 passed" in output


def test_vitest_and_the_stories_in_it(frontends: Path) -> None:
    """The global setup starts the mock; the test of the client and both stories pass."""
    assert re.search(r"Tests +3 passed", output_of(frontends, "vitest", "run"))


def test_cypress(frontends: Path, mock: LiveMock) -> None:
    """The spec has the types of Cypress, and the tasks that it calls work."""
    (frontends / "tsconfig.json").write_text(
        '{"compilerOptions": {"allowJs": true, "checkJs": true, "strict": true, "noEmit": true,'
        ' "skipLibCheck": true, "target": "es2022", "module": "nodenext", "types": ["cypress"]},'
        ' "files": ["rebuild.cy.js"]}'
    )
    output_of(frontends, "tsc")
    (frontends / "tasks.mjs").write_text(
        'import config from "./cypress.config.mjs"\n'
        "let tasks\n"
        "config.e2e.setupNodeEvents((_, config) => { tasks = config })\n"
        'const name = "cypress"\n'
        "const { frozen } = await tasks.freeze({ name })\n"
        'const next = await tasks.next({ name, scenario: "fails-circuit-json" })\n'
        "const { now } = await tasks.advance({ name, seconds: 60 })\n"
        "console.log(tasks.api({ name }), frozen, next, typeof now)\n"
    )
    output = output_of(frontends, "node", "tasks.mjs", MOCK=mock.address)
    assert output == f"{mock.address}/_s/cypress/api true null string\n"


def test_exports(tmp_path: Path, mock: LiveMock) -> None:
    """The tests of the document pass in Vitest, and everything compiles in strict mode."""
    folder = beside_packages(tmp_path)
    for format_ in ("typescript", "zod", "msw", "client"):
        export(format_, folder / "exports")
    port = int(mock.address.rpartition(":")[2])
    write_files("exports.md", folder, {"3100": port})
    assert re.search(r"Tests +4 passed", output_of(folder, "vitest", "run"))
    (folder / "tsconfig.json").write_text(
        '{"compilerOptions": {"strict": true, "noEmit": true, "skipLibCheck": true,'
        ' "jsx": "react-jsx", "target": "es2022", "module": "esnext",'
        ' "moduleResolution": "bundler"}, "exclude": ["node_modules"]}'
    )
    output_of(folder, "tsc")
