"use strict";

// Requests as commands and code. A request has a method, a path, a body, headers, and plain: whether
// it is not for the control API, which can require the admin token.
const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

// JSON as the curl commands of the mock write it: with a space after each colon and comma.
function json(value) {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([n, v]) => `${JSON.stringify(n)}: ${json(v)}`);
  return `{${members.join(", ")}}`;
}

function curl({ method, path, body, headers = {}, plain }) {
  const words = ["curl", "-sS"];
  const no_body = body === undefined || body === null;
  if (method !== (no_body ? "GET" : "POST")) words.push("-X", method);
  words.push(quoted(location.origin + path));
  if ($("token") && !plain) words.push("-H", '"authorization: Bearer $ADMIN_TOKEN"');
  for (const [name, value] of Object.entries(headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (!no_body) words.push("-H", quoted("content-type: application/json"), "-d", quoted(json(body)));
  return words.join(" ");
}

// The code that sends requests, in the languages of tests.
const members = (value) => json(value).replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\b(true|false|null)\b/g,
  (all, text) => text ?? { true: "True", false: "False", null: "None" }[all]);
const sent_headers = ({ headers = {}, plain }) =>
  $("token") && !plain ? { authorization: "Bearer ADMIN_TOKEN", ...headers } : headers;
const formats = {
  curl,
  fetch(request) {
    const { method, path, body } = request, headers = sent_headers(request);
    if (body !== undefined && body !== null) headers["content-type"] = "application/json";
    const parts = [`method: ${json(method)}`];
    if (Object.keys(headers).length) parts.push(`headers: ${json(headers)}`);
    if (headers["content-type"]) parts.push(`body: JSON.stringify(${json(body)})`);
    return `await fetch(${json(location.origin + path)}, { ${parts.join(", ")} });`;
  },
  playwright(request) {
    const { method, path, body } = request, headers = sent_headers(request);
    const parts = [`method: ${json(method)}`];
    if (Object.keys(headers).length) parts.push(`headers: ${json(headers)}`);
    if (body !== undefined && body !== null) parts.push(`data: ${json(body)}`);
    return `await request.fetch(${json(location.origin + path)}, { ${parts.join(", ")} });`;
  },
  python(request) {
    const { method, path, body } = request, headers = sent_headers(request);
    const parts = [json(method), json(location.origin + path)];
    if (Object.keys(headers).length) parts.push(`headers=${members(headers)}`);
    if (body !== undefined && body !== null) parts.push(`json=${members(body)}`);
    return `requests.request(${parts.join(", ")})`;
  },
};
const code_of = (requests) => requests.map(formats[$("format").value]).join("\n");
