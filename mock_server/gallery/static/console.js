"use strict";

// Controls a session through the control API. The mock renders the resource and the request log:
// this script turns forms into requests, and replaces parts of the page with rendered ones.

const $ = (id) => document.getElementById(id);
const TOKEN_KEY = "admin-token"; // in the session storage of this tab
const MOVE = "Move in timeline";
const RESET = "Reset session";
const MAX_ITEMS = 200; // exchanges, and actions, that stay on the page
// Milliseconds: between two updates at least, and at most; and between two drawings of the position
const MIN_POLL = 250, MAX_POLL = 5000, TICK = 200;
const SHOW_CODE = "show-code"; // in the local storage
const state = { html: "", last: 0, current: null, updated_at: 0 };

const token = () => ($("token") ? sessionStorage.getItem(TOKEN_KEY) : null);
const key = () => $("resource").value;
// The key as a member of a request body
const key_member = () => {
  const { name, dataset } = $("resource");
  return { [name]: dataset.type === "number" ? Number(key()) : key() };
};
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function show_message(text, is_error = false) {
  $("message").textContent = text;
  $("message").classList.toggle("error-message", is_error);
}

// The options of fetch for a request. plain: it is not for the control API.
function init_of({ method = "GET", body, text, headers = {}, plain = false } = {}) {
  const all_headers = { ...headers }, init = { method, headers: all_headers, cache: "no-store" };
  if (token() && !plain) all_headers.authorization = `Bearer ${token()}`;
  if (is_present(text)) return { ...init, body: text };
  if (!is_present(body)) return init;
  all_headers["content-type"] ??= "application/json";
  return { ...init, body: JSON.stringify(body) };
}

const send = (path, request, signal) => fetch(path, { ...init_of(request), signal });

// Returns the request of a form with the current values of its fields; null if it has none yet.
function request_of(form) {
  if (form.id === "send-request") return request_of_fields(form);
  if (form.dataset.request !== undefined)
    return form.dataset.request ? { ...JSON.parse(form.dataset.request), plain: true } : null;
  const { method, path } = form.dataset;
  const fields = [...form.elements].filter(
    (field) => field.name && field.value !== "" && !field.closest("fieldset:disabled"),
  );
  const converters = { number: Number, boolean: (text) => text === "true" };
  const body = {};
  for (const field of fields)
    body[field.name] = (converters[field.dataset.type] ?? String)(field.value);
  return { method, path, body: fields.length ? body : null };
}

function update_code(form) {
  const request = request_of(form);
  form.querySelector(".as-code code").textContent = request ? code_of([request]) : "";
  const path = form.querySelector(".path");
  if (path) path.textContent = request.path;
}

const update_codes = () => document.querySelectorAll("form.action").forEach(update_code);

// Merges consecutive moves into one: a new playback replaces earlier moves, advances are added, and
// the clock does not resume between two moves.
function merged_moves(before, after) {
  const restarts = after.some(({ body }) => !("freeze" in body || "advance" in body));
  const remaining = restarts ? before.filter(({ body }) => "freeze" in body) : before;
  return [...remaining, ...after].reduce((all, each) => {
    const last = all.at(-1);
    if (last?.body.freeze === false && each.body.freeze === true) return all.slice(0, -1);
    if (last === undefined || !("advance" in last.body && "advance" in each.body)) return [...all, each];
    const advance = Math.round((last.body.advance + each.body.advance) * 1000) / 1000;
    return [...all.slice(0, -1), { ...each, body: { advance } }];
  }, []);
}

let moves = []; // the requests of the first item of the history, if it is a move
const history_items = new WeakMap(); // item → its requests

