"use strict";

// Steers a session through the admin API. What a release is and how it is drawn the mock says:
// here are forms that become requests, and pieces of the page that are asked for anew.

const $ = (id) => document.getElementById(id);
const KEPT = "admin-token"; // in this tab's storage, for a mock that asks for one
const MOVE = "Move through the timeline";
const MOST = 200; // exchanges, and actions, that stay on the page
const SOON = 400, LATER = 4000; // milliseconds until the next look: while time runs, and when frozen
const state = { shown: "", last: 0, now: null };

const token = () => (document.querySelector("#token") ? sessionStorage.getItem(KEPT) : null);
const key = () => $("release").value;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function tell(text, wrong = false) {
  $("told").textContent = text;
  $("told").classList.toggle("wrong", wrong);
}

function send(path, { method = "GET", body, headers = {}, plain = false } = {}) {
  const sent = { ...headers };
  if (token() && !plain) sent.authorization = `Bearer ${token()}`;
  if (body !== undefined && body !== null) sent["content-type"] = "application/json";
  const text = body === undefined || body === null ? undefined : JSON.stringify(body);
  return fetch(path, { method, headers: sent, body: text, cache: "no-store" });
}

const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

// JSON as the mock's own curl lines write it: with a blank after each colon and comma.
function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([n, v]) => `${JSON.stringify(n)}: ${written(v)}`);
  return `{${members.join(", ")}}`;
}

