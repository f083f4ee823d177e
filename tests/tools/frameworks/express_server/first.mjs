// The API of package releases in Express 5: the first version, with the defaults of the framework.

import { Ajv } from "ajv";
import express from "express";

import { PROCESSES, accounts, build, packages, pending, releases, settle } from "./data.mjs";

const tokens = {
  [process.env.ADA_TOKEN ?? "ada-token"]: accounts[0],
  [process.env.GRACE_TOKEN ?? "grace-token"]: accounts[1],
};

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