function add_to_history(requests, title) {
  const list = $("history");
  const merges = title === MOVE && list.firstElementChild?.dataset.title === title;
  moves = merges ? merged_moves(moves, requests) : requests;
  const item = merges ? list.firstElementChild : document.createElement("li");
  item.dataset.title = title;
  const box = document.createElement("div"), button = document.createElement("button");
  const pre = document.createElement("pre"), code = document.createElement("code");
  history_items.set(item, moves);
  code.textContent = code_of(moves);
  pre.append(code);
  pre.tabIndex = 0;
  pre.setAttribute("aria-label", `Code: ${title}`);
  button.className = "copy";
  button.type = "button";
  button.textContent = "Copy";
  box.className = "curl";
  box.append(pre, button);
  item.replaceChildren(title, box);
  if (!merges) list.prepend(item);
  while (list.children.length > MAX_ITEMS) list.lastElementChild.remove();
  list.parentElement.querySelector(".none").hidden = true;
}

async function error_text(response) {
  const text = await response.text();
  if (response.status === 401 && $("token")) return "Enter the admin token above.";
  try {
    const { error } = JSON.parse(text);
    const issues = (error.issues ?? []).map((issue) => Object.values(issue).join(": "));
    return [error.message, ...issues].join(" · ");
  } catch {
    return `${response.status} ${text.slice(0, 300)}`;
  }
}

// Sends requests one after the other and shows the result. Returns whether all succeeded.
async function perform(requests, title) {
  add_to_history(requests, title);
  try {
    for (const request of requests) {
      const response = await send(request.path, request);
      if (!response.ok) {
        show_message(`${title}: ${await error_text(response)}`, true);
        return false;
      }
    }
    show_message(`${title}: done`);
    own_page.changed = true;
    return true;
  } catch (error) {
    show_message(`${title}: no response (${error.message})`, true);
    return false;
  }
}

async function fragment(path, signal) {
  const response = await send(path, {}, signal);
  const is_page = response.headers.get("content-type")?.startsWith("text/html");
  if (!response.ok && !is_page) throw new Error(await error_text(response));
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok) throw new Error(parsed.querySelector("h1")?.textContent ?? response.status);
  return parsed.body.firstElementChild;
}

// Shows the current state of the resource.
async function update_resource() {
  const view = $("resource-view");
  const query = new URLSearchParams({ [$("resource").name]: key() });
  try {
    const element = await fragment(`${view.dataset.path}?${query}`);
    if (element.dataset.key !== key()) return;
    Object.assign(state, { current: element.dataset, updated_at: performance.now() });
    if (state.html !== element.outerHTML) {
      const before = view.firstElementChild?.dataset?.summary;
      state.html = element.outerHTML;
      view.replaceChildren(element);
      if (before !== element.dataset.summary)
        $("announcement").textContent = `${key()} is ${element.dataset.summary}`;
    }
    view.setAttribute("aria-busy", "false");
    set_requests(element.dataset);
    update_slider();
    update_page(element.dataset);
  } catch (error) {
    show_message(error.message, true);
  }
}

// The requests that change the resource; an empty one is not known yet.
function set_requests({ actions = "{}" }) {
  const requests = JSON.parse(actions);
  for (const form of document.querySelectorAll("form[data-operation]")) {
    form.dataset.request = requests[form.dataset.operation] ?? "";
    update_code(form);
  }
}

// Resolves when the tab is shown again.
const shown = () =>
  new Promise((resolve) => {
    const listener = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", listener);
      resolve();
    };
    document.addEventListener("visibilitychange", listener);
  });

let updates = Promise.resolve(); // one update at a time
const update_now = () => (updates = updates.then(update_resource));

const plays = () => state.current?.scenario && state.current.frozen === "false";

// The seconds of the timeline that have passed. Between two updates, the browser computes them.
function elapsed() {
  const { current, updated_at } = state;
  const passed = plays() ? ((performance.now() - updated_at) / 1000) * Number(current.rate) : 0;
  return Number(current.elapsed) + passed;
}

