"use strict";

// Requests as commands and code. A request has a method, a path, headers, a body (a JSON value) or a
// text, and plain: whether it is not for the control API, which can require the admin token.
const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

// JSON as the curl commands of the mock write it: with a space after each colon and comma.
function json(value) {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([n, v]) => `${JSON.stringify(n)}: ${json(v)}`);
  return `{${members.join(", ")}}`;
}

const is_present = (value) => value !== undefined && value !== null;
const has_json = ({ body }) => is_present(body);
const has_body = (request) => has_json(request) || is_present(request.text);
const needs_token = ({ plain }) => document.getElementById("token") && !plain;

// The headers of a request, with a place for the admin token.
const headers_of = (request, token = "Bearer ADMIN_TOKEN") => ({
  ...(needs_token(request) ? { authorization: token } : {}),
  ...request.headers,
});

// The same with the type of a JSON body, for languages that do not add it.
function typed_headers_of(request, token) {
  const headers = headers_of(request, token);
  const is_typed = !has_json(request) || headers["content-type"];
  return is_typed ? headers : { ...headers, "content-type": "application/json" };
}

function curl(request) {
  const { method, path } = request, words = ["curl", "-sS"];
  if (method !== (has_body(request) ? "POST" : "GET")) words.push("-X", method);
  words.push(quoted(location.origin + path));
  for (const [name, value] of Object.entries(typed_headers_of(request, "Bearer $ADMIN_TOKEN"))) {
    const text = `${name}: ${value}`;
    words.push("-H", value === "Bearer $ADMIN_TOKEN" ? `"${text}"` : quoted(text));
  }
  if (has_body(request)) words.push("-d", quoted(has_json(request) ? json(request.body) : request.text));
  return words.join(" ");
}

// JSON in Python: its words have other names.
const python_literal = (value) => json(value).replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\b(true|false|null)\b/g,
  (all, text) => text ?? { true: "True", false: "False", null: "None" }[all]);
const formats = {
  curl,
  fetch(request) {
    const headers = typed_headers_of(request), parts = [`method: ${json(request.method)}`];
    if (Object.keys(headers).length) parts.push(`headers: ${json(headers)}`);
    if (has_json(request)) parts.push(`body: JSON.stringify(${json(request.body)})`);
    else if (has_body(request)) parts.push(`body: ${json(request.text)}`);
    return `await fetch(${json(location.origin + request.path)}, { ${parts.join(", ")} });`;
  },
  playwright(request) {
    const headers = headers_of(request), parts = [`method: ${json(request.method)}`];
    if (Object.keys(headers).length) parts.push(`headers: ${json(headers)}`);
    if (has_body(request)) parts.push(`data: ${json(has_json(request) ? request.body : request.text)}`);
    return `await request.fetch(${json(location.origin + request.path)}, { ${parts.join(", ")} });`;
  },
  python(request) {
    const headers = headers_of(request), parts = [json(request.method), json(location.origin + request.path)];
    if (Object.keys(headers).length) parts.push(`headers=${python_literal(headers)}`);
    if (has_json(request)) parts.push(`json=${python_literal(request.body)}`);
    else if (has_body(request)) parts.push(`data=${json(request.text)}.encode()`);
    return `requests.request(${parts.join(", ")})`;
  },
};
const code_of = (requests) =>
  requests.map(formats[document.getElementById("format").value]).join("\n");
