// Responds as the mock server does: a response is computed from the resources and timelines below, from
// what requests have changed, and from the current time. A restart only stores which timeline a resource
// plays, and since when.
import { http, HttpResponse } from "msw";
import type { HttpHandler } from "msw";

type Values = Record<string, unknown>;
/** Properties; `offsets` are the timestamps among them, in milliseconds after a start. The key of one
 * inside a property is a JSON pointer. `formats` are those that are not RFC 3339. */
type TimedValues = {
  values: Values;
  offsets: Record<string, number>;
  formats?: Record<string, string>;
};
/** The properties from `at`, in milliseconds after the start of the timeline. */
type Segment = TimedValues & { at: number };
type ErrorResponse = { status: number; headers: Record<string, string>; body: unknown };
type Timeline = {
  status: string[];
  phases: Record<string, string>;
  properties: string[];
  duration: string;
  /** The properties of each process by their roles. */
  processes: Record<string, string>[];
};
type ResourceType = {
  label: string;
  keys: string[];
  parent: string | null;
  parentKeys: string[];
  owner: { holder: string; property: string; caller: string; caller_property: string } | null;
  unique: string[][];
  properties: string[];
  required: string[];
  readOnly: string[];
  nullable: string[];
  /** The keys that are integers. */
  numbers: string[];
  defaults: Values;
  formats: Record<string, string>;
  /** The properties that contain the parent, or a list of children, by their types. */
  embedded: Record<string, string>;
  timeline: Timeline | null;
};
/** One way to find resources: parameters with templates of their values, where others are fixed. */
type Lookup = {
  parameters: Record<string, string>;
  where: Values;
  notFound: ErrorResponse | null;
  parent: string | null;
  parentNotFound: ErrorResponse | null;
  /** The parent of a list that must exist: the path parameters with its key. */
  above: { type: string; parameters: string[]; notFound: ErrorResponse | null } | null;
};
type Action = {
  does: string;
  from: string[];
  otherwise: number;
  set: Values;
  /** The defaults in the schema of the request body. */
  defaults: Values;
  ofPath: Record<string, string>;
  owner: boolean;
};
type Page = {
  style: string;
  position: string;
  limit: string;
  sort: string;
  size: number;
  maximum: number;
  order: string[];
  fields: Record<string, string[]>;
  headers: Record<string, string>;
};
type Operation = {
  id: string;
  method: string;
  path: string;
  needsToken: boolean;
  takesToken: boolean;
  /** Where a request can have a token: `header` or `query`, and the name. */
  tokens: string[][];
  mediaTypes: string[];
  bodyRequired: boolean;
  /** The query parameters with their defaults. */
  query: Values;
  /** The parameters that are numbers. */
  numbers: string[];
  type: string;
  lookups: Lookup[];
  finds: boolean;
  /** What the operation returns without lookup parameters: the `caller`, or an error. */
  fallback: string | null;
  filters: string[];
  page: Page | null;
  action: Action | null;
  /** The properties that a query parameter with the value `false` empties. */
  omits: Record<string, string[]>;
  status: number;
  mediaType: string | null;
  body: unknown;
  /** The path to the resource in the body, with `*` for each item of a list. */
  location: string[] | null;
  list: boolean;
  /** The path that leads to a new resource; null if there is none. */
  leadsTo: { path: string; parameters: Record<string, string> } | null;
  errors: Record<string, ErrorResponse>;
};
type Stored = { state: string } | { value: Values };
type Data = {
  types: Record<string, ResourceType>;
  states: Record<string, { type: string; identity: TimedValues; segments: Segment[] }>;
  scenarios: Record<
    string,
    { type: string; default: boolean; restarts: boolean; segments: Segment[] }
  >;
  resources: Record<string, Record<string, Stored>>;
  credentials: { token: string; type: string; key: string }[];
  operations: Operation[];
  staticResponses: { method: string; path: string; status: number; type: string; text: string }[];
};