// Milliseconds until the resource changes by itself, within limits.
function until_change() {
  if (!plays() || state.current.next === "") return MAX_POLL;
  const left = (Number(state.current.elapsed) + Number(state.current.next) - elapsed()) * 1000;
  return Math.min(Math.max(left / Number(state.current.rate), MIN_POLL), MAX_POLL);
}

let wake = () => {}; // ends the wait for the next update
async function poll_resource() {
  for (;;) {
    if (document.hidden) await shown();
    await update_now();
    const woken = new Promise((resolve) => (wake = resolve));
    await Promise.race([sleep(state.current ? until_change() : MAX_POLL), woken]);
  }
}

// Draws the position between two updates, without a request.
setInterval(() => {
  if (document.hidden || !plays()) return;
  const view = $("resource-view"), { seconds } = state.current, now = Math.min(elapsed(), Number(seconds));
  for (const playhead of view.querySelectorAll(".playhead"))
    playhead.setAttribute("d", `M${((now / Number(seconds)) * 1000).toFixed(2)} 0v24`);
  const text = view.querySelector(".elapsed");
  if (text) text.textContent = now.toFixed(1);
  if (target_position === null) show_position();
}, TICK);

// Shows the user's page for the resource, and loads it again after a change. The new frame replaces
// the old one when it has loaded, so that the page does not flicker.
const own_page = { src: "", summary: "", changed: false };

function update_page({ page: src, summary }) {
  if (!$("own-page")) return;
  const changed = own_page.changed || own_page.summary !== summary;
  if (own_page.src === src && !(changed && $("page-reload").checked)) return;
  Object.assign(own_page, { src, summary, changed: false });
  $("own-page").hidden = $("page-link").hidden = !src;
  $("no-page").hidden = Boolean(src);
  if (!src) return;
  $("page-link").href = src;
  const screen = $("own-page").querySelector(".screen"), frame = own_page_frame(src, "Your page");
  frame.addEventListener("load", () => {
    for (const other of [...screen.children]) if (other !== frame) other.remove();
  }, { once: true });
  screen.append(frame);
  while (screen.children.length > 2) screen.firstElementChild.remove();
}

$("page-width")?.addEventListener("change", ({ target }) => ($("own-page").dataset.width = target.value));

// The slider follows the timeline, unless the user moves it.
let target_position = null;
function update_slider() {
  const slider = $("position"), { seconds, scenario } = state.current;
  slider.disabled = scenario === "";
  update_player();
  $("position-hint").hidden = scenario !== "";
  if (target_position !== null) return;
  slider.max = Math.max(Number(seconds), 0.1);
  show_position();
}

function show_position() {
  const slider = $("position");
  slider.value = elapsed();
  slider.setAttribute("aria-valuetext", `${Number(slider.value).toFixed(1)} of ${slider.max} seconds`);
}

// Play and pause stop and start the clock of the session.
const clock_request = (body) => ({ method: "POST", path: $("advance").form.dataset.path, body });

function update_player() {
  const { frozen, rate } = state.current;
  $("play-pause").hidden = $("speed-label").hidden = false;
  $("play-pause").textContent = frozen === "true" ? "Play" : "Pause";
  const speed = $("speed");
  if (![...speed.options].some(({ value }) => value === rate)) speed.add(new Option(`${rate}×`, rate));
  if (document.activeElement !== speed) speed.value = rate;
}

$("play-pause").addEventListener("click", async () => {
  const freeze = state.current.frozen !== "true";
  await perform([clock_request({ freeze })], freeze ? "Pause" : "Resume");
  await update_now();
});
$("speed").addEventListener("change", async ({ target }) => {
  await perform([clock_request({ rate: Number(target.value) })], "Set speed");
  await update_now();
});

// A clock that ran before the slider moved runs again when the user releases it.
let resumes = false, dragging = false;
async function finish_move() {
  if (!resumes || dragging || target_position !== null) return;
  resumes = false;
  await perform([clock_request({ freeze: false })], MOVE);
  await update_now();
}
$("position").addEventListener("pointerdown", () => (dragging = true));
for (const name of ["pointerup", "pointercancel"])
  addEventListener(name, () => {
    dragging = false;
    finish_move();
  });

