// Replays calls on the exported handlers and parses each JSON body with the exported schemas.
import { readFileSync } from "node:fs";
import { setupServer } from "msw/node";
import { mock } from "./msw/handlers.js";
import { responses } from "./zod/schemas.js";

const api = mock();
const server = setupServer(...api.handlers);
server.listen({ onUnhandledRequest: "error" });
const results = [];
for (const { id, method, path, prefer, choice } of JSON.parse(readFileSync("calls.json", "utf-8"))) {
  if (choice) api.respondWith(id, choice);
  const headers = prefer ? { prefer } : {};
  const response = await fetch(`https://any.example${path}`, { method, headers });
  const text = await response.text();
  const is_json = (response.headers.get("content-type") ?? "").includes("json");
  const body = is_json && text ? JSON.parse(text) : text;
  const documented = responses[id] ?? {};
  const range = `${String(response.status)[0]}XX`;
  const schema = documented[response.status] ?? documented[range] ?? documented.default;
  const valid = is_json && schema ? schema.safeParse(body).success : null;
  results.push({ status: response.status, body, valid });
  api.reset();
}
server.close();
console.log(JSON.stringify(results));
