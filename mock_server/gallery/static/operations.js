"use strict";

// Sends the request of a form, and finds operations. The pages also work without this script.
function send_request(form) {
  const { method, path, headers, body } = JSON.parse(form.dataset.request);
  const box = form.closest(".operation")?.querySelector(".response-box"); // of the API reference
  return send_and_show(path, { method, headers, body }, box ?? undefined);
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
  if (event.target.matches(".try")) send_request(event.target);
});
addEventListener("input", ({ target }) => {
  if (target.id === "search") search(target.value.toLowerCase().split(/\s+/).filter(Boolean));
});
for (const form of document.querySelectorAll("form.try, form.search")) form.hidden = false;
