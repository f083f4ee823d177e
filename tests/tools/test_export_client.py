"""The exported client, compiled in strict mode, in Node, and in tests of Playwright."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mock_server.live import live, load_sources
from tests.helpers.exporting import beside_packages, compiled, export, script
from tests.helpers.observatory import SPEC as OBSERVATORY
from tests.helpers.programs import run
from tests.mock_server.helpers.foreign import library

USE = """\
import { connect, type Exchange, type Fixture, type Session } from "./client/client.mjs";
import { expect, test, type MockOptions } from "./client/playwright.mjs";

const session: Session = connect().session("mine");
const release = await session.show("rel_pending", "failed-transpilation");
export const status: "pending" | "building" | "successful" | "failed" = release.display_status;
await session.show("rel_of_a_new_release", "successful");
await session.next("fails-transpilation");
await session.faults.add({ kind: "status", status: 503, operation: "getPackageRelease" });
await session.faults.add({ kind: "drop", first: 2 });
export const sent: Exchange[] = await session.journal.exchanges({ operation: "getPackageRelease" });
export const shown: Fixture[] = ["pending"];
export const options: Partial<MockOptions> = { mockAddress: process.env["MOCK"] };

test("a page", async ({ page, mock, request }) => {
  await mock.clock.advance(3);
  await page.goto(mock.url);
  expect((await request.get(mock.url)).status()).toBe(404);
});
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = beside_packages(tmp_path_factory.mktemp("client"))
    export("client", folder)
    return folder


def test_the_client_compiles_in_strict_mode(folder: Path) -> None:
    assert compiled(folder, USE) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"failed-transpilation"', '"failed-transpilaton"'),
        ('"fails-transpilation"', '"files-changed"'),
        ("status: 503", "state: 503"),
        ('kind: "drop"', 'kind: "dropped"'),
        ('operation: "getPackageRelease" });\nawait', 'operation: "getRelease" });\nawait'),
        ('["pending"]', '["ready"]'),
    ],
)
def test_an_unknown_name_does_not_compile(folder: Path, old: str, new: str) -> None:
    assert old in USE
    assert "error TS" in compiled(folder, USE.replace(old, new))


def test_the_client_controls_a_mock_from_node(folder: Path) -> None:
    with live(*load_sources()) as mock:
        ended = run("node", script("client.mjs", folder), mock.address, cwd=folder)
    assert (ended.returncode, ended.stdout) == (0, "every call agrees\n")


def test_a_client_of_two_types_names_each_by_its_key(tmp_path: Path) -> None:
    folder = beside_packages(tmp_path)
    export("client", folder, spec=OBSERVATORY)
    use = (
        'import { connect } from "./client/client.mjs";\n'
        "const mock = connect({ address: process.argv[2] });\n"
        'const { mode } = await mock.show(1, "broken");\n'
        'const { status } = await mock.show("exp_1", "queued");\n'
        "console.log(mode, status);\n"
    )
    assert compiled(folder, use) == ""
    (folder / "use.mjs").write_text(use)
    with live(*load_sources(OBSERVATORY, OBSERVATORY.parent / "fixtures")) as mock:
        ended = run("node", "use.mjs", mock.address, cwd=folder)
    assert ended.stdout == "broken queued\n"


def test_a_client_of_a_document_without_resources_controls_all_but_states(tmp_path: Path) -> None:
    folder = beside_packages(tmp_path)
    spec = library(folder)
    export("client", folder, spec=spec)
    use = (
        'import { connect } from "./client/client.mjs";\n'
        "const mock = connect({ address: process.argv[2] });\n"
        'await mock.faults.add({ kind: "status", status: 503, operation: "listBooks" });\n'
        "const { status } = await fetch(`${mock.url}/books`);\n"
        'const [exchange] = await mock.journal.exchanges({ operation: "listBooks" });\n'
        "console.log(status, exchange?.faults, (await mock.clock.advance(5)).frozen);\n"
    )
    assert compiled(folder, use) == ""
    assert "'show' does not exist" in compiled(folder, use + 'await mock.show("1", "a");\n')
    (folder / "use.mjs").write_text(use)
    with live(*load_sources(spec)) as mock:
        ended = run("node", "use.mjs", mock.address, cwd=folder)
    assert ended.stdout == "503 [ 'status-1' ] false\n"


@pytest.mark.parametrize("kind", ["module", "commonjs"])
def test_each_test_of_playwright_has_a_session(folder: Path, tmp_path: Path, kind: str) -> None:
    """The page needs no setting, and a test that fails has the journal in its report."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    beside_packages(tmp_path)
    shutil.copytree(folder / "client", tmp_path / "client")
    (tmp_path / "package.json").write_text(json.dumps({"private": True, "type": kind}))
    script("sessions.spec.ts", tmp_path)
    script("sessions.config.ts", tmp_path)
    with live(*load_sources()) as mock:
        more = {"MOCK": mock.address, "CHROMIUM": chromium, "CI": "1"}
        arguments = ("test", "--config", "sessions.config.ts", "--reporter", "list")
        ended = run("playwright", *arguments, cwd=tmp_path, more=more, timeout=300)
        names = mock.request("GET", "sessions")["sessions"]
    results = r"1 failed\n[^\n]*fails on purpose[^\n]*\n +3 passed"
    assert re.search(results, ended.stdout), ended.stdout
    assert "mock.har" in ended.stdout
    assert names == ["default"] or not names