export type Options = {
  /** The origin and path prefix of the API. By default the handlers match any. */
  base?: string;
  /** Accept any token, as the first caller. */
  anyToken?: boolean;
  /** Returns the current time in milliseconds since 1970. By default `Date.now`. */
  now?: () => number;
};

const METHODS: Record<string, typeof http.get> = http;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const FIELD = /\{([^{}]+)\.([^{}.]+)\}/g;

/** Refuses a request: with a documented error, or with a bare status. */
class Refusal extends Error {
  readonly statuses: number[];
  constructor(statuses: number[]) {
    super("refused");
    this.statuses = statuses;
  }
}

/** Creates an independent mock: its handlers, and functions that control it. */
export function mock({ anyToken = false, now: wall = () => Date.now(), ...options }: Options = {}) {
  const base = (options.base ?? "*").replace(/\/+$/, "");
  const { types, states, scenarios, resources, credentials, operations, staticResponses } = data;
  let offset = 0; // milliseconds that the clock is ahead of `wall`
  let frozenAt: number | null = null;
  let startedAt = wall();
  let playbacks: Record<string, { segments: Segment[]; since: number }> = {}; // by "Type/key"
  let nextScenarios: Record<string, string> = {}; // by "Type/key"; "Type/" stands for any
  let changes: Record<string, Values | null> = {}; // by "Type/key"; null is deleted

  const now = () => frozenAt ?? wall() + offset;

  // ---------------------------------------------------------------- what exists, and its values

  const exists = (type: string, key: string) => {
    const reference = `${type}/${key}`;
    return reference in changes
      ? changes[reference] !== null
      : Object.hasOwn(get(resources, type), key);
  };

  const keysOf = (type: string) => {
    const known = Object.keys(get(resources, type));
    const prefix = `${type}/`;
    const created = Object.keys(changes)
      .filter((reference) => reference.startsWith(prefix))
      .map((reference) => reference.slice(prefix.length))
      .filter((key) => !known.includes(key));
    return [...known, ...created].filter((key) => exists(type, key));
  };

  /** Returns the value of a resource, without its parent and children. */
  const ownValue = (type: string, key: string): Values => {
    const reference = `${type}/${key}`;
    const changed = changes[reference];
    const stored = get(resources, type)[key];
    const timeline = get(types, type).timeline;
    const playback = playbacks[reference];
    if (changed || !stored) {
      const value = changed ?? {};
      return playback ? { ...without(value, timeline), ...playing(playback) } : value;
    }
    if ("value" in stored) return stored.value;
    const { identity, segments } = get(states, stored.state);
    const still = { segments, since: startedAt };
    return { ...withTimestamps(identity, startedAt), ...playing(playback ?? still) };
  };

  const playing = ({ segments, since }: { segments: Segment[]; since: number }) =>
    withTimestamps(segmentAt(segments, now() - since), since);

  const currentValue = (type: string, key: string): Values => {
    const { embedded, parent } = get(types, type);
    const value = { ...ownValue(type, key) };
    for (const [name, other] of Object.entries(embedded)) {
      if (other !== parent)
        value[name] = childrenOf(type, key, other).map((child) => ownValue(other, child));
      else {
        const above = parentOf(type, key);
        if (above !== null) value[name] = ownValue(other, above);
      }
    }
    return value;
  };

  const parentOf = (type: string, key: string): string | null => {
    const { parent, parentKeys } = get(types, type);
    if (parent === null) return null;
    const above = joined(ownValue(type, key), parentKeys);
    return above !== null && exists(parent, above) ? above : null;
  };

  const childrenOf = (type: string, key: string, child: string) =>
    get(types, child).parent === type
      ? keysOf(child).filter((each) => parentOf(child, each) === key)
      : [];

  /** Returns the value of each type in the line of parents of a resource. */
  const lineage = (type: string, key: string): Record<string, Values> => {
    const line: Record<string, Values> = {};
    let [name, current]: [string | null, string | null] = [type, key];
    while (name !== null && current !== null && !(name in line)) {
      line[name] = ownValue(name, current);
      const above: string | null = parentOf(name, current);
      [name, current] = [get(types, name).parent, above];
    }
    return line;
  };

  /** Returns the texts that a request must have to find a resource; null if it lacks a property. */
  const textsOf = (
    lookup: Pick<Lookup, "parameters">,
    type: string,
    key: string,
  ): string[] | null => {
    const line = lineage(type, key);
    let complete = true;
    const texts = Object.values(lookup.parameters).map((template) =>
      template.replace(FIELD, (_, name: string, property: string) => {
        const value = line[name]?.[property] ?? null;
        complete &&= value !== null;
        return textOf(value);
      }),
    );
    return complete ? texts : null;
  };

  const owns = (caller: { type: string; key: string } | null, type: string, key: string) => {
    const { owner } = get(types, type);
    if (owner === null) return true;
    const value = lineage(type, key)[owner.holder]?.[owner.property] ?? null;
    if (caller?.type !== owner.caller || !exists(caller.type, caller.key) || value === null)
      return false;
    return textOf(ownValue(caller.type, caller.key)[owner.caller_property]) === textOf(value);
  };

  // ---------------------------------------------------------------- changes

  const play = (type: string, key: string, segments: Segment[]) => {
    if (!exists(type, key)) throw new Error(`unknown ${get(types, type).label} ${key}`);
    playbacks[`${type}/${key}`] = { segments, since: now() };
  };

  const change = (type: string, key: string, value: Values | null, keepsPlayback = false) => {
    if (!keepsPlayback) delete playbacks[`${type}/${key}`];
    changes = { ...changes, [`${type}/${key}`]: value };
  };

  /** Plays the next scenario of a resource, or else the default one of its type. */
  const restart = (type: string, key: string) => {
    const waiting = [`${type}/${key}`, `${type}/`].find((each) => each in nextScenarios);
    const ofType = Object.values(scenarios).filter((scenario) => scenario.type === type);
    const chosen = waiting ? get(scenarios, nextScenarios[waiting] ?? "") : undefined;
    const scenario = chosen ?? ofType.find((each) => each.default);
    if (waiting) delete nextScenarios[waiting];
    if (scenario) play(type, key, scenario.segments);
  };

  const timestamp = (at: number, format: string | undefined) =>
    format === "unixtime-ms"
      ? at
      : format === "unixtime"
        ? Math.floor(at / 1000)
        : new Date(at).toISOString();

  const valuesSet = (action: Action, { formats }: ResourceType): Values =>
    Object.fromEntries(
      Object.entries(action.set).map(([name, value]) => [
        name,
        value === "now" && name in formats ? timestamp(now(), formats[name]) : value,
      ]),
    );

  const created = (action: Action, type: string, body: Values, path: Values) => {
    const resourceType = get(types, type);
    const ofPath = Object.entries(action.ofPath).map(([parameter, name]) => [name, path[parameter]]);
    const given: Values = {
      ...action.defaults,
      ...writable(resourceType, body),
      ...Object.fromEntries(ofPath),
      ...valuesSet(action, resourceType),
    };
    if (joined(given, resourceType.keys) === null) Object.assign(given, newKeys(type, given));
    const value: Values = {};
    for (const name of resourceType.properties) {
      if (name in resourceType.embedded) continue;
      if (name in given) value[name] = given[name];
      else if (name in resourceType.defaults) value[name] = resourceType.defaults[name];
      else if (resourceType.required.includes(name))
        value[name] = resourceType.nullable.includes(name)
          ? null
          : name in resourceType.formats
            ? timestamp(now(), resourceType.formats[name])
            : firstStatus(resourceType, name);
    }
    return value;
  };

  /** Returns a key like the known ones: the next integer, or the same prefix with a number. */
  const newKeys = (type: string, given: Values): Values => {
    const { keys, numbers, label } = get(types, type);
    const ofSession = Object.keys(changes).filter((each) => each.startsWith(`${type}/`));
    const had = ofSession.map((each) => each.slice(type.length + 1));
    const known = [...new Set([...Object.keys(get(resources, type)), ...had])];
    const prefixes = known.map((key) => /^([A-Za-z0-9]+[^A-Za-z0-9]).+/.exec(key)?.[1]);
    const count = (prefix: string | undefined) => prefixes.filter((each) => each === prefix).length;
    const common = [...new Set(prefixes)].sort((one, other) => count(other) - count(one))[0];
    const prefix = common && count(common) * 2 >= known.length ? common : "";
    for (let attempt = 1; ; attempt += 1) {
      const number = Object.keys(changes).length + attempt;
      const text = `${prefix || `${label.replaceAll(" ", "_")}_`}${number}`;
      const integers = known.map(Number).filter(Number.isInteger);
      const next = (name: string) =>
        numbers.includes(name) ? Math.max(0, ...integers) + attempt : text;
      const missing = keys.filter((name) => (given[name] ?? null) === null);
      const found = Object.fromEntries(missing.map((name) => [name, next(name)]));
      const key = joined({ ...given, ...found }, keys);
      if (key !== null && !known.includes(key)) return found;
    }
  };

  const checkParent = (type: string, key: string, statuses: number[]) => {
    const { parent, parentKeys } = get(types, type);
    const above = parent === null ? null : joined(ownValue(type, key), parentKeys);
    if (parent !== null && above !== null && !exists(parent, above)) throw new Refusal(statuses);
  };

  const checkUnique = (type: string, key: string) => {
    const { unique } = get(types, type);
    const value = ownValue(type, key);
    for (const names of unique) {
      const own = Object.fromEntries(names.map((name) => [name, value[name] ?? null]));
      const complete = Object.values(own).every((each) => each !== null);
      const others = keysOf(type).filter((each) => each !== key);
      if (complete && others.some((each) => includes(ownValue(type, each), own)))
        throw new Refusal([409, 422, 400]);
    }
  };

  /** Does the action of an operation; returns the key of the resource. Throws a Refusal. */
  const act = (
    { action, type, takesToken }: Operation & { action: Action },
    found: string | undefined,
    body: Values,
    path: Values,
    caller: { type: string; key: string } | null,
  ): string => {
    const resourceType = get(types, type);
    const allowed = (key: string) => {
      if (action.owner && takesToken && !owns(caller, type, key)) throw new Refusal([403]);
    };
    if (action.does === "create") {
      const value = created(action, type, body, path);
      const key = joined(value, resourceType.keys) ?? "";
      if (exists(type, key)) throw new Refusal([409, 422, 400]);
      change(type, key, value);
      checkParent(type, key, [404, 422, 400]);
      allowed(key);
      checkUnique(type, key);
      restart(type, key);
      return key;
    }
    const key = found ?? "";
    allowed(key);
    const before = currentValue(type, key);
    const { timeline } = resourceType;
    if (action.from.length > 0 && timeline) {
      const status = statusOf(timeline, before);
      if (!action.from.includes(status) && !action.from.includes(timeline.phases[status] ?? ""))
        throw new Refusal([action.otherwise]);
    }
    const given = valuesSet(action, resourceType);
    if (action.does === "restart") {
      if (Object.keys(given).length > 0) change(type, key, { ...ownValue(type, key), ...given });
      restart(type, key);
    } else if (action.does === "delete") remove(type, key);
    else {
      const merge: Record<string, () => Values> = {
        transition: () => moved(resourceType, before, given, now()),
        replace: () => ({ ...replaced(resourceType, before, body), ...given }),
        update: () => ({ ...updated(resourceType, before, body), ...given }),
      };
      const value = get(merge, action.does)();
      for (const name of Object.keys(resourceType.embedded)) delete value[name];
      const moving = timeline?.properties ?? [];
      const same = (name: string) => textOf(value[name] ?? null) === textOf(before[name] ?? null);
      change(type, key, value, action.does !== "transition" && moving.every(same));
      checkParent(type, key, [422, 400, 404]); // a 404 of a change means the resource itself
      checkUnique(type, key);
    }
    return key;
  };

  const remove = (type: string, key: string) => {
    for (const child of Object.keys(types))
      for (const each of childrenOf(type, key, child)) remove(child, each);
    change(type, key, null);
  };

  // ---------------------------------------------------------------- requests

  const respond = async (
    operation: Operation,
    request: Request,
    path: Values,
  ): Promise<Response> => {
    const error = (...statuses: number[]) => {
      const status = statuses.find((each) => operation.errors[each]) ?? statuses.at(-1) ?? 500;
      return errorResponse(operation.errors[status] ?? { status, headers: {}, body: null });
    };
    const caller = callerOf(credentials, operation, request, anyToken);
    if (operation.needsToken && !caller) return error(401);
    const { searchParams } = new URL(request.url);
    const text = operation.mediaTypes.length > 0 ? await request.text() : "";
    const hasBody = operation.mediaTypes.length > 0 && (text !== "" || operation.bodyRequired);
    const mediaType =
      request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (hasBody && !operation.mediaTypes.includes(mediaType)) return error(415);
    const body = hasBody ? parsed(text) : {};
    if (!isObject(body)) return error(400);
    const typed = ([name, value]: [string, unknown]) => [
      name,
      operation.numbers.includes(name) ? Number(value) : value,
    ];
    const query = Object.fromEntries(
      [...searchParams].filter(([name]) => name in operation.query).map(typed),
    );
    const inPath = Object.fromEntries(Object.entries(path).map(typed));
    const defaults = Object.entries(operation.query).filter(([, value]) => value !== null);
    const wanted: Values = { ...Object.fromEntries(defaults), ...query };
    const parameters: Values = { ...wanted, ...body, ...inPath };

    let keys: string[] = [];
    const lookup = operation.lookups.find(
      ({ parameters: named, where }) =>
        Object.keys(named).every((name) => name in parameters) && includes(parameters, where),
    );
    if (lookup) {
      const given = Object.keys(lookup.parameters).map((name) => parameters[name]);
      if (given.some((value) => value === null || typeof value === "object" || value === ""))
        return error(400);
      const values = given.map(textOf);
      keys = found(operation.type, lookup, values);
      if (!operation.list && keys.length === 0) {
        const { parent } = lookup;
        const hasParent = parent !== null && keysOf(parent).some((key) => shows(lookup, parent, key, values));
        const notFound =
          lookup.parentNotFound && !hasParent ? lookup.parentNotFound : lookup.notFound;
        return notFound ? errorResponse(notFound) : error(404);
      }
      const { above } = lookup;
      if (above && keys.length === 0 && !exists(above.type, joined(parameters, above.parameters) ?? ""))
        return above.notFound ? errorResponse(above.notFound) : error(404);
    } else if (operation.fallback === "caller") {
      if (!caller?.key) return error(401);
      keys = [caller.key];
    } else if (operation.list && operation.lookups.length === 0) {
      keys = keysOf(operation.type);
    } else if (operation.finds) {
      return error(400);
    }

    const filters = Object.fromEntries(
      operation.filters
        .filter((name) => name in parameters)
        .map((name) => [name, parameters[name]]),
    );
    let selected = keys.filter((key) => includes(currentValue(operation.type, key), filters));
    let deleted: Values | null = null;
    const { action } = operation;
    if (action) {
      const before = { changes, playbacks: { ...playbacks }, nextScenarios: { ...nextScenarios } };
      if (action.does === "delete" && selected[0] !== undefined)
        deleted = currentValue(operation.type, selected[0]);
      try {
        selected = [act({ ...operation, action }, selected[0], body, inPath, caller)];
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        ({ changes, playbacks, nextScenarios } = before);
        return error(...refusal.statuses);
      }
    }
    const headers: Record<string, string> = {};
    let fields: [string[], unknown][] = [];
    if (operation.page) {
      const page = pageOf(operation.page, operation.type, selected, wanted);
      if (!page) return error(422, 400);
      ({ keys: selected, fields } = page);
      Object.assign(headers, page.headers);
    }
    const omitted = Object.keys(operation.omits).filter((name) => wanted[name] === "false");
    const emptied = omitted.flatMap((name) => get(operation.omits, name)).map((name) => [name, []]);
    const values = deleted
      ? [deleted]
      : selected.map((key) => ({
          ...currentValue(operation.type, key),
          ...Object.fromEntries(emptied),
        }));
    const { status, mediaType: type, location } = operation;
    const { leadsTo } = operation;
    const inLocation = leadsTo && textsOf(leadsTo, operation.type, selected[0] ?? "");
    if (leadsTo && inLocation) {
      const names = Object.keys(leadsTo.parameters);
      const depth = operation.path.split("/").length - 1;
      const base = new URL(request.url).pathname.split("/").slice(0, -depth).join("/");
      headers.location = `${base}${leadsTo.path.replace(/\{([^{}]+)\}/g, (_, name: string) =>
        encodeURIComponent(inLocation[names.indexOf(name)] ?? ""),
      )}`;
    }
    if (type === null) return new HttpResponse(null, { status, headers });
    let content = location ? filled(operation.body, location, values) : operation.body;
    for (const [name, value] of fields) content = withField(content, name, value);
    headers["content-type"] = type;
    return new HttpResponse(JSON.stringify(content), { status, headers });
  };

  const shows = (lookup: Lookup, type: string, key: string, texts: string[]) => {
    const own = textsOf(lookup, type, key);
    return own !== null && equal(own, texts);
  };

  const found = (type: string, lookup: Lookup, texts: string[]) =>
    keysOf(type).filter(
      (key) => shows(lookup, type, key, texts) && includes(ownValue(type, key), lookup.where),
    );

  /** Returns the keys of a page, and what the response says about it; null for a wrong cursor. */
  const pageOf = (page: Page, type: string, all: string[], query: Values) => {
    const wanted = page.sort && query[page.sort] ? textOf(query[page.sort]).split(",") : [];
    const order = [...wanted, ...page.order];
    const rank = (key: string, name: string) => currentValue(type, key)[name] ?? null;
    const keys = order.length > 0 ? [...all].sort(compare) : all;
    for (const name of [...order].reverse()) {
      const property = name.replace(/^-/, "");
      const direction = name.startsWith("-") ? -1 : 1;
      keys.sort((one, other) => direction * compare(rank(one, property), rank(other, property)));
    }
    const limit = Math.min(Number(query[page.limit] ?? page.size), page.maximum);
    const position = page.position ? query[page.position] : undefined;
    let start = 0;
    if (position !== undefined && page.style === "cursor") {
      const cursor = parsed(decoded(textOf(position)));
      if (!Array.isArray(cursor)) return null;
      const index = keys.indexOf(String(cursor[0]));
      // Without the resource of the cursor, the one after it has its place.
      start = index < 0 ? Math.max(Math.min(Number(cursor[1]) - 1, keys.length), 0) : index + 1;
    } else if (position !== undefined) {
      start = page.style === "offset" ? Number(position) : (Number(position) - 1) * limit;
    }
    const at = (index: number) => {
      if (page.style === "offset") return index;
      if (page.style === "page") return Math.floor(index / limit) + 1;
      return encoded(JSON.stringify(index > 0 ? [keys[index - 1], index] : ["", 0]));
    };
    const following = start + limit < keys.length ? at(start + limit) : null;
    const said: Values = {
      next: following,
      previous: start > 0 ? at(Math.max(start - limit, 0)) : null,
      total: keys.length,
      pages: Math.ceil(keys.length / limit),
      count: Math.max(Math.min(limit, keys.length - start), 0),
      limit,
      position: at(start),
      has_more: following !== null,
    };
    return {
      keys: keys.slice(start, start + limit),
      fields: Object.entries(page.fields).map(
        ([name, path]): [string[], unknown] => [path, said[name]],
      ),
      headers: Object.fromEntries(
        Object.entries(page.headers).map(([name, header]) => [header, String(said[name])]),
      ),
    };
  };

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
    /** Makes the resource with a key show a state from now on. */
    show: (key: Key, name: State) => {
      const { type, identity, segments } = get(states, name);
      const { timeline, keys, parentKeys } = get(types, type);
      if (timeline) return play(type, key, segments);
      const own = Object.entries(ownValue(type, key)).filter(([property]) =>
        [...keys, ...parentKeys].includes(property),
      );
      change(type, key, { ...withTimestamps(identity, now()), ...Object.fromEntries(own) });
    },
    /** Makes the resource with a key play a scenario from now on. */
    play: (key: Key, name: Scenario) => {
      const { type, segments } = get(scenarios, name);
      play(type, key, segments);
    },
    /** Sets the scenario that the next restart plays: of one resource, or of any of its type. */
    next: (name: Scenario, key: Key | "" = "") => {
      const { type, restarts } = get(scenarios, name);
      if (!restarts) throw new Error(`a restart cannot play ${name}`);
      nextScenarios[`${type}/${key}`] = name;
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
      changes = {};
    },
  };
}

