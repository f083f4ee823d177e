// Serve an OpenAPI document with Scalar's mock server: node scalar.mjs FILE PORT
import { serve } from "@hono/node-server";
import { createMockServer } from "@scalar/mock-server";

const [file, port] = process.argv.slice(2);
const app = await createMockServer({ document: file, logger: false });
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
