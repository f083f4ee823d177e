"use strict";

// Shows a response: its status, its time and its size, its headers, and its body.
const MAX_BODY = 200_000; // characters that are shown
const JSON_TOKEN = /("(?:\\.|[^"\\])*")(?=(\s*:)?)|(-?\b\d[\d.eE+-]*)|\b([a-z]+)\b/g;

function highlighted(text) {
  const parts = [];
  let end = 0;
  for (const token of text.matchAll(JSON_TOKEN)) {
    const [all, string, colon, number] = token;
    const span = document.createElement("span");
    span.className = `json-${string ? (colon ? "key" : "text") : number ? "number" : "word"}`;
    span.textContent = all;
    parts.push(text.slice(end, token.index), span);
    end = token.index + all.length;
  }
  return [...parts, text.slice(end)];
}

const size_text = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

function show_body(code, text) {
  try {
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    code.replaceChildren(...highlighted(pretty.slice(0, MAX_BODY)));
  } catch {
    code.textContent = text.slice(0, MAX_BODY);
  }
}

// Sends a request, and shows its response in a box. Returns a line for it.
async function send_and_show(path, options, box = document.getElementById("response")) {
  const line = box.querySelector(".line");
  const code = box.querySelector("code"), headers = box.querySelector(".header-list");
  const started = performance.now();
  box.hidden = false;
  headers.replaceChildren();
  code.textContent = "";
  try {
    const response = await fetch(path, { cache: "no-store", ...options });
    const text = await response.text();
    const fault = response.headers.get("x-mock-fault");
    line.textContent = [
      response.status,
      response.headers.get("content-type") ?? "no body",
      ...(fault ? [`fault ${fault}`] : []),
      size_text(new TextEncoder().encode(text).length),
      `${Math.round(performance.now() - started)} ms`,
    ].join(" · ");
    for (const [name, value] of response.headers) {
      const term = document.createElement("dt"), description = document.createElement("dd");
      term.textContent = name;
      description.textContent = value;
      headers.append(term, description);
    }
    show_body(code, text);
    return { text: `${response.status}${fault ? ` · fault ${fault}` : ""}`, failed: Boolean(fault) };
  } catch (error) {
    line.textContent = `Incomplete response (${error.message})`;
    return { text: `incomplete response (${error.message})`, failed: true };
  } finally {
    box.querySelector(".headers").hidden = !headers.children.length;
    box.querySelector(".curl").hidden = !code.textContent;
    box.scrollIntoView({ block: "nearest" });
  }
}
