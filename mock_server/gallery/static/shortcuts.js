"use strict";

// Keyboard shortcuts. An element with aria-keyshortcuts is clicked, or gets the focus if it is a
// field. The sheet lists those of the page, and can turn them off (WCAG 2.2, 2.1.4).
const SHORTCUTS_KEY = "shortcuts";
const sheet = document.getElementById("shortcut-sheet");
const with_shortcuts = () =>
  [...document.querySelectorAll("[aria-keyshortcuts]")].filter((element) => element.checkVisibility());
const are_on = () => localStorage.getItem(SHORTCUTS_KEY) !== "off";

for (const search of document.querySelectorAll("input[type=search]"))
  search.setAttribute("aria-keyshortcuts", "/");

const text_of = (element) =>
  element.getAttribute("aria-label") ?? (element.labels?.[0] ?? element).textContent.trim();

function show_sheet() {
  if (sheet.open) return;
  const rows = with_shortcuts().flatMap((element) => {
    const term = document.createElement("dt"), description = document.createElement("dd");
    const key = document.createElement("kbd");
    key.textContent = element.getAttribute("aria-keyshortcuts");
    term.append(key);
    description.textContent = text_of(element);
    return [term, description];
  });
  sheet.querySelector("dl").replaceChildren(...rows);
  document.getElementById("shortcuts-on").checked = are_on();
  sheet.showModal();
}

const TYPED_INTO = "input:not([type=checkbox], [type=range]), select, textarea";
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || sheet.open) return;
  if (!are_on() || event.target.closest?.(TYPED_INTO)) return;
  const element = with_shortcuts().find((each) => each.getAttribute("aria-keyshortcuts") === event.key);
  if (!element) return;
  event.preventDefault();
  if (element.matches(TYPED_INTO)) element.focus();
  else element.click();
});

document.getElementById("shortcuts").hidden = false;
document.getElementById("shortcuts").addEventListener("click", show_sheet);
document.getElementById("shortcuts-on").addEventListener("change", ({ target }) =>
  localStorage.setItem(SHORTCUTS_KEY, target.checked ? "on" : "off"),
);
