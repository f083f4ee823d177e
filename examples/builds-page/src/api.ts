import type { components, paths } from "./contract/openapi";

export type Release = components["schemas"]["PackageRelease"];
export type Package = components["schemas"]["Package"];

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Success<T> = T extends { responses: { 200: infer Answer } } ? Json<Answer> : never;
type Asked<T> = T extends { requestBody: infer Body } ? Json<Body> : never;
type Query<T> = T extends { parameters: { query?: infer Given } } ? NonNullable<Given> : never;

const settings = new URLSearchParams(location.search);
const base = settings.get("api") ?? import.meta.env.VITE_API ?? "/api";
const token = import.meta.env.VITE_TOKEN ?? "testuser-token";

export function get<P extends keyof paths>(
  path: P,
  query: Query<paths[P]["get"]>,
  signal: AbortSignal,
): Promise<Success<paths[P]["get"]>> {
  return ask(`${path}?${new URLSearchParams(query)}`, { signal });
}

export function post<P extends keyof paths>(
  path: P,
  body: Asked<paths[P]["post"]>,
  signal: AbortSignal,
): Promise<Success<paths[P]["post"]>> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** The JSON of an answer. Rejects with words for people when there is none. */
async function ask<T>(path: string, request: RequestInit): Promise<T> {
  const answer = await fetch(base + path, request).catch((error: Error) => {
    throw error.name === "AbortError" ? error : new Error("The server cannot be reached");
  });
  const body = await answer.json().catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    throw new Error(`The server answers ${answer.status}, and no JSON`);
  });
  if (!answer.ok) throw new Error(body?.error?.message ?? `The server answers ${answer.status}`);
  return body;
}
