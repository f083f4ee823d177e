"use strict";

// Marks the section that is read in the contents, and filters them. The page works without it.
const contents = document.querySelector(".contents");
const NARROW = matchMedia("(max-width: 62rem)"); // as in reference.css
const links = new Map(
  [...contents.querySelectorAll('a[href^="#"]')].map((link) => [decodeURIComponent(link.hash.slice(1)), link]),
);

const fold = () => (contents.open = !NARROW.matches);
NARROW.addEventListener("change", fold);
fold();

contents.addEventListener("click", ({ target }) => {
  if (NARROW.matches && target.closest("a")) contents.open = false;
});

function mark(link) {
  if (link.getAttribute("aria-current")) return;
  for (const other of contents.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const { top, bottom } = link.getBoundingClientRect(), box = contents.getBoundingClientRect();
  if (top < box.top || bottom > box.bottom) contents.scrollTop += top - box.top - box.height / 2;
}

const sections = [...document.querySelectorAll(".part article")];
const observer = new IntersectionObserver(() => {
  const read = sections.findLast((section) => section.getBoundingClientRect().top < innerHeight / 3);
  const link = read && links.get(decodeURIComponent(read.id));
  if (link) mark(link);
}, { rootMargin: "0px 0px -66% 0px", threshold: [0, 1] });
for (const section of sections) observer.observe(section);

const opened = new Map([...contents.querySelectorAll("details.entry")].map((entry) => [entry, entry.open]));
contents.querySelector("#filter").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const [entry, open] of opened) {
    const items = [...entry.querySelectorAll("[data-text]")];
    for (const item of items) item.hidden = !words.every((word) => item.dataset.text.includes(word));
    entry.hidden = words.length > 0 && items.every(({ hidden }) => hidden);
    entry.open = words.length ? true : open;
  }
});
