// Plays the states and timelines below as the mock server does: what shows is a function of them
// and of the time, and a rebuild writes down no more than that a release plays a timeline since now.
import { http, HttpResponse } from "msw";
import type { HttpHandler } from "msw";

type Values = Record<string, unknown>;
/** Values as they are; the instants among them are `offsets`, in milliseconds after a beginning. */
type Showing = { values: Values; offsets: Record<string, number> };
type Segment = Showing & { at: number };
type Refusal = { status: number; headers: Record<string, string>; body: unknown };
type Way = {
  by: string[];
  where: Values;
  found: { texts: string[]; keys: string[] }[];
  unknown: Refusal | null;
  parents: string[][];
  unknownParent: Refusal | null;
};
type Operation = {
  id: string;
  method: string;
  path: string;
  rebuilds: boolean;
  needsToken: boolean;
  mediaTypes: string[];
  finds: string;
  ways: Way[];
  otherwise: string | null;
  filters: string[];
  omits: Record<string, string[]>;
  constants: Values;
  under: string;
  many: boolean;
  refusals: Record<string, Refusal>;
};
type Data = {
  states: Record<string, Segment[]>;
  scenarios: Record<string, { default: boolean; rebuilds: boolean; segments: Segment[] }>;
  releases: Record<string, { state: string; owner: string | null; who: Showing }>;
  others: Record<string, Record<string, Values>>;
  callers: { token: string | null; key: string }[];
  operations: Operation[];
  staticResponses: { method: string; path: string; status: number; type: string; text: string }[];
};

export type Options = {
  /** What stands before the paths: an origin and a prefix. Any, when it is left out. */
  base?: string;
  /** Take every token, for the first account. */
  anyToken?: boolean;
  /** The clock that time is read from, in milliseconds since 1970; `Date.now` when left out. */
  now?: () => number;
};

