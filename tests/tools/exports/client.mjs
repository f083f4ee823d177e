// Calls each function of the exported client; argument: the address of a mock.
import assert from "node:assert/strict";
import { connect, ControlError } from "./client/client.mjs";

const mock = connect({ address: process.argv[2] + "/" });
const session = mock.session("node");
const KEY = "rel_successful";

const post = async (path, body) => {
  const headers = { "content-type": "application/json", authorization: "Bearer testuser-token" };
  const response = await fetch(`${session.url}/package_releases/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
};
const status = async () =>
  (await post("get", { package_release_id: KEY })).body.package_release.display_status;

assert.equal((await mock.health()).ok, true);
assert.equal((await session.clock.freeze()).frozen, true);
assert.equal((await session.show(KEY, "failed-transpilation")).display_status, "failed");
assert.equal(await status(), "failed");
assert.equal((await session.play(KEY, "succeeds")).display_status, "pending");
await session.clock.advance(60);
assert.equal(await status(), "successful");
await session.next("fails-circuit-json", KEY);
await post("rebuild", { package_release_id: KEY });
await session.clock.advance(60);
assert.equal(await status(), "failed");

await session.faults.add({ kind: "status", status: 503, name: "down" });
assert.equal((await post("get", { package_release_id: KEY })).status, 503);
assert.deepEqual((await session.faults.list()).map((fault) => fault.name), ["down"]);
await session.faults.clear("down");
assert.deepEqual(await session.faults.list(), []);

const exchanges = await session.journal.exchanges({ operation: "rebuildPackageRelease" });
assert.equal(exchanges.length, 1);
assert.equal((await session.journal.exchanges({ status: 503, limit: 1 })).length, 1);
assert.ok((await session.journal.unused()).scenarios.includes("never-finishes"));
assert.equal((await session.journal.har()).log.version, "1.2");
await session.journal.clear();
assert.deepEqual(await session.journal.exchanges(), []);

const set = await session.clock.set(new Date("2040-01-01T00:00:00Z"));
assert.equal(Date.parse(set.now), Date.parse("2040-01-01T00:00:00Z"));
assert.equal((await session.clock.rate(60)).rate, 60);
assert.equal((await session.reset()).rate, 1);
assert.equal(await status(), "successful");

const headed = await fetch(`${mock.url}/packages/get?package_id=pkg_3`, { headers: session.headers });
assert.equal(headed.status, 200);
assert.equal((await session.journal.exchanges({ path: "/packages/get" })).length, 1);

await assert.rejects(session.show(KEY, "succesful"), (error) => {
  assert.ok(error instanceof ControlError);
  assert.equal(error.status, 400);
  assert.match(error.message, /did you mean successful\?/);
  return true;
});
await session.delete();
await session.delete();
assert.ok(!(await mock.request("GET", "sessions")).sessions.includes("node"));
assert.notEqual(mock.session().name, mock.session().name);
await assert.rejects(connect({ address: "http://127.0.0.1:9" }).health(), /mock-server serve --port 9/);
console.log("every call agrees");
