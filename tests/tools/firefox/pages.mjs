// Opens pages of the gallery in Firefox, uses them, and prints what is wrong as JSON.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import puppeteer from "puppeteer-core"

const [executablePath, address, ...paths] = process.argv.slice(2)
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const TIMEOUT = 30_000 // milliseconds: the machine can be slow
const WIDTHS = [320, 1280]
const problems = []

async function violations(page) {
  await page.evaluate(`${AXE};undefined`)
  return page.evaluate(async () => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    const run = await axe.run(document, { iframes: false, runOnly: { type: "tag", values } })
    return run.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n  ")}`)
  })
}

const text = (page, selector, part) =>
  page.waitForFunction(
    (s, p) => document.querySelector(s)?.textContent.includes(p), { timeout: TIMEOUT }, selector, part,
  )

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true })
const page = await browser.newPage()
page.setDefaultTimeout(TIMEOUT)
page.on("pageerror", (error) => problems.push(String(error)))
for (const width of WIDTHS) {
  await page.setViewport({ width, height: 900 })
  for (const path of paths) {
    await page.goto(`${address}/_mock/${path}`)
    if (path === "console") await page.waitForSelector("#resource-view .headline")
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    if (wide > 0) problems.push(`${path} exceeds a width of ${width}`)
    for (const each of await violations(page)) problems.push(`${path} at ${width}: ${each}`)
  }
}

await page.goto(`${address}/_s/firefox/_mock/contract`)
await page.click("[id='operation-getPackageRelease'] form.try button")
await text(page, "[id='operation-getPackageRelease'] .response-box .line", "200")

await page.goto(`${address}/_s/firefox/_mock/console`)
await page.waitForSelector("#resource-view .headline")
await page.keyboard.press("r")
await text(page, "#resource-view .playing", "Playing scenario")
await page.keyboard.press("s")
await text(page, "#response .line", "200")
await text(page, "#journal", "/package_releases/get")
await page.focus("#position")
await page.keyboard.press("End")
await text(page, "#resource-view .headline", "successful")
await page.keyboard.press("?")
await text(page, "dialog[open]", "Send request")
problems.push(...(await violations(page)))

await browser.close()
console.log(JSON.stringify(problems))
