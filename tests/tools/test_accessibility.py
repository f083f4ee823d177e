"""The pages of the gallery follow WCAG 2.2 AA and the best practices of axe-core, in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_server.app.mock import mock_of
from mock_server.live import load_sources
from mock_server.server.in_process import running
from tests.helpers.page_checks import OVERFLOW
from tests.helpers.programs import ROOT
from tests.mock_server.helpers.copies import FIXTURES
from tests.mock_server.helpers.two_types import two_types

expect.set_options(timeout=30_000)  # the machine can be slow

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const options = { runOnly: { type: "tag", values }, iframes: false };
  const { violations } = await axe.run(document, options);
  const elements = (nodes) => nodes.map((node) => node.html).join("\\n  ");
  return violations.map(({ id, nodes }) => `${id}: ${elements(nodes)}`);
}"""
WITH_TIMELINES = (
    *("", "?view=compact", "?q=nothing-has-this", "page", "console", "map", "map/missing"),
    *("contract", "operations", "nonsense"),
)
CONSOLE = "#resource-view .headline"


@contextmanager
def gallery(folder: Path, document: str) -> Iterator[tuple[str, list[str]]]:
    """Serve a document; yield the address of the mock and the paths of its pages."""
    page_urls, paths = [], [*WITH_TIMELINES]
    if document == "shipped":
        sources = load_sources()
        page_urls = ["http://127.0.0.1:9/{version}?session={session}"]  # nothing responds
        paths += ["states/text-hostile", "states/logs-mixed", "operations/getPackageRelease"]
    elif document == "gaps":
        shutil.copytree(FIXTURES, folder / "fixtures")
        (folder / "fixtures" / "releases" / "pending-stale.yaml").unlink()
        sources = load_sources(None, folder / "fixtures")
    elif document == "two types":
        sources = load_sources(*two_types(folder, second_timeline=True))
        paths += ["states/ada", "operations/getJob"]
    else:
        sources = load_sources(ROOT / "examples" / document / "openapi.yaml")
        if not sources[0].spec.with_timelines:
            paths = ["", "operations", "contract", "console"]
    with running(mock_of(*sources, page_urls=page_urls)) as address:
        yield address, paths


@pytest.mark.parametrize("document", ["shipped", "gaps", "two types", "orders", "plain"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_no_page_has_a_violation(
    browser: Browser, tmp_path: Path, document: str, width: int, scheme: Any
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = []
    with gallery(tmp_path, document) as (address, paths):
        for path in paths:
            page.goto(f"{address}/_mock/{path}")
            settle(page, path, document)
            assert page.evaluate(OVERFLOW) <= 0, f"{path} exceeds a width of {width}"
            page.evaluate(AXE.read_text("utf-8"))
            found += [f"{path}: {each}" for each in page.evaluate(RUN)]
    page.close()
    assert found == [], "\n".join(found)


def settle(page: Page, path: str, document: str) -> None:
    """Wait until a page is complete, and open what is closed."""
    if path == "console" and document != "plain":
        expect(page.locator(CONSOLE)).to_be_visible()
        page.get_by_role("button", name="Inject fault", exact=True).click()
        expect(page.locator("#faults li")).to_have_count(1)
        page.get_by_role("button", name="Send request", exact=True).click()
        expect(page.locator("#journal .exchange")).not_to_have_count(0)
    if page.locator("[data-include]").count():
        expect(page.locator(".included")).not_to_have_count(0)
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
