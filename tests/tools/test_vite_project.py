"""All exports in a project as create-vite makes it: its compiler, its build, and its page."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from mock_server.live import load_sources
from tests.docs.blocks import blocks
from tests.docs.reader import free_port
from tests.helpers.exporting import export, replace
from tests.helpers.programs import ROOT, environment
from tests.mock_server.helpers.foreign import library

PACKAGES = ROOT / "tests" / "tools" / "vite_project"
FORMATS = ("json", "typescript", "zod", "msw", "client")


def run(name: str, *arguments: str | Path, cwd: Path) -> str:
    """Run a program of the packages; return its output and assert that it succeeds."""
    ended = start(name, *arguments, cwd=cwd)
    output, _ = ended.communicate(timeout=300)
    assert ended.returncode == 0, output
    return output


def start(name: str, *arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """Start a program of the packages, with the Node of the project."""
    program = PACKAGES / "node_modules" / ".bin" / name
    assert program.exists(), f"{name} is not installed: run these tests with `make test-tools`"
    return subprocess.Popen(
        [program, *arguments],
        cwd=cwd,
        env={**environment(), "CI": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def create(folder: Path) -> Path:
    """Create a project in the folder; return its folder."""
    run("create-vite", "app", "--template", "react-ts", "--no-interactive", cwd=folder)
    project = folder / "app"
    (project / "node_modules").symlink_to(PACKAGES / "node_modules")
    exact = '"skipLibCheck": true,\n    "exactOptionalPropertyTypes": true,'
    replace(project / "tsconfig.app.json", '"skipLibCheck": true,', exact)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the exports, and a page that uses all of them."""
    project = create(tmp_path_factory.mktemp("vite"))
    for format_ in FORMATS:
        export(format_, project / "src" / "exports", format_)
    shutil.copytree(PACKAGES / "src", project / "src", dirs_exist_ok=True)
    for block in blocks(ROOT / "docs" / "exports.md"):
        if block.saved_as == "worker.ts":
            (project / "src" / block.saved_as).write_text(block.text + "\n", "utf-8")
    return project


def test_the_exports_pass_its_compiler_and_its_linter(project: Path) -> None:
    assert run("tsc", "-b", "--force", cwd=project) == ""
    assert "Found 0 warnings and 0 errors" in run("oxlint", cwd=project)


def test_a_wrong_name_in_its_page_is_an_error_of_the_compiler(project: Path) -> None:
    page = project / "src" / "App.tsx"
    text = page.read_text("utf-8")
    replace(page, ".display_status].color", ".status].color")
    try:
        ended = start("tsc", "-b", "--force", cwd=project)
        output, _ = ended.communicate(timeout=300)
    finally:
        page.write_text(text, "utf-8")
    assert ended.returncode != 0
    assert "Property 'status' does not exist" in output


def test_its_built_page_runs_on_the_handlers_in_a_service_worker(project: Path) -> None:
    run("msw", "init", "public", "--save", cwd=project)
    run("vite", "build", cwd=project)
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    with preview(project) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.goto(address)
        status = page.get_by_role("status")
        expect(status).to_have_text("failed", timeout=60_000)
        page.get_by_role("button", name="Rebuild").click()
        expect(status).to_have_text("pending", timeout=30_000)
        expect(page.locator("#imported")).to_have_text("pending")
        expect(page.get_by_role("listitem")).to_have_count(len(load_sources()[1].fixtures))
        browser.close()


@contextmanager
def preview(project: Path) -> Iterator[str]:
    """Serve the built page; yield its address."""
    port = str(free_port())
    server = start("vite", "preview", "--host", "127.0.0.1", "--port", port, cwd=project)
    try:
        assert server.stdout is not None
        assert any("Local" in line for line in server.stdout), "vite preview has not started"
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_the_exports_of_any_document_pass_its_compiler(tmp_path: Path) -> None:
    project = create(tmp_path)
    for format_ in FORMATS:
        export(format_, project / "src" / "exports", format_, spec=library(tmp_path))
    (project / "src" / "use.ts").write_text(
        "import { mock } from './exports/msw/handlers'\n"
        "import { connect, type Operation } from './exports/client/client.mjs'\n"
        "import { Book } from './exports/zod/schemas'\n"
        "import type { components } from './exports/typescript/openapi'\n"
        "import book from './exports/json/responses/getBook.200.json'\n"
        "mock({ base: '/v1/' }).respondWith('getBook', { status: 404 })\n"
        "const operation: Operation = 'listBooks'\n"
        "await connect().faults.add({ kind: 'status', status: 503, operation })\n"
        "export const parsed: unknown = Book.parse(book)\n"
        "export const found: components['schemas']['Book'] = book\n"
    )
    assert run("tsc", "-b", cwd=project) == ""