// Freezes the clock and moves it to the position of the slider. To move back, plays the scenario
// again from its start.
async function move() {
  const { path } = $("advance").form.dataset;
  const play = $("play")?.form.dataset; // absent without scenarios
  while (target_position !== null) {
    const target = target_position, { scenario, frozen } = state.current, now = elapsed();
    const clock = (body) => ({ method: "POST", path, body });
    const back = target < now;
    const distance = back ? target : target - now;
    const requests = [
      ...(frozen === "true" ? [] : [clock({ freeze: true })]),
      ...(back ? [{ ...play, body: { ...key_member(), scenario } }] : []),
      clock({ advance: Math.round(distance * 1000) / 1000 }),
    ].map(({ method, path, body }) => ({ method, path, body }));
    const succeeded = await perform(requests, MOVE);
    await update_now();
    if (target_position === target || !succeeded) target_position = null;
  }
  update_slider();
  finish_move();
}

$("position").addEventListener("input", ({ target }) => {
  const idle = target_position === null;
  target_position = Number(target.value);
  target.setAttribute("aria-valuetext", `${target_position.toFixed(1)} of ${target.max} seconds`);
  if (!idle) return;
  resumes ||= state.current.frozen === "false";
  move();
});

// Waits for the next exchanges. A hidden tab waits for none: a browser limits connections per host.
let waiting = new AbortController();
document.addEventListener("visibilitychange", () => {
  if (document.hidden) waiting.abort();
  else wake();
});

async function follow_journal() {
  const journal = $("journal");
  for (;;) {
    if (document.hidden) await shown();
    waiting = new AbortController();
    try {
      const wait = state.last ? 15 : 0;
      const path = `${journal.dataset.path}?after=${state.last}&wait=${wait}`;
      add_exchanges(await fragment(path, waiting.signal));
      if (!state.last) await sleep(1000);
    } catch {
      if (!document.hidden) await sleep(MAX_POLL);
    }
  }
}

function add_exchanges(added) {
  const journal = $("journal");
  state.last = Number(added.dataset.last);
  if (!added.children.length) return;
  wake(); // a request can change the resource
  if (!journal.querySelector("ol")) journal.replaceChildren(added);
  else journal.querySelector("ol").prepend(...added.children);
  const list = journal.querySelector("ol");
  while (list.children.length > MAX_ITEMS) list.lastElementChild.remove();
}

// Shows the request and the response of a row that is opened.
$("journal").addEventListener("toggle", async ({ target }) => {
  if (!target.open || target.dataset.shown) return;
  target.dataset.shown = "true";
  const box = target.querySelector(".messages"), { dataset } = $("journal");
  try {
    box.replaceChildren(await fragment(`${dataset.exchangePath}?number=${target.dataset.exchange}`));
    show_buttons();
  } catch (error) {
    box.textContent = error.message;
  }
}, true);

async function list_faults() {
  const list = $("faults");
  const response = await send(list.dataset.path);
  if (!response.ok) return;
  const { faults } = await response.json();
  list.replaceChildren(...faults.map(fault_item));
}

function fault_item({ name, ...fields }) {
  const path = `${$("faults").dataset.path}?${new URLSearchParams({ name })}`;
  const title = `Remove fault ${name}`;
  const item = document.createElement("li"), text = document.createElement("span");
  const shown = Object.entries(fields).filter(([n, value]) => n !== "kind" && !(n === "seed" && value === 0));
  text.textContent = `${name} · ${shown.map((pair) => pair.join(" ")).join(", ")}`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Remove";
  button.setAttribute("aria-label", title);
  button.addEventListener("click", async () => {
    await perform([{ method: "DELETE", path, body: null }], title);
    await list_faults();
    $("kind").focus();
  });
  item.append(text, button);
  return item;
}

