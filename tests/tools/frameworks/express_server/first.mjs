// The API of package releases in Express 5: the first version, with the framework's defaults.

import { setTimeout as sleep } from "node:timers/promises";

import { Ajv } from "ajv";
import express from "express";

const PROCESSES = ["transpilation", "circuit_json_build"];

const accounts = [
  { account_id: "acc_ada", github_username: "ada", email: "ada@example.com" },
  { account_id: "acc_grace", github_username: "grace", email: null },
];
const tokens = {
  [process.env.ADA_TOKEN ?? "ada-token"]: accounts[0],
  [process.env.GRACE_TOKEN ?? "grace-token"]: accounts[1],
};
const packages = [
  { package_id: "pkg_led", creator_account_id: "acc_ada", name: "ada/led-matrix" },
  { package_id: "pkg_usb", creator_account_id: "acc_ada", name: "@ada/usb-hub" },
  { package_id: "pkg_clock", creator_account_id: "acc_grace", name: "grace/clock" },
];
const fails = { rel_led_2: "circuit_json_build", rel_usb_1: "transpilation" };

const pending = (name) => ({
  [`${name}_display_status`]: "pending",
  [`${name}_in_progress`]: false,
  [`${name}_started_at`]: null,
  [`${name}_completed_at`]: null,
  [`${name}_logs`]: [],
  [`${name}_is_stale`]: false,
  [`${name}_error`]: null,
});