/** Returns the values of a body that a client can write. */
function writable({ properties, readOnly }: ResourceType, body: Values): Values {
  const inner = Object.values(body).filter(isObject);
  const named = Object.keys(body).some((name) => properties.includes(name));
  const members = !named && inner.length === 1 ? (inner[0] ?? {}) : body;
  return Object.fromEntries(
    Object.entries(members).filter(
      ([name]) => properties.includes(name) && !readOnly.includes(name),
    ),
  );
}

/** Returns a resource that a request replaces; it keeps what clients cannot write. */
function replaced(type: ResourceType, before: Values, body: Values): Values {
  const given = writable(type, body);
  const moving = type.timeline?.properties ?? [];
  const kept = (name: string) =>
    [...type.keys, ...type.readOnly, ...moving].includes(name) ||
    (type.required.includes(name) && !(name in given));
  const own = Object.fromEntries(Object.entries(before).filter(([name]) => kept(name)));
  for (const name of type.keys) delete given[name];
  return ordered(type, { ...own, ...given });
}

/** Returns a resource with the changes of a JSON merge patch (RFC 7396). */
function updated(type: ResourceType, before: Values, body: Values): Values {
  const value = { ...before };
  for (const [name, patch] of Object.entries(writable(type, body))) {
    if (type.keys.includes(name)) continue;
    if (patch === null && !type.nullable.includes(name)) delete value[name];
    else value[name] = merged(value[name], patch);
  }
  return value;
}

