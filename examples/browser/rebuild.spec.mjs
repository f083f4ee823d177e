// A browser test on the mock: every status on screen, in its own session, without one sleep.
// Two clocks: the mock's moves what the server answers, the page's own moves its polling.

import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { expect, test } from "@playwright/test"
import { session } from "./mock.mjs"

const RELEASE = "rel_failed_transpilation"

let site // serves the page from an origin of its own, as a dev server would

test.beforeAll(async () => {
  const html = await readFile(new URL("status.html", import.meta.url))
  site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html))
  await new Promise((listening) => site.listen(0, "127.0.0.1", listening))
})

test.afterAll(() => site.close())

test.beforeEach(({ page }) => page.clock.install())

const open = async (page, mock) => {
  const asked = new URLSearchParams({ api: mock.api, release: RELEASE })
  await page.goto(`http://127.0.0.1:${site.address().port}/?${asked}`)
  return page.getByRole("status")
}

const polls = (page) => page.clock.runFor(1000)

test("a rebuild walks through its statuses", async ({ page }) => {
  const mock = session("walks")
  await mock.clock({ freeze: true })
  const status = await open(page, mock)
  await expect(status).toHaveText("failed")

  await page.getByRole("button", { name: "Rebuild" }).click()
  await expect(status).toHaveText("pending")

  await mock.clock({ advance: 3 })
  await polls(page)
  await expect(status).toHaveText("building")

  await mock.clock({ advance: 10 })
  await polls(page)
  await expect(status).toHaveText("successful")
})

test("a rebuild that fails again", async ({ page }) => {
  const mock = session("fails")
  await mock.clock({ freeze: true })
  await mock.next("fails-circuit-json")
  const status = await open(page, mock)

  await page.getByRole("button", { name: "Rebuild" }).click()
  await expect(status).toHaveText("pending")
  await mock.clock({ advance: 60 })
  await polls(page)
  await expect(status).toHaveText("failed")
})

test("any status in one call", async ({ page }) => {
  const mock = session("shows")
  await mock.show(RELEASE, "building-circuit-json")
  await expect(await open(page, mock)).toHaveText("building")
})

test("text that is markup stays text", async ({ page }) => {
  const mock = session("hostile")
  await mock.show(RELEASE, "text-hostile")
  await open(page, mock)
  await expect(page.getByText("<script>").first()).toBeVisible()
})

test("a server that is down once, and up again", async ({ page }) => {
  const mock = session("faulty")
  await mock.fault({ kind: "status", status: 503, operation: "getPackageRelease", first: 1 })
  const status = await open(page, mock)
  await expect(status).toHaveText("get answers 503")
  await polls(page)
  await expect(status).toHaveText("failed")
})

test("the journal tells what the page asked for", async ({ page }) => {
  const mock = session("journal")
  await expect(await open(page, mock)).toHaveText("failed")
  const { exchanges } = await mock.journal("getPackageRelease")
  expect(exchanges.length).toBe(1)
  expect(JSON.parse(exchanges[0].body)).toEqual({ package_release_id: RELEASE })
})
