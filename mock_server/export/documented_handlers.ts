// Returns the documented responses below, as the mock server does: by default the success, or the
// response that the header `Prefer` or `respondWith` selects.
import { http, HttpResponse } from "msw";
import type { HttpHandler } from "msw";

type Example = {
  status: number;
  /** The name of the example; empty if the response has none. */
  example: string;
  headers: Record<string, string>;
  /** JSON; absent if the body is other text, or if there is none. */
  json?: unknown;
  text?: string;
};
type Entry = {
  id: Operation;
  method: string;
  /** A regular expression for the path. */
  path: string;
  /** The paths of the servers; the bare path works too. */
  prefixes: string[];
  responses: Example[];
};

export type Options = {
  /** The origin of the API, and more of its path if it is not that of the document. */
  base?: string;
};
export type Choice = { status?: number; example?: string };

const METHODS: Record<string, typeof http.get> = http;

/** Creates an independent mock: its handlers, and functions that control it. */
export function mock({ base = "" }: Options = {}) {
  const anyOrigin = "[^/]+//[^/]+";
  const before = (base.includes("://") ? "" : anyOrigin) + escaped(base.replace(/\/+$/, ""));
  const choices = new Map<Operation, Choice>();

  const respond = (entry: Entry, request: Request): Response => {
    const choice = preferred(request) ?? choices.get(entry.id) ?? {};
    const found = entry.responses.find(
      ({ status, example }) =>
        (choice.status === undefined || status === choice.status) &&
        (choice.example === undefined || example === choice.example),
    );
    if (!found)
      return HttpResponse.json(
        { type: "about:blank", title: "Unknown response", status: 400 },
        { status: 400, headers: { "content-type": "application/problem+json" } },
      );
    const { status, headers, json, text } = found;
    const body = json === undefined ? text : JSON.stringify(json);
    return new HttpResponse(body ?? null, { status, headers });
  };

  const handlers: HttpHandler[] = data.map((entry) => {
    const prefixes = [...entry.prefixes, ""].map(escaped).join("|");
    const path = new RegExp(`^${before}(?:${prefixes})${entry.path}$`);
    const handle = METHODS[entry.method];
    if (!handle) throw new Error(`unknown method ${entry.method}`);
    return handle(path, ({ request }) => respond(entry, request));
  });

  return {
    handlers,
    /** Makes an operation return another documented response from now on. */
    respondWith: (operation: Operation, choice: Choice) => {
      choices.set(operation, choice);
    },
    /** Makes all operations return their success again. */
    reset: () => choices.clear(),
  };
}

function preferred(request: Request): Choice | undefined {
  const prefer = request.headers.get("prefer") ?? "";
  const code = /(?:^|[,;\s])code=(\d+)/.exec(prefer)?.[1];
  const [, quoted, word] = /(?:^|[,;\s])example=(?:"([^"]*)"|([^\s,;]+))/.exec(prefer) ?? [];
  const example = quoted ?? word;
  if (code === undefined && example === undefined) return undefined;
  return {
    ...(code === undefined ? {} : { status: Number(code) }),
    ...(example === undefined ? {} : { example }),
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
