"use strict";

// Copies commands, and filters without loading the page again. All pages work without this script.
const RESET_AFTER = 2000, TYPING = 200; // milliseconds

async function copy(button, text, select) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    if (select) getSelection().selectAllChildren(select);
    button.textContent = select ? "Selected" : "Not allowed";
  }
  setTimeout(() => (button.textContent = label), RESET_AFTER);
}

addEventListener("click", ({ target }) => {
  const button = target.closest?.(".copy, .copy-link");
  if (!button || button.textContent.startsWith("Copied")) return;
  if (button.classList.contains("copy-link")) return copy(button, location.href);
  const code = button.parentElement.querySelector("code");
  copy(button, code.textContent, code);
});

const show_buttons = () => {
  for (const button of document.querySelectorAll(".copy, .copy-link")) button.hidden = false;
};

// Replaces the parts of the page with those of another address. The focus stays where it was. A
// part with an equal key keeps its content: frames would load again.
let latest = 0;
async function show(address, push) {
  const number = (latest += 1);
  const response = await fetch(address, { headers: { accept: "text/html" } }).catch(() => null);
  if (number !== latest) return;
  if (!response?.ok) return location.assign(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (number !== latest) return;
  const focused = document.activeElement?.id;
  for (const open of document.querySelectorAll("[data-live] details[id][open]"))
    page.getElementById(open.id)?.setAttribute("open", "");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next) part.replaceChildren();
    else if (part.dataset.key === undefined || part.dataset.key !== next.dataset.key) part.replaceWith(next);
    else for (const { name, value } of next.attributes) part.setAttribute(name, value);
  }
  document.title = page.title;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  updated();
}

const form_address = (form) => {
  const query = new URLSearchParams(new FormData(form));
  if (!query.get("q")) query.delete("q");
  return form.action.split("?")[0] + (query.size ? `?${query}` : "");
};

addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-live] a.chip, [data-live] a.option, a#clear");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.id === "clear" && document.getElementById("search")) document.getElementById("search").value = "";
  show(link.href, true);
});
let typing;
addEventListener("input", ({ target }) => {
  if (target.id !== "search" || !target.form.action) return;
  clearTimeout(typing);
  typing = setTimeout(() => show(form_address(target.form), false), TYPING);
});
addEventListener("submit", (event) => {
  if (!event.target.matches("form.search[action], #compare")) return;
  event.preventDefault();
  clearTimeout(typing);
  show(form_address(event.target), true);
});
addEventListener("popstate", () => show(location.href, false));

// A frame with the user's page, which cannot navigate the gallery.
function own_page_frame(src, title) {
  const frame = document.createElement("iframe");
  frame.title = title;
  frame.referrerPolicy = "no-referrer";
  frame.setAttribute(
    "sandbox",
    "allow-downloads allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox " +
      "allow-same-origin allow-scripts",
  );
  frame.src = src;
  return frame;
}

// Fills the elements whose content takes time: the main part of another page.
const included = new Map(); // address → elements
async function include(element) {
  const address = element.dataset.include;
  const token = sessionStorage.getItem("admin-token");
  const headers = { accept: "text/html", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  if (!included.has(address)) {
    const response = await fetch(address, { headers }).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    included.set(address, [...page.querySelectorAll(".included")]);
  }
  element.replaceChildren(...included.get(address).map((each) => each.cloneNode(true)));
}

function updated() {
  show_buttons();
  for (const element of document.querySelectorAll("[data-include]")) include(element);
  dispatchEvent(new Event("gallery:update"));
}

document.documentElement.classList.add("with-script");
updated();
