// A client of the mock's control API, with one session per test.
// Call it from the test, not from the page: the mock rejects control calls of web pages.

const address = process.env.MOCK ?? "http://127.0.0.1:3100"

export const session = (name) => {
  const base = `${address}/_s/${name}`
  const call = async (method, path, body) => {
    const response = await fetch(`${base}/_mock/${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text ? JSON.parse(text) : null
  }
  return {
    api: `${base}/api`,
    show: (package_release_id, fixture) => call("POST", "show", { package_release_id, fixture }),
    play: (package_release_id, scenario) => call("POST", "play", { package_release_id, scenario }),
    next: (scenario) => call("POST", "next", { scenario }),
    clock: (change) => call("POST", "clock", change),
    fault: (fault) => call("POST", "faults", fault),
    journal: (operation) => call("GET", `journal?operation=${operation}`),
  }
}
