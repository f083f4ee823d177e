// Plays a recording of the mock on the handlers: `node replay.mjs handlers.ts recording.json`.
// A line of it steers, or asks and tells what the mock answered; `now` is what time it was.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { setupServer } from "msw/node"

const [handlers, recording] = process.argv.slice(2)
const { mock } = await import(pathToFileURL(handlers))
const lines = JSON.parse(readFileSync(recording, "utf8"))

let { now } = lines[0]
const it = mock({ now: () => now })
setupServer(...it.handlers).listen({ onUnhandledRequest: "error" })

for (const line of lines) {
  now = line.now
  if (line.steer) {
    it[line.steer](...line.with)
    continue
  }
  const answer = await fetch(`http://mock.test${line.path}`, line.request)
  const text = await answer.text()
  const found = {
    status: answer.status,
    type: answer.headers.get("content-type"),
    body: line.type === "application/json" ? JSON.parse(text) : text,
  }
  const expected = { status: line.status, type: line.type, body: line.body }
  assert.deepStrictEqual(found, expected, `${line.path} ${line.request.body ?? ""} at ${now}`)
}
console.log(`${lines.length} lines agree`)
