// Plays the states and timelines below as the mock server does: a response is computed from them and
// the current time. A rebuild only stores which timeline the release plays, and since when.
import { http, HttpResponse } from "msw";
import type { HttpHandler } from "msw";

type Values = Record<string, unknown>;
/** Properties; `offsets` are the timestamps among them, in milliseconds after a start. The key of one
 * inside a property is a JSON pointer. */
type TimedValues = { values: Values; offsets: Record<string, number> };
/** The properties from `at`, in milliseconds after the start of the timeline. */
type Segment = TimedValues & { at: number };
type ErrorResponse = { status: number; headers: Record<string, string>; body: unknown };
/** One way to find resources: by parameters with any value, where others have a fixed value. */
type Lookup = {
  parameters: string[];
  where: Values;
  matches: { values: string[]; keys: string[] }[];
  /** Of a lookup by properties that builds change: the texts that find a resource, by its fields. */
  moving: { key: string; templates: string[] }[] | null;
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
  takesToken: boolean;
  mediaTypes: string[];
  bodyRequired: boolean;
  query: string[];
  entity: string;
  lookups: Lookup[];
  /** What the operation returns without lookup parameters: the `caller`, or an error. */
  fallback: string | null;
  filters: string[];
  /** The properties that a query parameter with the value `false` empties. */
  omits: Record<string, string[]>;
  status: number;
  type: string | null;
  body: unknown;
  /** The path to the resource in the body, with `*` for each item of a list. */
  location: string[] | null;
  list: boolean;
  errors: Record<string, ErrorResponse>;
};
type Data = {
  states: Record<string, Segment[]>;
  scenarios: Record<string, { default: boolean; rebuilds: boolean; segments: Segment[] }>;
  releases: Record<string, { state: string; owners: string[]; identity: TimedValues }>;
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

  const respond = async (
    operation: Operation,
    request: Request,
    path: Values,
  ): Promise<Response> => {
    const error = (status: number) =>
      errorResponse(operation.errors[status] ?? { status, headers: {}, body: null });
    const caller = callerOf(accounts, request, anyToken);
    if (operation.needsToken && !caller) return error(401);
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const text = operation.mediaTypes.length > 0 ? await request.text() : "";
    const hasBody = operation.mediaTypes.length > 0 && (text !== "" || operation.bodyRequired);
    const mediaType =
      request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (hasBody && !operation.mediaTypes.includes(mediaType)) return error(415);
    const body = hasBody ? parsed(text) : {};
    if (!isObject(body)) return error(400);
    const ofQuery = Object.entries(query).filter(([name]) => operation.query.includes(name));
    const parameters: Values = { ...Object.fromEntries(ofQuery), ...body, ...path };

    const lookup = operation.lookups.find(
      ({ parameters: names, where }) =>
        names.every((name) => name in parameters) && includes(parameters, where),
    );
    let keys: string[];
    if (lookup) {
      const given = lookup.parameters.map((name) => parameters[name]);
      if (given.some((value) => value === null || typeof value === "object" || value === ""))
        return error(400);
      const values = given.map(textOf);
      keys = lookup.moving
        ? movingKeys(operation, lookup.moving, lookup.where, values)
        : (lookup.matches.find((match) => equal(match.values, values))?.keys ?? []);
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
    const selected = keys.filter((key) => includes(currentValue(operation.entity, key), filters));
    if (operation.rebuilds) {
      const owns = (key: string) => caller !== undefined && releases[key]?.owners.includes(caller);
      if (operation.takesToken && !selected.every(owns)) return error(403);
      selected.forEach(rebuild);
    }
    const omitted = Object.keys(operation.omits).filter((name) => query[name] === "false");
    const emptied = omitted.flatMap((name) => get(operation.omits, name)).map((name) => [name, []]);
    const values = selected.map((key) => ({
      ...currentValue(operation.entity, key),
      ...Object.fromEntries(emptied),
    }));
    const { status, type, location } = operation;
    if (type === null) return new HttpResponse(null, { status });
    const content = location ? filled(operation.body, location, values) : operation.body;
    return new HttpResponse(JSON.stringify(content), { status, headers: { "content-type": type } });
  };

  /** Returns the keys of the resources that show these texts now. */
  const movingKeys = (
    { entity }: Operation,
    moving: NonNullable<Lookup["moving"]>,
    where: Values,
    texts: string[],
  ) =>
    moving
      .filter(({ key, templates }) => {
        const value = currentValue(entity, key);
        const field = (_: string, name: string) => textOf(value[name] ?? null);
        const shown = templates.map((template) => template.replace(/\{(\w+)\}/g, field));
        return equal(shown, texts) && includes(value, where);
      })
      .map(({ key }) => key);

  const handlers: HttpHandler[] = [
    ...operations.map((operation) =>
      get(METHODS, operation.method)(base + operation.path, ({ request, params }) =>
        respond(operation, request, params),
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
  const inside = Object.keys(offsets).some((name) => name.startsWith("/"));
  const result: Values = inside ? structuredClone(values) : { ...values };
  for (const [name, offset] of Object.entries(offsets))
    set(result, name, new Date(start + offset).toISOString());
  return result;
}

/** Sets a property, or the value at a JSON pointer. */
function set(value: Values, name: string, member: unknown) {
  const names = name.startsWith("/") ? name.slice(1).split("/") : [name];
  const last = names.pop() ?? "";
  let holder: Values = value;
  const unescaped = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");
  for (const part of names) holder = holder[unescaped(part)] as Values;
  holder[name.startsWith("/") ? unescaped(last) : last] = member;
}

/** Returns a body with the values at a path; `*` in the path stands for each item of a list. */
function filled(template: unknown, [name, ...path]: string[], values: unknown[]): unknown {
  if (name === undefined) return values[0];
  if (name === "*") {
    const item: unknown = Array.isArray(template) ? template[0] : undefined;
    return values.map((value) => filled(item, path, [value]));
  }
  const members = isObject(template) ? template : {};
  return { ...members, [name]: filled(members[name], path, values) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Returns the text by which a request finds a value. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
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
  return Object.entries(expected).every(
    ([name, value]) => textOf(values[name] ?? null) === textOf(value),
  );
}

function equal(left: unknown[], right: unknown[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
