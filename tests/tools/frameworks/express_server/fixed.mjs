// The API of package releases in Express 5: the second version, which holds.

import { Ajv } from "ajv";
import express from "express";

import { PROCESSES, accounts, build, packages, pending, releases, settle } from "./data.mjs";

const tokens = new Map([
  [process.env.ADA_TOKEN ?? "ada-token", accounts[0]],
  [process.env.GRACE_TOKEN ?? "grace-token", accounts[1]],
]);

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
  logs: ajv.compile({ type: "object", properties: { include_logs: { enum: ["true", "false"] } } }),
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

/** Check a query, whose issues name the parameter. */
function checkQuery(validate, query) {
  if (validate(query)) return query;
  const issues = validate.errors.map((e) => ({
    pointer: e.instancePath.slice(1).split("/")[0],
    message: e.message,
  }));
  throw invalid("The query is not valid", issues);
}

/** Throw if an object of a valid JSON text has the same key twice. */
function checkUniqueKeys(json) {
  const objects = [];
  for (const [, string, isKey, mark] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*(:?)|([[{}\]])/g)) {
    if (mark === "{" || mark === "[") objects.push(new Set());
    else if (mark) objects.pop();
    else if (isKey) {
      const key = JSON.parse(string);
      if (objects.at(-1).has(key)) throw new SyntaxError("an object has the same key twice");
      objects.at(-1).add(key);
    }
  }
}

/** Parse JSON in UTF-8 with unique keys, as RFC 8259 requires. */
function parse(body) {
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const value = JSON.parse(json);
    checkUniqueKeys(json);
    return value;
  } catch (error) {
    throw invalid(`The body must be JSON: ${error.message}`);
  }
}

/** Read a body and check that it is JSON of this schema. */
const valid = (validate) => [
  (req, res, next) => {
    const [type] = (req.get("content-type") ?? "").split(";");
    if (type.trim().toLowerCase() === "application/json") return next();
    throw new ApiError(415, "unsupported_media_type", "Send the body as application/json");
  },
  express.raw({ type: () => true, limit: "1mb" }),
  (req, res, next) => {
    req.body = check(validate, parse(req.body ?? Buffer.of()));
    next();
  },
];

function caller(req) {
  const [, token] = /^bearer +(\S+)$/i.exec(req.get("authorization") ?? "") ?? [];
  const account = tokens.get(token);
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

function getRelease(req, res) {
  const release = releaseFor(req.body);
  const withLogs = req.query.include_logs !== "false";
  res.json({ ok: true, package_release: withLogs ? release : withoutLogs(release) });
}

function listReleases(req, res) {
  const { package_id, package_name, ...body } = req.body;
  const owner = find(packages, package_id ? { package_id } : { name: package_name });
  const filters = Object.fromEntries(
    ["is_latest", "version", "commit_sha"].filter((key) => key in body).map((key) => [key, body[key]]),
  );
  const matches = owner
    ? releases.filter((release) => find([release], { package_id: owner.package_id, ...filters }))
    : [];
  res.json({ ok: true, package_releases: matches });
}

function rebuildRelease(req, res) {
  const release = releaseFor(req.body);
  const owner = find(packages, { package_id: release.package_id });
  if (owner.creator_account_id !== res.locals.account.account_id) {
    throw new ApiError(403, "forbidden", "The package belongs to another account");
  }
  PROCESSES.forEach((name) => Object.assign(release, pending(name)));
  settle(release);
  build(release);
  res.json({ ok: true, package_release: release });
}

function getAccount(req, res) {
  if (req.query.account_id === undefined && req.query.github_username === undefined) {
    return res.json({ account: caller(req) });
  }
  res.json(accountFor(checkQuery(validators.account, req.query)));
}

const includeLogs = (req, res, next) => {
  checkQuery(validators.logs, req.query);
  next();
};

const api = express.Router({ strict: true, caseSensitive: true });

/** Serve a path: its methods, HEAD beside GET, OPTIONS, and 405 for the others. */
function serve(path, methods) {
  const names = Object.keys(methods).map((name) => name.toUpperCase());
  const allow = [...names, ...(methods.get ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const route = api.route(path);
  for (const [name, handlers] of Object.entries(methods)) route[name](...handlers);
  route.options((req, res) => res.set("Allow", allow).status(204).end());
  route.all(() => {
    const headers = { Allow: allow };
    throw new ApiError(405, "method_not_allowed", `Use ${allow}`, { headers });
  });
}

serve("/package_releases/get", { post: [valid(validators.lookup), includeLogs, getRelease] });
serve("/package_releases/list", { post: [valid(validators.listing), listReleases] });
serve("/package_releases/rebuild", {
  post: [authenticated, valid(validators.rebuild), rebuildRelease],
});
serve("/packages/get", {
  get: [(req, res) => res.json(packageFor(checkQuery(validators.package, req.query)))],
  post: [valid(validators.package), (req, res) => res.json(packageFor(req.body))],
});
serve("/accounts/get", {
  get: [getAccount],
  post: [valid(validators.account), (req, res) => res.json(accountFor(req.body))],
});

const app = express();
app.enable("strict routing");
app.enable("case sensitive routing");
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
