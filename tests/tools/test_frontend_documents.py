"""What docs/frontends.md and docs/exports.md show in JavaScript runs as it stands there."""

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


def laid_out(name: str, folder: Path, ports: dict[str, int]) -> Path:
    """The files that a document shows, in a folder of their own; each port is another, free one."""
    for block in blocks(ROOT / "docs" / name):
        if block.saved_as is not None:
            text = re.sub("|".join(ports), lambda port: str(ports[port[0]]), block.text)
            (folder / block.saved_as).write_text(f"{text}\n", "utf-8")
    return folder


def ran(folder: Path, *command: str | Path, **more: str) -> str:
    """What a program of node_modules prints, having ended well."""
    name, *rest = map(str, command)
    beside = {"CI": "1", "PATH": os.pathsep.join([str(HERE), environment()["PATH"]])}
    ended = run(name, *rest, cwd=folder, more={**beside, **more}, timeout=600)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def frontends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of docs/frontends.md, and the module that they share."""
    folder = beside_packages(tmp_path_factory.mktemp("frontends"))
    shutil.copy(ROOT / "examples" / "browser" / "mock.mjs", folder)
    return laid_out("frontends.md", folder, {"3100": free_port(), "4173": free_port()})


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as one:
        yield one


def test_playwright(frontends: Path) -> None:
    """It starts mock and page by itself; both tests pass."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    port = re.search(r"baseURL: \S+:(\d+)", (frontends / "playwright.config.mjs").read_text())
    mock = re.search(r"--port (\d+)", (frontends / "playwright.config.mjs").read_text())
    assert port
    assert mock
    export("typescript", PAGE / "src", folder_name="contract")
    ran(PAGE, "vite", "build", "--outDir", frontends / "dist")
    serves = f"vite preview {PAGE} --outDir {frontends / 'dist'} --host 127.0.0.1 --port {port[1]}"
    told = ran(
        *(frontends, "playwright", "test", "--reporter", "list"),
        CHROMIUM=chromium,
        PAGE=serves,
        MOCK=f"http://127.0.0.1:{mock[1]}",
    )
    assert "2 passed" in told


def test_vitest_and_the_stories_in_it(frontends: Path) -> None:
    """Its set-up starts the mock; the test of the client and both stories pass."""
    assert re.search(r"Tests +3 passed", ran(frontends, "vitest", "run"))


def test_cypress(frontends: Path, mock: LiveMock) -> None:
    """The spec is of Cypress' types, and the tasks of its Node side do what the spec asks for."""
    (frontends / "tsconfig.json").write_text(
        '{"compilerOptions": {"allowJs": true, "checkJs": true, "strict": true, "noEmit": true,'
        ' "skipLibCheck": true, "target": "es2022", "module": "nodenext", "types": ["cypress"]},'
        ' "files": ["rebuild.cy.js"]}'
    )
    ran(frontends, "tsc")
    (frontends / "tasks.mjs").write_text(
        'import config from "./cypress.config.mjs"\n'
        "let tasks\n"
        "config.e2e.setupNodeEvents((_, given) => { tasks = given })\n"
        'const name = "cypress"\n'
        "const clock = await tasks.clock({ name, change: { freeze: true } })\n"
        'const next = await tasks.next({ name, scenario: "fails-circuit-json" })\n'
        "console.log(tasks.api({ name }), clock.frozen, next.scenario)\n"
    )
    told = ran(frontends, "node", "tasks.mjs", MOCK=mock.address)
    assert told == f"{mock.address}/_s/cypress/api true fails-circuit-json\n"


def test_hand_outs(tmp_path: Path, mock: LiveMock) -> None:
    """Both tests of the document pass in Vitest, and all compiles strictly."""
    folder = beside_packages(tmp_path)
    for form in ("typescript", "zod", "msw"):
        export(form, folder / "handouts")
    port = int(mock.address.rpartition(":")[2])
    laid_out("exports.md", folder, {"3100": port})
    assert re.search(r"Tests +3 passed", ran(folder, "vitest", "run"))
    (folder / "tsconfig.json").write_text(
        '{"compilerOptions": {"strict": true, "noEmit": true, "skipLibCheck": true,'
        ' "jsx": "react-jsx", "target": "es2022", "module": "esnext",'
        ' "moduleResolution": "bundler"}, "exclude": ["node_modules"]}'
    )
    ran(folder, "tsc")
