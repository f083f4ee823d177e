"use strict";

// Shows the user's page in frames. A frame loads when it comes near the visible part of the page;
// its session is reset first, so that it shows the state of its label. Few frames are live at a
// time, because each page polls, and a browser opens six connections to a host.
const MAX_LIVE = 12, MAX_LOADING = 3;
const LOADING = 4000; // milliseconds after which the next frame starts to load
const visible = new Set(), live = new Set(), waiting = new Set();
let loading = 0;

function admin_headers() {
  const token = sessionStorage.getItem("admin-token");
  return token ? { authorization: `Bearer ${token}` } : {};
}

// The page still loads if the session cannot be reset, for example without the admin token.
const reset = ({ dataset }) =>
  fetch(`${dataset.control}/reset`, { method: "POST", headers: admin_headers() }).catch(() => {});

async function load(screen) {
  loading += 1;
  live.add(screen);
  await reset(screen);
  const frame = own_page_frame(screen.dataset.src, screen.dataset.title);
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  screen.replaceChildren(frame);
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, LOADING))]);
  loading -= 1;
  load_next();
}

function load_next() {
  for (const screen of waiting) {
    if (loading >= MAX_LOADING) return;
    waiting.delete(screen);
    if (!screen.isConnected || !visible.has(screen)) continue;
    for (const old of live) {
      if (live.size < MAX_LIVE) break;
      if (!visible.has(old)) unload(old);
    }
    load(screen);
  }
}

function unload(screen) {
  live.delete(screen);
  screen.replaceChildren();
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) visible.delete(target);
      else if (visible.add(target) && !live.has(target)) waiting.add(target);
    }
    load_next();
  },
  { rootMargin: "200px" },
);

function restart(screen) {
  if (!live.has(screen)) return;
  waiting.add(screen);
  load_next();
}

function observe() {
  for (const screen of live) if (!screen.isConnected) live.delete(screen);
  for (const screen of document.querySelectorAll(".screen")) observer.observe(screen);
  for (const button of document.querySelectorAll(".restart, #restart-all")) button.hidden = false;
}

addEventListener("click", ({ target }) => {
  if (target.closest?.(".restart")) restart(target.closest(".frame").querySelector(".screen"));
  if (target.closest?.("#restart-all")) for (const screen of [...live]) restart(screen);
});
addEventListener("gallery:update", observe);

observe();