async function list_sessions() {
  const response = await send($("faults").dataset.path.replace(/faults$/, "sessions"));
  if (!response.ok) return;
  const { sessions } = await response.json();
  $("sessions").replaceChildren(...sessions.map((name) => new Option(name, name)));
}

// Sends a request as a page would, and shows the response with the effects of faults.
async function send_request(form) {
  const request = request_of(form), title = form.getAttribute("aria-label");
  if (request === null) return show_message("The page is still loading", true);
  add_to_history([request], title);
  const { text, failed } = await send_and_show(request.path, init_of(request));
  show_message(`${title}: ${text}`, failed);
}

// Shows the form of another operation, or of another resource.
let forms = 0;
async function show_request_form() {
  const box = $("request-form"), number = (forms += 1);
  const query = new URLSearchParams({ operation: $("operation").value, [$("resource").name]: key() });
  try {
    const form = await fragment(`${box.dataset.path}?${query}`);
    if (number !== forms) return;
    box.replaceChildren(form);
    show_buttons();
    update_code(form);
  } catch (error) {
    show_message(error.message, true);
  }
}
$("operation").addEventListener("change", show_request_form);

function save_token() {
  sessionStorage.setItem(TOKEN_KEY, $("admin-token").value);
  $("admin-token").value = "";
  show_message("Token saved in this tab");
  list_faults();
  list_sessions();
  return update_now();
}

addEventListener("submit", async (event) => {
  const form = event.target, title = form.getAttribute("aria-label");
  const is_action = form.classList.contains("action");
  if (is_action || ["token", "resource-form"].includes(form.id)) event.preventDefault();
  if (form.id === "token") return save_token();
  if (!is_action) return;
  if (form.id === "send-request") return send_request(form);
  const request = request_of(form);
  if (request === null) return show_message("The page is still loading", true);
  await perform([request], title);
  if (title === RESET) {
    $("journal").replaceChildren();
    state.last = 0;
  }
  await Promise.all([update_now(), list_faults()]);
});

addEventListener("input", ({ target }) => {
  const form = target.closest?.("form.action");
  if (form) update_code(form);
});

$("kind").addEventListener("change", ({ target }) => {
  for (const fields of document.querySelectorAll("fieldset[data-kind]"))
    fields.hidden = fields.disabled = fields.dataset.kind !== target.value;
  update_code(target.form);
});

$("resource").addEventListener("change", ({ target }) => {
  const { name = target.name } = target.selectedOptions[0].parentElement.dataset;
  const query = `?${new URLSearchParams({ [name]: key() })}`;
  if (name !== target.name) return location.assign(query); // the forms are those of another type
  for (const field of document.querySelectorAll(".key")) field.value = key();
  set_requests({});
  update_codes();
  history.replaceState(null, "", query);
  update_now();
  show_request_form();
});

$("format").addEventListener("change", () => {
  update_codes();
  for (const item of $("history").children)
    item.querySelector("code").textContent = code_of(history_items.get(item));
});

$("only-violations").addEventListener("change", ({ target }) =>
  $("journal").classList.toggle("only-violations", target.checked),
);

// One switch shows the code of all actions.
function show_code(shown) {
  document.body.classList.toggle("hides-code", !shown);
  $("show-code").checked = shown;
  localStorage.setItem(SHOW_CODE, shown);
}
$("show-code").addEventListener("change", ({ target }) => show_code(target.checked));
show_code(localStorage.getItem(SHOW_CODE) === "true");
document.querySelector(".code-switch").hidden = false;

// A new session has a name that no other one has.
$("new-session").hidden = false;
$("new-session").addEventListener("click", () => {
  const name = `session-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
  const form = $("session").form;
  $("session").value = name;
  form.requestSubmit();
});

$("no-script").hidden = true;
for (const field of document.querySelectorAll(".key")) field.value = key();
update_codes();
list_faults();
list_sessions();
poll_resource();
follow_journal();
