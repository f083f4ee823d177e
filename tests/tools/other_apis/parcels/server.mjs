// An API of parcels in Express 5, with a document in another style: no operation ids, default
// responses, problem details, bare bodies.
//
// The variable FAULT names a fault of the server, which breaks the document; see FAULTS.

import { Ajv2020 } from "ajv/dist/2020.js";
import express from "express";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";

export const FAULTS = [
  ...["wrong-status", "missing-property", "wrong-type", "problem-without-title", "crash"],
  ...["no-authentication", "another-resource", "still-found", "not-created", "wrong-media-type"],
  "accepts-invalid",
];
const FAULT = process.env.FAULT ?? "";
const TOKEN = process.env.TOKEN ?? "parcel-token";

const ajv = new Ajv2020({ allErrors: true, discriminator: false, strict: false });
const address = {
  type: "object",
  required: ["name", "country"],
  properties: {
    name: { type: "string", minLength: 1 },
    lines: { type: "array", items: { type: "string" }, maxItems: 4 },
    country: { type: "string", pattern: "^[A-Z]{2}$" },
  },
};
const grams = { type: "integer", minimum: 1, maximum: 31500 };
const validators = {
  address: ajv.compile(address),
  parcel: ajv.compile({
    type: "object",
    required: ["to", "grams"],
    additionalProperties: false,
    properties: {
      to: address,
      grams: FAULT === "accepts-invalid" ? {} : grams,
      service: { enum: ["standard", "express"] },
    },
  }),
  event: ajv.compile({
    oneOf: [
      {
        required: ["kind", "depot"],
        properties: { kind: { const: "scan" }, depot: { type: "string", minLength: 1 } },
      },
      {
        required: ["kind", "signature"],
        properties: { kind: { const: "delivery" }, signature: { type: ["string", "null"] } },
      },
    ],
    type: "object",
  }),
};

class Problem extends Error {
  constructor(status, title, detail) {
    super(detail ?? title);
    Object.assign(this, { status, title, detail });
  }
}

function valid(validator, body) {
  if (!validator(body)) {
    throw new Problem(422, "The body is not valid", ajv.errorsText(validator.errors));
  }
  return body;
}

const parcels = new Map();
function store(values) {
  const code = `PX${String(randomInt(1e9)).padStart(9, "0")}`;
  const parcel = { service: "standard", ...values, code, status: "announced", delivered: null };
  if (FAULT !== "not-created" || parcels.size < 3) parcels.set(code, { parcel, events: [] });
  return parcel;
}
for (const name of ["Ada", "Grace", "Edsger"]) store({ to: { name, country: "NL" }, grams: 900 });

const api = express.Router();
api.use(express.json({ type: "application/json" }));

function authenticated(request, _, next) {
  const [scheme, token] = (request.get("authorization") ?? "").split(" ");
  if (FAULT !== "no-authentication" && (scheme.toLowerCase() !== "bearer" || token !== TOKEN)) {
    throw new Problem(401, "A token is required");
  }
  next();
}

function find(request) {
  const stored = parcels.get(request.params.trackingCode);
  if (!stored) throw new Problem(404, "No such parcel");
  return FAULT === "another-resource" ? parcels.values().next().value : stored;
}

api.get("/parcels", authenticated, (request, response) => {
  const wanted = [request.query.status ?? []].flat();
  for (const status of wanted) {
    if (!["announced", "moving", "delivered"].includes(status)) {
      throw new Problem(400, "Unknown status");
    }
  }
  if (FAULT === "crash" && wanted.length === 1) throw new TypeError("wanted.map is no function");
  const every = [...parcels.values()].map(({ parcel }) => parcel);
  const from = Number(request.query.cursor ?? 0) || 0;
  const found = every.filter(({ status }) => !wanted.length || wanted.includes(status));
  const next = from >= 0 && found.length > from + 20 ? String(from + 20) : null;
  response.json({ data: found.slice(Math.max(from, 0), from + 20), next });
});

api.post("/parcels", authenticated, (request, response) => {
  const parcel = store(valid(validators.parcel, request.body));
  response.status(FAULT === "wrong-status" ? 302 : 201).location(`parcels/${parcel.code}`);
  response.json(parcel);
});

api.get("/parcels/:trackingCode", (request, response) => {
  const parcel = { ...find(request).parcel };
  if (FAULT === "missing-property") delete parcel.status;
  if (FAULT === "wrong-type") parcel.grams = `${parcel.grams} g`;
  response.json(parcel);
});

api.delete("/parcels/:trackingCode", authenticated, (request, response) => {
  const { parcel } = find(request);
  if (FAULT !== "still-found") parcels.delete(parcel.code);
  response.status(204).end();
});

api.put("/parcels/:trackingCode/address", authenticated, (request, response) => {
  find(request).parcel.to = valid(validators.address, request.body);
  response.status(204).end();
});

api.get("/parcels/:trackingCode/events", authenticated, (request, response) => {
  response.json(find(request).events);
});

api.post("/parcels/:trackingCode/events", authenticated, (request, response) => {
  const stored = find(request);
  const { kind, ...event } = valid(validators.event, request.body);
  stored.events.push({ kind, ...event });
  const delivered = kind === "delivery";
  stored.parcel.status = delivered ? "delivered" : "moving";
  stored.parcel.delivered = delivered ? new Date().toISOString() : null;
  response.status(204).end();
});

api.get("/parcels/:trackingCode/label.txt", authenticated, (request, response) => {
  const { parcel } = find(request);
  const text = `${parcel.code}\n${parcel.to.name}, ${parcel.to.country}\n`;
  response.type(FAULT === "wrong-media-type" ? "text/html" : "text/plain").send(text);
});

api.get("/countries", (_, response) => {
  response.json(["BE", "DE", "NL"]);
});

const app = express();
app.disable("x-powered-by");
app.use(["/v2", "/v3", "/internal/parcel-service"], api);
app.use((request) => {
  throw new Problem(404, `There is nothing at ${request.path}`);
});
app.use((error, _request, response, _next) => {
  const status = error.status ?? 500;
  if (status === 401) response.set("WWW-Authenticate", "Bearer");
  const title = error.title ?? (status < 500 ? "The request is not valid" : "The server failed");
  const problem = { type: "about:blank", title, status };
  if (status < 500) problem.detail = error.message;
  if (FAULT === "problem-without-title") delete problem.title;
  response.status(status).type("application/problem+json").send(JSON.stringify(problem));
});

app.listen(Number(process.env.PORT ?? 5001), "127.0.0.1");
