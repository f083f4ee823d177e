// Test a page in a browser against the mock. Each test has its own session, and none waits for a build:
// the mock's clock moves the state of the server, and the page's clock moves its polling. Write the
// folder `contract` first: mock-server export --format client --out examples/browser/contract

import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { expect, test } from "./contract/playwright.mjs"

const RELEASE = "rel_failed_transpilation"

let site // serves the page from a different origin than the mock, as a dev server does

test.beforeAll(async () => {
  const html = await readFile(new URL("status.html", import.meta.url))
  site = createServer((_, response) => response.setHeader("content-type", "text/html").end(html))
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve))
})

test.afterAll(() => site.close())

test.beforeEach(({ page }) => page.clock.install())

const open = async (page, mock) => {
  const query = new URLSearchParams({ api: mock.url, release: RELEASE })
  await page.goto(`http://127.0.0.1:${site.address().port}/?${query}`)
  return page.getByRole("status")
}

const nextPoll = (page) => page.clock.runFor(1000)

test("a rebuild shows each status", async ({ page, mock }) => {
  await mock.clock.freeze()
  const status = await open(page, mock)
  await expect(status).toHaveText("failed")

  await page.getByRole("button", { name: "Rebuild" }).click()
  await expect(status).toHaveText("pending")

  await mock.clock.advance(3)
  await nextPoll(page)
  await expect(status).toHaveText("building")

  await mock.clock.advance(10)
  await nextPoll(page)
  await expect(status).toHaveText("successful")
})

test("a rebuild can fail again", async ({ page, mock }) => {
  await mock.clock.freeze()
  await mock.next("fails-circuit-json")
  const status = await open(page, mock)

  await page.getByRole("button", { name: "Rebuild" }).click()
  await expect(status).toHaveText("pending")
  await mock.clock.advance(60)
  await nextPoll(page)
  await expect(status).toHaveText("failed")
})

test("one call shows any fixture", async ({ page, mock }) => {
  await mock.show(RELEASE, "building-circuit-json")
  await expect(await open(page, mock)).toHaveText("building")
})

test("markup in a log is shown as text", async ({ page, mock }) => {
  await mock.show(RELEASE, "text-hostile")
  await open(page, mock)
  await expect(page.getByText("<script>").first()).toBeVisible()
})

test("the page recovers from a server error", async ({ page, mock }) => {
  await mock.faults.add({ kind: "status", status: 503, operation: "getPackageRelease", first: 1 })
  const status = await open(page, mock)
  await expect(status).toHaveText("get: 503")
  await nextPoll(page)
  await expect(status).toHaveText("failed")
})

test("the journal contains the requests of the page", async ({ page, mock }) => {
  await expect(await open(page, mock)).toHaveText("failed")
  const exchanges = await mock.journal.exchanges({ operation: "getPackageRelease" })
  expect(exchanges.length).toBe(1)
  expect(JSON.parse(exchanges[0].body)).toEqual({ package_release_id: RELEASE })
})
