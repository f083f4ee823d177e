"""A real server behind the proxy, in Chromium: its last state, and fixtures from a recording."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_server.cli import main
from mock_server.live import live, load_sources
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW, WITHOUT_NAME
from tests.helpers.proxied import proxy_of
from tests.helpers.requests import call
from tests.helpers.upstream import reply, upstream
from tests.mock_server.helpers.copies import SPEC

expect.set_options(timeout=30_000)  # the machine can be slow

GET, REBUILD = "/api/package_releases/get", "/api/package_releases/rebuild"
WANTED = {"package_release_id": "rel_successful"}
# A page that gets a release through the proxy, and can rebuild it.
HTML = """<!doctype html><title>Release</title><p role="status"></p><button>Rebuild</button>
<script type="module">
const headers = { "content-type": "application/json", authorization: "Bearer testuser-token" };
const body = JSON.stringify({ package_release_id: "rel_successful" });
async function call(operation) {
  const request = { method: "POST", headers, body };
  const response = await fetch(`/api/package_releases/${operation}`, request);
  const { package_release } = await response.json();
  document.querySelector("[role=status]").textContent = package_release.display_status;
}
document.querySelector("button").onclick = () => call("rebuild");
call("get");
</script>"""


def own_page(page: Page, origin: str) -> None:
    """Open the page, which has the origin of the proxy."""
    page.route("**/page", lambda route: route.fulfill(content_type="text/html", body=HTML))
    page.goto(f"{origin}/page")


def test_the_last_response_of_the_real_server_is_drawn_as_a_state(browser: Browser) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with live(*load_sources()) as server, proxy_of(server.url.removesuffix("/api")) as proxy:
        page.goto(f"{proxy}/_mock/")
        card = page.locator("#real-server")
        expect(card).to_contain_text("Send a request through the proxy")
        call(proxy, "POST", GET, WANTED)
        expect(card.locator(".headline")).to_contain_text("successful")
        expect(card).to_contain_text("keeps the contract")
        call(proxy, "POST", REBUILD, WANTED, {"authorization": "Bearer testuser-token"})
        expect(card.locator(".headline")).to_contain_text("pending")
        with page.expect_download() as download:
            card.get_by_role("link", name="Save as a fixture").click()
        assert "display_status: pending" in download.value.path().read_text("utf-8")
        assert page.evaluate(OVERFLOW) == 0
        for check in (WITHOUT_NAME, LOW_CONTRAST):
            assert page.evaluate(check) == []
        page.goto(f"{proxy}/_mock/console")
        expect(page.locator("#real-server .headline")).to_contain_text("pending")
    assert errors == []


def test_a_state_that_breaks_the_contract_is_drawn_with_its_violations(browser: Browser) -> None:
    with live(*load_sources()) as mock:
        release = call(mock.url, "POST", GET.removeprefix("/api"), WANTED).json["package_release"]
    other = {"display_status": "complete", "transpilation_logs": "all of it"}
    body = json.dumps({"ok": True, "package_release": {**release, **other}}).encode()
    shown = reply(200, body, (("Content-Type", "application/json"),))
    page = browser.new_page()
    with upstream(shown) as server, proxy_of(server.address) as proxy:
        call(proxy, "POST", GET, WANTED)
        page.goto(f"{proxy}/_mock/")
        card = page.locator("#real-server")
        expect(card).to_contain_text("complete")
        expect(card.locator(".violations")).to_contain_text("display_status")
        expect(card).to_contain_text("cannot be a fixture")


def test_a_recording_of_a_browser_becomes_states_in_the_gallery(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, fixtures = tmp_path / "session.har", tmp_path / "fixtures"
    shutil.copytree(SPEC.parent / "fixtures", fixtures)
    with live(*load_sources()) as server, proxy_of(server.url.removesuffix("/api")) as proxy:
        context = browser.new_context(record_har_path=recording)
        page = context.new_page()
        server.next("fails-transpilation")
        own_page(page, proxy)
        status = page.get_by_role("status")
        expect(status).to_have_text("successful")
        page.get_by_role("button").click()
        expect(status).to_have_text("pending")
        server.clock.advance(60)
        page.reload()
        expect(status).to_have_text("failed")
        context.close()
    assert main(["record", str(recording), "--fixtures", str(fixtures)]) == 0, capsys.readouterr()
    assert "testuser-token" not in "".join(
        path.read_text("utf-8") for path in fixtures.rglob("recorded-*.yaml")
    )
    assert main(["check", "--fixtures", str(fixtures)]) == 0, capsys.readouterr()
    names = sorted(path.stem for path in fixtures.glob("*/recorded-*.yaml"))
    assert {"recorded-pending", "recorded-failed-transpilation"} <= {*names}
    with live(*load_sources(None, fixtures)) as mock:
        page = browser.new_page()
        page.goto(f"{mock.url.removesuffix('/api')}/_mock/")
        expect(page.locator("#recorded-pending .headline")).to_contain_text("pending")
        expect(page.locator("#recorded-failed-transpilation .headline")).to_contain_text("failed")
