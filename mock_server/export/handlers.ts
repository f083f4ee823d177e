// Plays the states and timelines below as the mock server does: a response is computed from them and
// the current time. A rebuild only stores which timeline the release plays, and since when.
import { http, HttpResponse } from "msw";
import type { HttpHandler } from "msw";

type Values = Record<string, unknown>;
/** Properties; `offsets` are the timestamps among them, in milliseconds after a start. */
type TimedValues = { values: Values; offsets: Record<string, number> };
/** The properties from `at`, in milliseconds after the start of the timeline. */
type Segment = TimedValues & { at: number };
type ErrorResponse = { status: number; headers: Record<string, string>; body: unknown };
/** One way to find resources: by parameters with any value, where others have a fixed value. */
type Lookup = {
  parameters: string[];
  where: Values;
  matches: { values: string[]; keys: string[] }[];
  notFound: ErrorResponse | null;
  parents: string[][];
  parentNotFound: ErrorResponse | null;
};
type Operation = {
  id: string;
  method: string;
  path: string;
  rebuilds: boolean;
  needsToken: boolean;
  mediaTypes: string[];
  entity: string;
  lookups: Lookup[];
  /** What the operation returns without lookup parameters: the `caller`, or an error. */
  fallback: string | null;
  filters: string[];
  /** The properties that a query parameter with the value `false` empties. */
  omits: Record<string, string[]>;
  constants: Values;
  /** The property of the response that holds the resource or the list. */
  envelope: string;
  list: boolean;
  errors: Record<string, ErrorResponse>;
};
type Data = {
  states: Record<string, Segment[]>;
  scenarios: Record<string, { default: boolean; rebuilds: boolean; segments: Segment[] }>;
  releases: Record<string, { state: string; owner: string | null; identity: TimedValues }>;
  resources: Record<string, Record<string, Values>>;
  accounts: { token: string | null; key: string }[];
  operations: Operation[];
  staticResponses: { method: string; path: string; status: number; type: string; text: string }[];
};

export type Options = {
  /** The origin and path prefix of the API. By default the handlers match any. */
  base?: string;
  /** Accept any token, as the first account. */
  anyToken?: boolean;
  /** Returns the current time in milliseconds since 1970. By default `Date.now`. */
  now?: () => number;
};

