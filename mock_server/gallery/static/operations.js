"use strict";

// Sends the request of a form, and shows the response. The pages also work without this script.
const MAX_BODY = 200_000; // characters that are shown

async function send_request(form) {
  const { method, path, headers, body } = JSON.parse(form.dataset.request);
  const box = document.getElementById("response");
  const line = box.querySelector(".line"), code = box.querySelector("code");
  box.hidden = false;
  try {
    const response = await fetch(path, { method, headers, body, cache: "no-store" });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "no body";
    const fault = response.headers.get("x-mock-fault");
    line.textContent = `${response.status} · ${type}${fault ? ` · fault ${fault}` : ""}`;
    code.textContent = pretty(text).slice(0, MAX_BODY);
  } catch (error) {
    line.textContent = `Incomplete response (${error.message})`;
    code.textContent = "";
  }
  box.querySelector("pre").hidden = code.textContent === "";
  box.scrollIntoView({ block: "nearest" });
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function search(words) {
  let count = 0;
  for (const item of document.querySelectorAll("[data-text]")) {
    item.hidden = !words.every((word) => item.dataset.text.includes(word));
    count += item.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll("section.tag"))
    section.hidden = !section.querySelector("[data-text]:not([hidden])");
  document.getElementById("found").textContent = words.length ? `${count} found` : "";
}

addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.classList.contains("try")) send_request(event.target);
});
addEventListener("input", ({ target }) => {
  if (target.id === "search") search(target.value.toLowerCase().split(/\s+/).filter(Boolean));
});
for (const form of document.querySelectorAll("form.try, form.search")) form.hidden = false;