function curl({ method, path, body, headers = {}, plain }) {
  const words = ["curl", "-sS"];
  const bare = body === undefined || body === null;
  if (method !== (bare ? "GET" : "POST")) words.push("-X", method);
  words.push(quoted(location.origin + path));
  if ($("token") && !plain) words.push("-H", '"authorization: Bearer $ADMIN_TOKEN"');
  for (const [name, value] of Object.entries(headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (!bare) words.push("-H", quoted("content-type: application/json"), "-d", quoted(written(body)));
  return words.join(" ");
}

// The request that a form stands for, by its fields as they are now.
function request(form) {
  if (form.dataset.request !== undefined)
    return form.dataset.request ? { ...JSON.parse(form.dataset.request), plain: true } : null;
  const { method, path } = form.dataset;
  const fields = [...form.elements].filter(
    (field) => field.name && field.value !== "" && !field.closest("fieldset:disabled"),
  );
  const kinds = { number: Number, boolean: (text) => text === "true" };
  const body = {};
  for (const field of fields)
    body[field.name] = (kinds[field.dataset.type] ?? String)(field.value);
  const plain = form.dataset.plain === "true";
  return { method, path, plain, body: fields.length ? body : null };
}

function show_curl(form) {
  const asked = request(form);
  const line = form.querySelector(".same code");
  if (line) line.textContent = asked ? curl(asked) : "";
}

// Moves that follow each other as one: what a play begins anew is forgotten, and advances are added.
function joined(before, after) {
  const plays = after.some(({ body }) => !("freeze" in body || "advance" in body));
  const kept = plays ? before.filter(({ body }) => "freeze" in body) : before;
  return [...kept, ...after].reduce((all, each) => {
    const last = all.at(-1);
    if (last === undefined || !("advance" in last.body && "advance" in each.body)) return [...all, each];
    const advance = Math.round((last.body.advance + each.body.advance) * 1000) / 1000;
    return [...all.slice(0, -1), { ...each, body: { advance } }];
  }, []);
}

let moves = []; // what the topmost item of the list stands for, if it is a move

function note(requests, title) {
  const list = $("done");
  const again = title === MOVE && list.firstElementChild?.dataset.title === title;
  moves = again ? joined(moves, requests) : requests;
  const text = moves.map(curl).join("\n");
  const item = again ? list.firstElementChild : document.createElement("li");
  item.dataset.title = title;
  const box = document.createElement("pre");
  const code = document.createElement("code");
  code.textContent = text;
  box.append(code);
  box.tabIndex = 0;
  box.setAttribute("aria-label", `curl: ${title}`);
  item.replaceChildren(title, box);
  if (!again) list.prepend(item);
  while (list.children.length > MOST) list.lastElementChild.remove();
  list.parentElement.querySelector(".none").hidden = true;
}

async function refusal(answer) {
  const text = await answer.text();
  if (answer.status === 401 && $("token")) return "The mock needs its admin token: give it above.";
  try {
    const { error } = JSON.parse(text);
    const issues = (error.issues ?? []).map((issue) => Object.values(issue).join(": "));
    return [error.message, ...issues].join(" · ");
  } catch {
    return `${answer.status} ${text.slice(0, 300)}`;
  }
}

// Sends requests one after the other, and tells what has come of them.
async function act(requests, title) {
  note(requests, title);
  try {
    for (const each of requests) {
      const answer = await send(each.path, each);
      if (!answer.ok) return tell(`${title}: ${await refusal(answer)}`, true);
    }
    tell(`${title}: done`);
    return true;
  } catch (error) {
    return tell(`${title}: no answer came (${error.message})`, true);
  }
}

async function fragment(path) {
  const answer = await send(path);
  if (!answer.ok) throw new Error(await refusal(answer));
  const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
  return piece.body.firstElementChild;
}

// The release as it shows now.
async function look() {
  const place = $("seen");
  const query = new URLSearchParams({ [$("release").name]: key() });
  try {
    const piece = await fragment(`${place.dataset.path}?${query}`);
    if (piece.dataset.key !== key()) return;
    state.now = piece.dataset;
    if (state.shown !== piece.outerHTML) {
      const before = place.firstElementChild?.dataset?.words;
      state.shown = piece.outerHTML;
      place.replaceChildren(piece);
      if (before !== piece.dataset.words)
        $("heard").textContent = `${key()} is ${piece.dataset.words}`;
    }
    place.setAttribute("aria-busy", "false");
    $("rebuild").dataset.request = piece.dataset.rebuild === "null" ? "" : piece.dataset.rebuild;
    show_curl($("rebuild"));
    slide();
  } catch (error) {
    tell(error.message, true);
  }
}

let looking = Promise.resolve();
const look_now = () => (looking = looking.then(look));

async function keep_looking() {
  for (;;) {
    if (!document.hidden) await look_now();
    const still = state.now === null || state.now.frozen === "true" || state.now.scenario === "";
    await pause(still ? LATER : SOON);
  }
}

// The slider follows the timeline, unless it is being moved.
let moving = null;
function slide() {
  const slider = $("place"), { seconds, elapsed, scenario } = state.now;
  slider.disabled = scenario === "";
  $("place-hint").hidden = scenario !== "";
  if (moving !== null) return;
  slider.max = Math.max(Number(seconds), 0.1);
  slider.value = elapsed;
  slider.setAttribute("aria-valuetext", `${Number(slider.value).toFixed(1)} of ${seconds} seconds`);
}

// To a moment of the timeline: the clock stands still, and goes there; back is from the beginning.
async function move() {
  const { path } = $("advance").form.dataset;
  const play = $("play").form.dataset;
  while (moving !== null) {
    const wanted = moving, { elapsed, scenario, frozen } = state.now;
    const clock = (body) => ({ method: "POST", path, body });
    const again = wanted < Number(elapsed);
    const far = again ? wanted : wanted - Number(elapsed);
    const requests = [
      ...(frozen === "true" ? [] : [clock({ freeze: true })]),
      ...(again ? [{ ...play, body: { [$("release").name]: key(), scenario } }] : []),
      clock({ advance: Math.round(far * 1000) / 1000 }),
    ].map(({ method, path, body }) => ({ method, path, body }));
    const went = await act(requests, MOVE);
    await look_now();
    if (moving === wanted || !went) moving = null;
  }
  slide();
}

$("place").addEventListener("input", ({ target }) => {
  const idle = moving === null;
  moving = Number(target.value);
  target.setAttribute("aria-valuetext", `${moving.toFixed(1)} of ${target.max} seconds`);
  if (idle) move();
});

async function follow() {
  const place = $("journal");
  for (;;) {
    while (document.hidden) await pause(LATER); // a browser has few connections to spare
    try {
      const wait = state.last ? 15 : 0;
      const piece = await fragment(`${place.dataset.path}?after=${state.last}&wait=${wait}`);
      add_exchanges(piece);
      if (!wait) await pause(state.last ? 0 : 1000);
    } catch {
      await pause(LATER);
    }
  }
}

function add_exchanges(piece) {
  const place = $("journal");
  state.last = Number(piece.dataset.last);
  if (!piece.children.length) return;
  if (!place.querySelector("ol")) place.replaceChildren(piece);
  else place.querySelector("ol").prepend(...piece.children);
  const list = place.querySelector("ol");
  while (list.children.length > MOST) list.lastElementChild.remove();
}

async function list_faults() {
  const place = $("faults");
  const answer = await send(place.dataset.path);
  if (!answer.ok) return;
  const { faults } = await answer.json();
  place.replaceChildren(...faults.map((fault) => {
    const { name, ...rest } = fault, item = document.createElement("li"), text = document.createElement("span");
    const button = document.createElement("button");
    text.textContent = `${name} · ${Object.entries(rest).filter(([n, value]) => n !== "kind" && !(n === "seed" && value === 0)).map((pair) => pair.join(" ")).join(", ")}`;
    button.type = "button";
    button.textContent = "Remove";
    button.setAttribute("aria-label", `Remove the fault ${name}`);
    button.addEventListener("click", async () => {
      const path = `${place.dataset.path}?${new URLSearchParams({ name })}`;
      await act([{ method: "DELETE", path, body: null }], `Remove the fault ${name}`);
      await list_faults();
      $("kind").focus();
    });
    item.append(text, button);
    return item;
  }));
}

async function list_sessions() {
  const answer = await send($("faults").dataset.path.replace(/faults$/, "sessions"));
  if (!answer.ok) return;
  const { sessions } = await answer.json();
  $("sessions").replaceChildren(...sessions.map((name) => new Option(name, name)));
}

// What a page would be answered, broken or not.
async function ask(form) {
  const asked = request(form), box = $("answer"), code = box.querySelector("code");
  note([asked], form.getAttribute("aria-label"));
  box.hidden = false;
  try {
    const answer = await send(asked.path, asked);
    const fault = answer.headers.get("x-mock-fault");
    box.querySelector(".line").textContent =
      `${answer.status} ${answer.headers.get("content-type") ?? ""}${fault ? ` · fault ${fault}` : ""}`;
    const text = await answer.text();
    try {
      code.textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      code.textContent = text;
    }
    tell(`Asked: ${answer.status}${fault ? `, broken by the fault ${fault}` : ""}`, Boolean(fault));
  } catch (error) {
    box.querySelector(".line").textContent = "No whole answer came";
    code.textContent = String(error);
    tell(`Asked: no whole answer came (${error.message})`, true);
  }
}

addEventListener("submit", async (event) => {
  const form = event.target, title = form.getAttribute("aria-label");
  if (form.id === "token") {
    event.preventDefault();
    sessionStorage.setItem(KEPT, $("admin-token").value);
    $("admin-token").value = "";
    tell("The token is kept in this tab");
    list_faults();
    list_sessions();
    return look_now();
  }
  if (form.id === "who") return event.preventDefault();
  if (!form.classList.contains("act")) return;
  event.preventDefault();
  if (form.id === "ask") return ask(form);
  const asked = request(form);
  if (asked === null) return tell("There is nothing to rebuild yet", true);
  await act([asked], title);
  if (title === "Reset the session") {
    $("journal").replaceChildren();
    state.last = 0;
  }
  await Promise.all([look_now(), list_faults()]);
});

addEventListener("input", ({ target }) => {
  const form = target.closest?.("form.act");
  if (form) show_curl(form);
});

$("kind").addEventListener("change", ({ target }) => {
  for (const fields of document.querySelectorAll("fieldset[data-kind]"))
    fields.hidden = fields.disabled = fields.dataset.kind !== target.value;
  show_curl(target.form);
});

$("release").addEventListener("change", () => {
  for (const field of document.querySelectorAll(".key")) field.value = key();
  for (const form of document.querySelectorAll("form.act")) show_curl(form);
  history.replaceState(null, "", `?${new URLSearchParams({ [$("release").name]: key() })}`);
  look_now();
});

$("only").addEventListener("change", ({ target }) => $("journal").classList.toggle("only", target.checked));

$("off").hidden = true;
for (const field of document.querySelectorAll(".key")) field.value = key();
for (const form of document.querySelectorAll("form.act")) show_curl(form);
list_faults();
list_sessions();
keep_looking();
follow();