const METHODS: Record<string, typeof http.get> = http;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Creates an independent mock: its handlers, and functions that control it. */
export function mock({ base = "*", anyToken = false, now: wall = () => Date.now() }: Options = {}) {
  const { states, scenarios, releases, resources, accounts, operations, staticResponses } = data;
  let offset = 0; // milliseconds that the clock is ahead of `wall`
  let frozenAt: number | null = null;
  let startedAt = wall();
  let playbacks: Record<string, { segments: Segment[]; since: number }> = {};
  let nextScenarios: Record<string, string> = {}; // by release; "" stands for any release

  const now = () => frozenAt ?? wall() + offset;

  const play = (release: string, segments: Segment[]) => {
    get(releases, release);
    playbacks[release] = { segments, since: now() };
  };

  const currentValue = (entity: string, key: string): Values => {
    const release = releases[key];
    if (resources[entity] || !release) return get(get(resources, entity), key);
    const { segments, since } = playbacks[key] ?? {
      segments: get(states, release.state),
      since: startedAt,
    };
    return {
      ...withTimestamps(release.identity, startedAt),
      ...withTimestamps(segmentAt(segments, now() - since), since),
    };
  };

  const rebuild = (release: string) => {
    const standard = Object.keys(scenarios).find((name) => scenarios[name]?.default) ?? "";
    const key = release in nextScenarios ? release : "";
    play(release, get(scenarios, nextScenarios[key] ?? standard).segments);
    delete nextScenarios[key];
  };

  const respond = async (operation: Operation, request: Request): Promise<Response> => {
    const error = (status: number) => errorResponse(get(operation.errors, String(status)));
    const caller = callerOf(accounts, request, anyToken);
    if (operation.needsToken && !caller) return error(401);
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const hasBody = operation.mediaTypes.length > 0;
    const mediaType =
      request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (hasBody && !operation.mediaTypes.includes(mediaType)) return error(415);
    const parameters: unknown = hasBody ? await request.json().catch(() => null) : query;
    if (!isObject(parameters)) return error(400);

    const lookup = operation.lookups.find(
      ({ parameters: names, where }) =>
        names.every((name) => name in parameters) && includes(parameters, where),
    );
    let keys: string[];
    if (lookup) {
      const values = lookup.parameters.map((name) => parameters[name]);
      if (values.some((value) => typeof value !== "string" || value === "")) return error(400);
      keys = lookup.matches.find((match) => equal(match.values, values))?.keys ?? [];
      if (!operation.list && keys.length === 0) {
        const hasParent = lookup.parents.some((parent) => equal(parent, values));
        const notFound =
          lookup.parentNotFound && !hasParent ? lookup.parentNotFound : lookup.notFound;
        return notFound ? errorResponse(notFound) : error(404);
      }
    } else if (operation.fallback === "caller") {
      if (!caller) return error(401);
      keys = [caller];
    } else {
      return error(400);
    }

    const filters = Object.fromEntries(
      operation.filters
        .filter((name) => name in parameters)
        .map((name) => [name, parameters[name]]),
    );
    const selected = keys.filter((key) => includes(releases[key]?.identity.values ?? {}, filters));
    if (operation.rebuilds) {
      if (selected.some((key) => releases[key]?.owner !== caller)) return error(403);
      selected.forEach(rebuild);
    }
    const omitted = Object.keys(operation.omits).filter((name) => query[name] === "false");
    const emptied = omitted.flatMap((name) => get(operation.omits, name)).map((name) => [name, []]);
    const values = selected.map((key) => ({
      ...currentValue(operation.entity, key),
      ...Object.fromEntries(emptied),
    }));
    return HttpResponse.json({
      ...operation.constants,
      [operation.envelope]: operation.list ? values : values[0],
    });
  };

  const handlers: HttpHandler[] = [
    ...operations.map((operation) =>
      get(METHODS, operation.method)(base + operation.path, ({ request }) =>
        respond(operation, request),
      ),
    ),
    ...staticResponses.map(({ method, path, status, type, text }) =>
      get(METHODS, method)(
        base + path,
        () => new HttpResponse(text, { status, headers: { "content-type": type } }),
      ),
    ),
  ];

  return {
    handlers,
    /** Makes a release show a state from now on. */
    show: (release: Release, state: State) => play(release, get(states, state)),
    /** Makes a release play a scenario from now on. */
    play: (release: Release, scenario: Scenario) =>
      play(release, get(scenarios, scenario).segments),
    /** Sets the scenario that the next rebuild plays: of one release, or of any. */
    next: (scenario: Scenario, release: Release | "" = "") => {
      if (!get(scenarios, scenario).rebuilds) throw new Error(`a rebuild cannot play ${scenario}`);
      nextScenarios[release] = scenario;
    },
    /** Moves the clock forward by seconds. */
    advance: (seconds: number) => {
      if (frozenAt === null) offset += Math.round(seconds * 1000);
      else frozenAt += Math.round(seconds * 1000);
    },
    /** Stops the clock. */
    freeze: () => {
      frozenAt = now();
    },
    /** Restarts the mock. */
    reset: () => {
      offset = 0;
      frozenAt = null;
      startedAt = wall();
      playbacks = {};
      nextScenarios = {};
    },
  };
}

/** Returns the segment at a time, in milliseconds after the start of the timeline. */
function segmentAt(segments: Segment[], elapsed: number): Segment {
  return segments.reduce((current, next) => (next.at <= elapsed ? next : current));
}

function withTimestamps({ values, offsets }: TimedValues, start: number): Values {
  const timestamps = Object.entries(offsets).map(([name, offset]) => [
    name,
    new Date(start + offset).toISOString(),
  ]);
  return { ...values, ...Object.fromEntries(timestamps) };
}

/** Returns the key of the account that a token belongs to. */
function callerOf(
  accounts: Data["accounts"],
  request: Request,
  anyToken: boolean,
): string | undefined {
  const token = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
  const account = token && accounts.find((each) => each.token === token);
  return (account || (token && anyToken && accounts[0]) || undefined)?.key;
}

function errorResponse({ status, headers, body }: ErrorResponse): Response {
  return new HttpResponse(JSON.stringify(body), { status, headers });
}

function get<T>(all: Record<string, T>, name: string): T {
  const value = Object.hasOwn(all, name) ? all[name] : undefined;
  if (value === undefined)
    throw new Error(`unknown name ${name}; must be one of ${Object.keys(all).join(", ")}`);
  return value;
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns whether an object has all properties of another, with the same values. */
function includes(values: Values, expected: Values): boolean {
  return Object.entries(expected).every(([name, value]) => values[name] === value);
}

function equal(left: unknown[], right: unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
