// Replays a recording of the mock on the handlers: `node replay.mjs handlers.ts recording.json`.
// A line is a control call, or a request with the response of the mock; `now` is its time.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { setupServer } from "msw/node"

const [handlersFile, recordingFile] = process.argv.slice(2)
const { mock } = await import(pathToFileURL(handlersFile))
const lines = JSON.parse(readFileSync(recordingFile, "utf8"))

let { now } = lines[0]
const api = mock({ now: () => now })
setupServer(...api.handlers).listen({ onUnhandledRequest: "error" })

for (const line of lines) {
  now = line.now
  if (line.call) {
    api[line.call](...line.arguments)
    continue
  }
  const response = await fetch(`http://mock.test${line.path}`, line.request)
  const text = await response.text()
  const actual = {
    status: response.status,
    type: response.headers.get("content-type"),
    body: line.type === "application/json" ? JSON.parse(text) : text,
  }
  const expected = { status: line.status, type: line.type, body: line.body }
  assert.deepStrictEqual(actual, expected, `${line.path} ${line.request.body ?? ""} at ${now}`)
}
console.log(`${lines.length} lines agree`)
