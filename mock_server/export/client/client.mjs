// Controls a running mock: its sessions, states, clock, faults and journal. Works in Node and in other
// runtimes with `fetch`. Call it from the test, not from the page: the mock refuses control calls of web
// pages unless it was started with --allow-origin.

const MOCK = globalThis.process?.env?.MOCK ?? "http://127.0.0.1:3100";

/** The mock refused a call, or cannot be reached. */
export class ControlError extends Error {
  name = "ControlError";
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Returns the default session of the mock at an address. */
export function connect({ address = MOCK, token } = {}) {
  return sessionOf(address.replace(/\/+$/, ""), token, null);
}

function sessionOf(address, token, name) {
  const base = name === null ? address : `${address}/_s/${encodeURIComponent(name)}`;

  const request = async (method, path, body) => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }) };
    if (body !== undefined) headers["content-type"] = "application/json";
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(`${base}/_mock/${path}`, init).catch((error) => {
      const start = `start it with: mock-server serve --port ${new URL(address).port}`;
      throw new ControlError(`no mock at ${address} (${error.cause?.code ?? error.message}); ${start}`, 0);
    });
    const text = await response.text();
    if (!response.ok) throw new ControlError(messageOf(text) || `status ${response.status}`, response.status);
    return text ? JSON.parse(text) : undefined;
  };
  const query = (values) => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    return given.length ? `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}` : "";
  };
  const keyed = (types, name, key) => ({ [data.keys[types[name]] ?? Object.values(data.keys)[0]]: key });
  const shown = async (path, body) => Object.values(await request("POST", path, body))[0];
  const changeClock = (change) => request("POST", "clock", change);

  return {
    name: name ?? "default",
    address,
    url: base + data.prefix,
    headers: { "x-mock-session": name ?? "default" },
    session: (other = crypto.randomUUID()) => sessionOf(address, token, other),
    request,
    health: () => request("GET", "health"),
    show: (key, fixture) => shown("show", { ...keyed(data.fixtures, fixture, key), fixture }),
    play: (key, scenario) => shown("play", { ...keyed(data.scenarios, scenario, key), scenario }),
    next: async (scenario, key) => {
      const own = key === undefined ? {} : keyed(data.scenarios, scenario, key);
      await request("POST", "next", { scenario, ...own });
    },
    clock: {
      read: () => request("GET", "clock"),
      advance: (seconds) => changeClock({ advance: seconds }),
      set: (time) => changeClock({ set: time instanceof Date ? time.toISOString() : time }),
      freeze: (frozen = true) => changeClock({ freeze: frozen }),
      rate: (rate) => changeClock({ rate }),
    },
    faults: {
      list: async () => (await request("GET", "faults")).faults,
      add: (fault) => request("POST", "faults", fault),
      clear: async (fault) => void (await request("DELETE", `faults${query({ name: fault })}`)),
    },
    journal: {
      exchanges: async (filter = {}) => {
        const exchanges = [];
        for (let page, more = filter; more; ) {
          page = await request("GET", `journal${query(more)}`);
          exchanges.push(...page.exchanges);
          more = page.more && filter.limit === undefined && { ...filter, after: exchanges.at(-1).number };
        }
        return exchanges;
      },
      unused: async () => (await request("GET", "journal?limit=1")).unused,
      har: (filter = {}) => request("GET", `journal${query({ ...filter, format: "har" })}`),
      clear: async () => void (await request("DELETE", "journal")),
    },
    reset: () => request("POST", "reset"),
    delete: async () => {
      const path = `sessions/${encodeURIComponent(name ?? "default")}`;
      await request("DELETE", path).catch((error) => {
        if (error.status !== 404) throw error; // it was never used, or is deleted already
      });
    },
  };
}

/** Returns the message and the issues of an error body, or its text if it is not such JSON. */
function messageOf(text) {
  try {
    const { message, issues = [] } = JSON.parse(text).error;
    return [message, ...issues.map((issue) => `${issue.pointer} ${issue.message}`.trim())].join("; ");
  } catch {
    return text;
  }
}
