// Steers the mock from JavaScript: its admin API by `fetch`, one session a test.
// Call it from the test, not from the page: a web page may not steer a developer's mock.

const address = process.env.MOCK ?? "http://127.0.0.1:3100"

export const session = (name) => {
  const base = `${address}/_s/${name}`
  const steer = async (method, path, body) => {
    const answer = await fetch(`${base}/_mock/${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text ? JSON.parse(text) : null
  }
  return {
    api: `${base}/api`,
    show: (package_release_id, fixture) => steer("POST", "show", { package_release_id, fixture }),
    play: (package_release_id, scenario) => steer("POST", "play", { package_release_id, scenario }),
    next: (scenario) => steer("POST", "next", { scenario }),
    clock: (change) => steer("POST", "clock", change),
    fault: (fault) => steer("POST", "faults", fault),
    journal: (operation) => steer("GET", `journal?operation=${operation}`),
  }
}
