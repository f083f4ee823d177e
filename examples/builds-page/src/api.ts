import type { components, paths } from "./contract/openapi";

export type Release = components["schemas"]["PackageRelease"];
export type Package = components["schemas"]["Package"];

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type ResponseBody<T> = T extends { responses: { 200: infer Success } } ? Json<Success> : never;
type RequestBody<T> = T extends { requestBody: infer Body } ? Json<Body> : never;
type Query<T> = T extends { parameters: { query?: infer Names } } ? NonNullable<Names> : never;

const pageQuery = new URLSearchParams(location.search);
const baseUrl = pageQuery.get("api") ?? import.meta.env.VITE_API ?? "/api";
const token = import.meta.env.VITE_TOKEN ?? "testuser-token";

export function get<P extends keyof paths>(
  path: P,
  query: Query<paths[P]["get"]>,
  signal: AbortSignal,
): Promise<ResponseBody<paths[P]["get"]>> {
  return fetchJson(`${path}?${new URLSearchParams(query)}`, { signal });
}

export function post<P extends keyof paths>(
  path: P,
  body: RequestBody<paths[P]["post"]>,
  signal: AbortSignal,
): Promise<ResponseBody<paths[P]["post"]>> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return fetchJson(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/**
 * The JSON of a successful response. Otherwise rejects with a message for the user, or with an
 * AbortError if the signal aborted the request.
 */
async function fetchJson<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(baseUrl + path, request).catch((error: Error) => {
    throw error.name === "AbortError" ? error : new Error("The server cannot be reached");
  });
  const body = await response.json().catch((error: Error) => {
    if (error.name === "AbortError") throw error;
    throw new Error(`The response (${response.status}) is not JSON`);
  });
  if (!response.ok) {
    throw new Error(body?.error?.message ?? `The server responded with ${response.status}`);
  }
  return body;
}
