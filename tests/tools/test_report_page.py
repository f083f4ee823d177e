"""The HTML report in Chromium: it needs no network, its commands wrap and can be copied."""

import shutil
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from contract_tests.reports import page
from tests.contract_tests.sample_verdict import FINDING, VERDICT

COMMAND = f"curl -sS 'http://127.0.0.1:3100/api' --data-binary '{'x' * 9000}'"
TOO_WIDE = "[...document.querySelectorAll('pre')].filter(e => e.scrollWidth > e.clientWidth).length"
SELECTED = "getSelection().toString()"


def test_the_commands_of_the_page_wrap_and_can_be_copied_offline(tmp_path: Path) -> None:
    file, chromium = tmp_path / "report.html", shutil.which("chromium")
    finding = replace(FINDING, curl=("curl -sS 'http://127.0.0.1:3100/first'", COMMAND))
    file.write_text(page.text(replace(VERDICT, findings=(finding,))), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 420, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        shown = context.new_page()
        errors: list[str] = []
        shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.goto(file.as_uri())
        assert shown.evaluate(TOO_WIDE) == 0
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
        button = shown.get_by_role("button", name="Copy").nth(1)
        button.click()
        expect(shown.get_by_role("button", name="Copied")).to_be_visible()
        assert shown.evaluate("navigator.clipboard.readText()") == COMMAND
        shown.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
        shown.get_by_role("button").first.click()
        assert shown.evaluate(SELECTED) == "curl -sS 'http://127.0.0.1:3100/first'"
        assert errors == []
        browser.close()
