// The data in memory, and the builds that change it.

import { setTimeout as sleep } from "node:timers/promises";

export const PROCESSES = ["transpilation", "circuit_json_build"];

export const accounts = [
  { account_id: "acc_ada", github_username: "ada", email: "ada@example.com" },
  { account_id: "acc_grace", github_username: "grace", email: null },
];
export const packages = [
  { package_id: "pkg_led", creator_account_id: "acc_ada", name: "ada/led-matrix" },
  { package_id: "pkg_usb", creator_account_id: "acc_ada", name: "@ada/usb-hub" },
  { package_id: "pkg_clock", creator_account_id: "acc_grace", name: "grace/clock" },
];
const fails = { rel_led_2: "circuit_json_build", rel_usb_1: "transpilation" };

export const pending = (name) => ({
  [`${name}_display_status`]: "pending",
  [`${name}_in_progress`]: false,
  [`${name}_started_at`]: null,
  [`${name}_completed_at`]: null,
  [`${name}_logs`]: [],
  [`${name}_is_stale`]: false,
  [`${name}_error`]: null,
});

/** Derive the status and the duration of a release from its processes. */
export function settle(release) {
  const statuses = PROCESSES.map((name) => release[`${name}_display_status`]);
  if (statuses.includes("failed")) release.display_status = "failed";
  else if (statuses.every((status) => status === "successful")) release.display_status = "successful";
  else if (statuses.some((status) => status !== "pending")) release.display_status = "building";
  else release.display_status = "pending";
  release.total_build_duration_ms = null;
  if (["failed", "successful"].includes(release.display_status)) {
    const ends = PROCESSES.map((name) => release[`${name}_completed_at`]).filter(Boolean);
    const end = Math.max(...ends.map((text) => Date.parse(text)));
    release.total_build_duration_ms = end - Date.parse(release.transpilation_started_at);
  }
  return release;
}

function seed(id, owner, version, outcomes, more = {}) {
  let start = Date.now() - 2 * 3600 * 1000;
  const release = {
    package_release_id: id,
    package_id: owner.package_id,
    creator_account_id: owner.creator_account_id,
    version,
    commit_sha: null,
    is_locked: false,
    is_latest: false,
    created_at: new Date(start).toISOString(),
    ...more,
  };
  PROCESSES.forEach((name, index) => {
    Object.assign(release, pending(name));
    if (!outcomes[index]) return;
    release[`${name}_display_status`] = outcomes[index];
    release[`${name}_started_at`] = new Date(start).toISOString();
    release[`${name}_completed_at`] = new Date((start += 12000)).toISOString();
    release[`${name}_logs`] = [{ msg: `${name} ${outcomes[index]}` }];
    if (outcomes[index] === "failed") release[`${name}_error`] = `${name} failed`;
  });
  return settle(release);
}

export const releases = [
  seed("rel_led_1", packages[0], "1.0.0", ["successful", "successful"], { commit_sha: "a1b2c3" }),
  seed("rel_led_2", packages[0], "1.1.0", ["successful", "failed"]),
  seed("rel_led_3", packages[0], "2.0.0", ["successful", "successful"], { is_latest: true }),
  seed("rel_usb_1", packages[1], "0.1.0", ["failed"], { is_latest: true }),
  seed("rel_usb_2", packages[1], null, []),
  seed("rel_clock_1", packages[2], "3.0.0", ["successful", "successful"], { is_latest: true }),
];

const runs = new Map();

/** Run the builds of a release, which take about three seconds, unless a newer run replaces it. */
export async function build(release) {
  const run = (runs.get(release.package_release_id) ?? 0) + 1;
  runs.set(release.package_release_id, run);
  const replaced = () => runs.get(release.package_release_id) !== run;
  const update = (name, values) => {
    for (const [key, value] of Object.entries(values)) release[`${name}_${key}`] = value;
    settle(release);
  };
  await sleep(500);
  for (const name of PROCESSES) {
    if (replaced()) return;
    const started_at = new Date().toISOString();
    update(name, { display_status: "building", in_progress: true, started_at });
    for (const msg of ["Fetching files", "Compiling"]) {
      await sleep(500);
      if (replaced()) return;
      release[`${name}_logs`].push({ msg });
    }
    const failed = fails[release.package_release_id] === name;
    update(name, {
      display_status: failed ? "failed" : "successful",
      in_progress: false,
      completed_at: new Date().toISOString(),
      error: failed ? `${name} failed` : null,
    });
    if (failed) return;
  }
}