const METHODS: Record<string, typeof http.get> = http;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** A mock of its own, that shares nothing with another: its handlers, and what steers them. */
export function mock({ base = "*", anyToken = false, now: wall = () => Date.now() }: Options = {}) {
  const { states, scenarios, releases, others, callers, operations, staticResponses } = data;
  let ahead = 0;
  let stopped: number | null = null;
  let began = wall();
  let plays: Record<string, { segments: Segment[]; since: number }> = {};
  let coming: Record<string, string> = {};

  const now = () => stopped ?? wall() + ahead;

  const play = (release: string, segments: Segment[]) => {
    one(releases, release);
    plays[release] = { segments, since: now() };
  };

  const shown = (entity: string, key: string): Values => {
    const release = releases[key];
    if (others[entity] || !release) return one(one(others, entity), key);
    const { segments, since } = plays[key] ?? {
      segments: one(states, release.state),
      since: began,
    };
    return { ...filled(release.who, began), ...filled(reached(segments, now() - since), since) };
  };

  const rebuild = (release: string) => {
    const standard = Object.keys(scenarios).find((name) => scenarios[name]?.default) ?? "";
    const from = release in coming ? release : "";
    play(release, one(scenarios, coming[from] ?? standard).segments);
    delete coming[from];
  };

  const answer = async (operation: Operation, request: Request): Promise<Response> => {
    const refused = (status: number) => refusal(one(operation.refusals, String(status)));
    const caller = callerOf(callers, request, anyToken);
    if (operation.needsToken && !caller) return refused(401);
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const takesBody = operation.mediaTypes.length > 0;
    const mediaType =
      request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (takesBody && !operation.mediaTypes.includes(mediaType)) return refused(415);
    const given: unknown = takesBody ? await request.json().catch(() => null) : query;
    if (!isObject(given)) return refused(400);

    const way = operation.ways.find(
      ({ by, where }) => by.every((name) => name in given) && agree(where, given),
    );
    let keys: string[];
    if (way) {
      const texts = way.by.map((name) => given[name]);
      if (texts.some((text) => typeof text !== "string" || text === "")) return refused(400);
      keys = way.found.find((found) => same(found.texts, texts))?.keys ?? [];
      if (!operation.many && keys.length === 0) {
        const orphan = way.unknownParent && !way.parents.some((parent) => same(parent, texts));
        const unknown = orphan ? way.unknownParent : way.unknown;
        return unknown ? refusal(unknown) : refused(404);
      }
    } else if (operation.otherwise === "caller") {
      if (!caller) return refused(401);
      keys = [caller];
    } else {
      return refused(400);
    }

    const filters = Object.fromEntries(
      operation.filters.filter((f) => f in given).map((f) => [f, given[f]]),
    );
    const kept = keys.filter((key) => agree(filters, releases[key]?.who.values ?? {}));
    if (operation.rebuilds) {
      if (kept.some((key) => releases[key]?.owner !== caller)) return refused(403);
      kept.forEach(rebuild);
    }
    const omitted = Object.keys(operation.omits).filter((name) => query[name] === "false");
    const emptied = omitted.flatMap((name) => one(operation.omits, name)).map((name) => [name, []]);
    const values = kept.map((key) => ({
      ...shown(operation.finds, key),
      ...Object.fromEntries(emptied),
    }));
    return HttpResponse.json({
      ...operation.constants,
      [operation.under]: operation.many ? values : values[0],
    });
  };

  const handlers: HttpHandler[] = [
    ...operations.map((operation) =>
      one(METHODS, operation.method)(base + operation.path, ({ request }) =>
        answer(operation, request),
      ),
    ),
    ...staticResponses.map(({ method, path, status, type, text }) =>
      one(METHODS, method)(
        base + path,
        () => new HttpResponse(text, { status, headers: { "content-type": type } }),
      ),
    ),
  ];

  return {
    handlers,
    /** The release shows this state from now on. */
    show: (release: Release, state: State) => play(release, one(states, state)),
    /** The release plays this scenario from now on. */
    play: (release: Release, scenario: Scenario) =>
      play(release, one(scenarios, scenario).segments),
    /** The coming rebuild, of this release or of any, plays this scenario. */
    next: (scenario: Scenario, release: Release | "" = "") => {
      if (!one(scenarios, scenario).rebuilds) throw new Error(`no rebuild may play ${scenario}`);
      coming[release] = scenario;
    },
    /** Jumps forward by seconds. */
    advance: (seconds: number) => {
      if (stopped === null) ahead += Math.round(seconds * 1000);
      else stopped += Math.round(seconds * 1000);
    },
    /** Stops the clock. */
    freeze: () => {
      stopped = now();
    },
    /** Begins anew. */
    reset: () => {
      ahead = 0;
      stopped = null;
      began = wall();
      plays = {};
      coming = {};
    },
  };
}

/** The segment that shows so many milliseconds after the play began. */
function reached(segments: Segment[], elapsed: number): Segment {
  return segments.reduce((shown, next) => (next.at <= elapsed ? next : shown));
}

function filled({ values, offsets }: Showing, since: number): Values {
  const moments = Object.entries(offsets).map(([name, at]) => [
    name,
    new Date(since + at).toISOString(),
  ]);
  return { ...values, ...Object.fromEntries(moments) };
}

function callerOf(
  callers: Data["callers"],
  request: Request,
  anyToken: boolean,
): string | undefined {
  const token = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
  const known = token && callers.find((account) => account.token === token);
  return (known || (token && anyToken && callers[0]) || undefined)?.key;
}

function refusal({ status, headers, body }: Refusal): Response {
  return new HttpResponse(JSON.stringify(body), { status, headers });
}

function one<T>(all: Record<string, T>, name: string): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  if (found === undefined)
    throw new Error(`there is no ${name}; there are ${Object.keys(all).join(", ")}`);
  return found;
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function agree(wanted: Values, values: Values): boolean {
  return Object.entries(wanted).every(([name, value]) => values[name] === value);
}

function same(texts: unknown[], others: unknown[]): boolean {
  return texts.length === others.length && texts.every((text, index) => text === others[index]);
}