function merged(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members: Values = isObject(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete members[name];
    else members[name] = merged(members[name], change);
  }
  return members;
}

/** Returns a resource after a transition, with what follows from its new status. */
function moved(type: ResourceType, before: Values, given: Values, at: number): Values {
  const { timeline, formats, nullable } = type;
  if (!timeline) return { ...before, ...given };
  const value = { ...before, ...given };
  const written = (name: string) =>
    formats[name] === "unixtime-ms"
      ? at
      : formats[name] === "unixtime"
        ? Math.floor(at / 1000)
        : new Date(at).toISOString();
  for (const roles of timeline.processes) {
    const own = timeline.status.includes(roles.status ?? "");
    const shown = (values: Values) =>
      own ? statusOf(timeline, values) : textOf(values[roles.status ?? ""] ?? null);
    if (shown(value) === shown(before)) continue;
    const phase = timeline.phases[shown(value)] ?? "";
    const clear = (name: string | undefined) => {
      if (name === undefined || !(name in value) || name in given) return;
      if (nullable.includes(name)) value[name] = null;
      else delete value[name];
    };
    if (roles.in_progress) value[roles.in_progress] = phase === "running";
    if (phase === "waiting" || phase === "running") {
      for (const role of ["started_at", "completed_at", "error", "error_at"]) clear(roles[role]);
      if (roles.logs) value[roles.logs] = [];
    }
    const runs = phase === "running" || phase === "ended-well";
    if (roles.started_at && runs && (value[roles.started_at] ?? null) === null)
      value[roles.started_at] = written(roles.started_at);
    if (roles.completed_at && phase.startsWith("ended"))
      value[roles.completed_at] = written(roles.completed_at);
  }
  return { ...ordered(type, value), ...given };
}