/** Derive the status and the duration of a release from its processes. */
function settle(release) {
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

const releases = [
  seed("rel_led_1", packages[0], "1.0.0", ["successful", "successful"], { commit_sha: "a1b2c3" }),
  seed("rel_led_2", packages[0], "1.1.0", ["successful", "failed"]),
  seed("rel_led_3", packages[0], "2.0.0", ["successful", "successful"], { is_latest: true }),
  seed("rel_usb_1", packages[1], "0.1.0", ["failed"], { is_latest: true }),
  seed("rel_usb_2", packages[1], null, []),
  seed("rel_clock_1", packages[2], "3.0.0", ["successful", "successful"], { is_latest: true }),
];

const runs = new Map();

/** Run the builds of a release, which take about three seconds, unless a newer run replaces it. */
async function build(release) {
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

class ApiError extends Error {
  constructor(status, code, message, { issues, headers } = {}) {
    super(message);
    Object.assign(this, { status, code, issues, headers });
  }
}
const notFound = (what, code) => new ApiError(404, code, `${what} not found`);
const invalid = (message, issues) => new ApiError(400, "invalid_request", message, { issues });

const ajv = new Ajv({ allErrors: true });
const text = { type: "string", minLength: 1 };
const schema = (keys, more) => ({
  type: "object",
  properties: Object.fromEntries(
    keys.map((key) => [key, key === "is_latest" ? { type: "boolean" } : text]),
  ),
  ...more,
});
const isLatest = { properties: { is_latest: { const: true } } };
const validators = {
  lookup: ajv.compile(
    schema(
      ["package_release_id", "package_name_with_version", "package_name", "package_id", "is_latest"],
      {
        anyOf: [
          { required: ["package_release_id"] },
          { required: ["package_name_with_version"] },
          { required: ["package_name", "is_latest"], ...isLatest },
          { required: ["package_id", "is_latest"], ...isLatest },
        ],
      },
    ),
  ),
  listing: ajv.compile(
    schema(["package_id", "package_name", "is_latest", "version", "commit_sha"], {
      oneOf: [{ required: ["package_id"] }, { required: ["package_name"] }],
    }),
  ),
  rebuild: ajv.compile(schema(["package_release_id"], { required: ["package_release_id"] })),
  package: ajv.compile(
    schema(["package_id", "name"], {
      anyOf: [{ required: ["package_id"] }, { required: ["name"] }],
    }),
  ),
  account: ajv.compile(
    schema(["account_id", "github_username"], {
      anyOf: [{ required: ["account_id"] }, { required: ["github_username"] }],
    }),
  ),
};

function check(validate, values) {
  if (validate(values)) return values;
  const issues = validate.errors.map((e) => ({ pointer: e.instancePath, message: e.message }));
  throw invalid("The request is not valid", issues);
}

/** Check that the body is JSON of this schema. */
const valid = (validate) => (req, res, next) => {
  if (!req.is("application/json")) {
    throw new ApiError(415, "unsupported_media_type", "Send the body as application/json");
  }
  check(validate, req.body);
  next();
};

function caller(req) {
  const [scheme, token] = (req.get("authorization") ?? "").split(" ");
  const account = scheme === "Bearer" && tokens[token];
  if (account) return account;
  const headers = { "WWW-Authenticate": "Bearer" };
  throw new ApiError(401, "unauthorized", "A bearer token is required", { headers });
}

const authenticated = (req, res, next) => {
  res.locals.account = caller(req);
  next();
};

const find = (items, values) =>
  items.find((item) => Object.entries(values).every(([key, value]) => item[key] === value));

function releaseFor({ package_release_id, package_name_with_version, package_name, package_id, is_latest }) {
  let release;
  if (package_release_id) {
    release = find(releases, { package_release_id });
  } else if (package_name_with_version) {
    const at = package_name_with_version.lastIndexOf("@");
    const owner = find(packages, { name: package_name_with_version.slice(0, at) });
    const version = package_name_with_version.slice(at + 1);
    release = owner && find(releases, { package_id: owner.package_id, version });
  } else if (package_name && is_latest) {
    const owner = find(packages, { name: package_name });
    if (!owner) throw notFound("Package", "package_not_found");
    release = find(releases, { package_id: owner.package_id, is_latest: true });
  } else {
    release = find(releases, { package_id, is_latest: true });
  }
  if (!release) throw notFound("Package release", "package_release_not_found");
  return release;
}

const withoutLogs = (release) => ({
  ...release,
  ...Object.fromEntries(PROCESSES.map((name) => [`${name}_logs`, []])),
});

const packageFor = (values) => {
  const key = values.package_id ? "package_id" : "name";
  const item = find(packages, { [key]: values[key] });
  if (!item) throw notFound("Package", "package_not_found");
  return { ok: true, package: item };
};

const accountFor = (values) => {
  const key = values.account_id ? "account_id" : "github_username";
  const item = find(accounts, { [key]: values[key] });
  if (!item) throw notFound("Account", "account_not_found");
  return { account: item };
};

const api = express.Router();

api.post("/package_releases/get", valid(validators.lookup), (req, res) => {
  const release = releaseFor(req.body);
  const include = req.query.include_logs ?? "true";
  if (include !== "true" && include !== "false") throw invalid("include_logs must be true or false");
  res.json({ ok: true, package_release: include === "false" ? withoutLogs(release) : release });
});

api.post("/package_releases/list", valid(validators.listing), (req, res) => {
  const { package_id, package_name, ...body } = req.body;
  const owner = find(packages, package_id ? { package_id } : { name: package_name });
  const filters = Object.fromEntries(
    ["is_latest", "version", "commit_sha"].filter((key) => key in body).map((key) => [key, body[key]]),
  );
  const matches = owner
    ? releases.filter((release) => find([release], { package_id: owner.package_id, ...filters }))
    : [];
  res.json({ ok: true, package_releases: matches });
});

api.post("/package_releases/rebuild", authenticated, valid(validators.rebuild), (req, res) => {
  const release = releaseFor(req.body);
  const owner = find(packages, { package_id: release.package_id });
  if (owner.creator_account_id !== res.locals.account.account_id) {
    throw new ApiError(403, "forbidden", "The package belongs to another account");
  }
  PROCESSES.forEach((name) => Object.assign(release, pending(name)));
  settle(release);
  build(release);
  res.json({ ok: true, package_release: release });
});

api.get("/packages/get", (req, res) => res.json(packageFor(check(validators.package, req.query))));
api.post("/packages/get", valid(validators.package), (req, res) => res.json(packageFor(req.body)));
api.get("/accounts/get", (req, res) => {
  if (req.query.account_id === undefined && req.query.github_username === undefined) {
    return res.json({ account: caller(req) });
  }
  res.json(accountFor(check(validators.account, req.query)));
});
api.post("/accounts/get", valid(validators.account), (req, res) => res.json(accountFor(req.body)));

const app = express();
app.use(express.json());
app.use("/api", api);
app.use(() => {
  throw notFound("Path", "not_found");
});

const CODES = { 400: "invalid_request", 413: "content_too_large", 415: "unsupported_media_type" };
app.use((error, req, res, next) => {
  const status = error.status ?? 500;
  const code = error instanceof ApiError ? error.code : (CODES[status] ?? "internal_error");
  const message = status === 500 ? "The server could not create a valid response" : error.message;
  res.status(status).set(error.headers ?? {});
  res.json({ error: { error_code: code, message, issues: error.issues } });
});

app.listen(process.env.PORT ?? 4803, "127.0.0.1");
