// The page only knows the address of the API; a header that the fixture sets selects the session.
import { expect, test } from "./client/playwright.mjs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";

let site: Server;

test.beforeAll(async () => {
  site = createServer((_, response) => void response.end("<p>page</p>"));
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
});

test.afterAll(() => void site.close());

const ask = async (page: Page, origin: string) => {
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  return page.evaluate(async (api) => {
    const response = await fetch(`${api}/package_releases/get`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ package_release_id: "rel_pending" }),
    });
    return (await response.json()).package_release.display_status;
  }, `${origin}/api`);
};

test("shows a state", async ({ page, mock }) => {
  await mock.show("rel_pending", "failed-transpilation");
  expect(await ask(page, mock.address)).toBe("failed");
});

test("has the state of no other test", async ({ page, mock }) => {
  expect(await ask(page, mock.address)).toBe("pending");
});

test("sends calls of the test in the same session", async ({ request, mock }) => {
  await request.get(`${mock.address}/api/packages/get?package_id=pkg_3`);
  expect(await mock.journal.exchanges()).toHaveLength(1);
});

test("fails on purpose", async ({ page, mock }) => {
  expect(await ask(page, mock.address)).toBe("failed");
});