function ordered({ properties }: ResourceType, value: Values): Values {
  const names = [...properties.filter((name) => name in value), ...Object.keys(value)];
  return Object.fromEntries([...new Set(names)].map((name) => [name, value[name]]));
}

/** Returns the values that a timeline does not change. */
function without(value: Values, timeline: Timeline | null): Values {
  const moving = timeline?.properties ?? [];
  return Object.fromEntries(Object.entries(value).filter(([name]) => !moving.includes(name)));
}

/** Returns the status of a resource: the last one that is not null. */
function statusOf({ status }: Timeline, value: Values): string {
  const words = status.map((name) => value[name] ?? null).filter((word) => word !== null);
  return textOf(words.at(-1) ?? null);
}

function firstStatus({ timeline }: ResourceType, name: string): unknown {
  if (!timeline?.status.includes(name)) return "";
  return Object.keys(timeline.phases).find((word) => timeline.phases[word] === "waiting");
}

/** Returns the values of the properties of a key as one text; null if one is missing. */
function joined(value: Values, names: string[]): string | null {
  const values = names.map((name) => value[name] ?? null);
  if (values.includes(null) || names.length === 0) return null;
  const texts = values.map(textOf);
  if (texts.length === 1) return texts[0] ?? null;
  return texts.map((text) => text.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");
}

/** Orders values: null first, then numbers, then texts. */
function compare(one: unknown, other: unknown): number {
  const kind = (value: unknown) => (value === null ? 0 : typeof value === "number" ? 1 : 2);
  if (kind(one) !== kind(other)) return kind(one) - kind(other);
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [left, right] = [textOf(one), textOf(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Returns a text in base64url, without padding. */
function encoded(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decoded(text: string): string {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return "";
  }
}

/** Returns the segment at a time, in milliseconds after the start of the timeline. */
function segmentAt(segments: Segment[], elapsed: number): Segment {
  return segments.reduce((current, next) => (next.at <= elapsed ? next : current));
}

function withTimestamps({ values, offsets, formats = {} }: TimedValues, start: number): Values {
  const inside = Object.keys(offsets).some((name) => name.startsWith("/"));
  const result: Values = inside ? structuredClone(values) : { ...values };
  for (const [name, offset] of Object.entries(offsets)) {
    const at = start + offset;
    const format = formats[name];
    const seconds = format === "unixtime" ? Math.floor(at / 1000) : at;
    set(result, name, format === undefined ? new Date(at).toISOString() : seconds);
  }
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

/** Returns a body with a value at a path of properties. */
function withField(body: unknown, [name, ...path]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  const members = isObject(body) ? body : {};
  return { ...members, [name]: withField(members[name], path, value) };
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

/** Returns the caller that a token belongs to. */
function callerOf(
  credentials: Data["credentials"],
  operation: Operation,
  request: Request,
  anyToken: boolean,
): { type: string; key: string } | null {
  const query = new URL(request.url).searchParams;
  for (const [location, name = ""] of operation.tokens) {
    const given = location === "query" ? query.get(name) : request.headers.get(name);
    const token = BEARER.exec(given ?? "")?.[1] ?? (name === "authorization" ? null : given);
    const known = credentials.find((each) => each.token === token);
    if (known) return known;
    if (token && (anyToken || credentials.length === 0))
      return credentials[0] ?? { type: "", key: "" };
  }
  return null;
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
