"""Make pictures of all pages of the gallery, to look at: ``make pictures``.

Each page of the shipped API and of two examples, in two color schemes and three widths, becomes a
PNG in ``dist/pictures/DOCUMENT/PAGE-WIDTH-SCHEME.png``.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from mock_server.app.mock import mock_of
from mock_server.live import load_sources
from mock_server.server.in_process import running
from tests.helpers.own_site import gallery, site
from tests.helpers.programs import ROOT

OUTPUT = ROOT / "dist" / "pictures"
WIDTHS = (390, 768, 1280)  # CSS pixels
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900  # CSS pixels of the viewport
MAX_HEIGHT = 6000  # CSS pixels of a picture
TIMEOUT = 30_000  # milliseconds


@dataclass(frozen=True)
class Shot:
    """A page in a state. prepare: brings it into that state."""

    name: str
    path: str
    prepare: Callable[[Page], None] | None = None


def _playing(page: Page) -> None:
    """Stop a restart half way, with a fault and the response to a request."""
    expect(page.locator("#resource-view .headline")).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.locator("form[data-operation] button").first.click()
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing scenario")
    page.locator("#advance").fill("3")
    page.get_by_role("button", name="Advance", exact=True).click()
    page.get_by_role("button", name="Inject fault", exact=True).click()
    expect(page.locator("#faults li")).to_have_count(1)
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#journal .exchange").first).to_be_visible()


def _sent(page: Page) -> None:
    """Send the first request of a page."""
    page.locator("form.try button").first.click()
    expect(page.locator(".response-box .line").first).not_to_be_empty()


def _help(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()


READING = (Shot("contract", "contract"), Shot("contract-sent", "contract", _sent))
WITH_TIMELINES = (
    Shot("states", ""),
    Shot("states-compact", "?view=compact"),
    Shot("states-none", "?q=nothing-has-this"),
    Shot("page", "page"),
    Shot("console", "console"),
    Shot("console-playing", "console", _playing),
    Shot("console-help", "console", _help),
    Shot("map", "map"),
    Shot("missing", "map/missing"),
    Shot("operations", "operations"),
    Shot("error", "nonsense"),
    *READING,
)
DOCUMENTS = {
    "shipped": (
        *WITH_TIMELINES,
        Shot("state", "states/failed-transpilation"),
        Shot("state-hostile", "states/text-hostile"),
        Shot("operation", "operations/getPackageRelease", _sent),
    ),
    "orders": (*WITH_TIMELINES, Shot("operation", "operations/createOrder", _sent)),
    "plain": (Shot("home", ""), Shot("no-console", "console"), *READING),
}


@contextmanager
def _mock(document: str) -> Iterator[str]:
    """Serve a document; yield the address. The shipped one has a page of a user."""
    if document == "shipped":
        with site() as origin, gallery(origin, "api=MOCK/_s/{session}/api") as address:
            yield address
    else:
        path = ROOT / "examples" / document / "openapi.yaml"
        with running(mock_of(*load_sources(path))) as address:
            yield address


def take(browser: Browser, document: str, output: Path, only: str = "") -> Iterator[Path]:
    """Make the pictures of a document; yield their paths. only: part of the names to make."""
    folder = output / document
    folder.mkdir(parents=True, exist_ok=True)
    with _mock(document) as address:
        for shot in DOCUMENTS[document]:
            if only not in shot.name:
                continue
            for scheme in SCHEMES:
                for width in WIDTHS:
                    path = folder / f"{shot.name}-{width}-{scheme}.png"
                    session = path.stem
                    context = browser.new_context(
                        viewport={"width": width, "height": HEIGHT},
                        color_scheme=scheme,
                        reduced_motion="reduce",
                    )
                    page = context.new_page()
                    page.set_default_timeout(TIMEOUT)
                    page.goto(f"{address}/_s/{session}/_mock/{shot.path}")
                    if shot.prepare:
                        shot.prepare(page)
                    _take(page, path, width)
                    context.close()
                    yield path


def _take(page: Page, path: Path, width: int) -> None:
    """Make a picture of a whole page, up to MAX_HEIGHT."""
    for element in page.locator("[data-include]").all():
        expect(element.locator(".included")).not_to_have_count(0)
    height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT)
    page.set_viewport_size({"width": width, "height": max(height, HEIGHT)})
    page.screenshot(path=path)


def main() -> None:
    """Make all pictures, or some of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the names to make, such as console")
    parser.add_argument("--documents", nargs="*", default=list(DOCUMENTS), choices=DOCUMENTS)
    parser.add_argument("--out", type=Path, default=OUTPUT, help="folder for the pictures")
    options = parser.parse_args()
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        count = 0
        for document in options.documents:
            count += sum(1 for _ in take(browser, document, options.out, options.only))
        browser.close()
    print(f"{count} pictures in {options.out}")


if __name__ == "__main__":
    main()
