import { timelines, states, type State } from "../src/contract/states";
import { expect, test } from "./site";
import type { Page } from "@playwright/test";

const BOARD = "testuser/my-test-board";
const FAILED = { package_release_id: "rel_failed_transpilation" };

const status = (page: Page) => page.getByRole("status", { name: "build" });
const section = (page: Page, name: string) => page.getByRole("region", { name });
const nextPoll = (page: Page) => page.clock.runFor(1_000);

/** The text of a log entry. */
const logLine = (entry: any): string =>
  typeof entry === "string"
    ? entry
    : typeof entry?.msg === "string"
      ? entry.msg
      : typeof entry?.message === "string"
        ? entry.message
        : JSON.stringify(entry);

for (const name of Object.keys(states) as State[]) {
  test(`the state ${name}`, async ({ mock, open }) => {
    const state = states[name];
    const response = await fetch(`${mock.url}/packages/get?package_id=${state.package_id}`);
    const packageName = (await response.json()).package.name;
    const page = await open(packageName, { package_release_id: state.package_release_id });
    await expect(status(page)).toHaveText(state.display_status);
    await expect(page.locator("header")).toContainText(state.version ?? "no version");
    for (const process of timelines.PackageRelease.processes) {
      const region = section(page, process.name.replaceAll("_", " "));
      await expect(region.locator("h2 .status")).toHaveText(state[process.status]);
      await expect(region.getByText("out of date")).toHaveCount(state[process.stale] ? 1 : 0);
      await expect(region.getByText("waiting…")).toHaveCount(state[process.completed_at] ? 0 : 1);
      const error = state[process.error];
      await expect(region.getByRole("alert")).toHaveCount(error ? 1 : 0);
      if (error) expect(await region.getByRole("alert").textContent()).toBe(error);
      const lines = state[process.logs].map(logLine);
      await expect(region.getByRole("listitem")).toHaveCount(lines.length);
      expect(await region.locator("li").allTextContents()).toEqual(lines);
    }
  });
}

test.describe("a lookup", () => {
  test("without a query the page shows the latest release", async ({ open }) => {
    const page = await open(BOARD);
    await expect(page.locator("header")).toContainText("1.0.0");
  });

  test("a version selects its release", async ({ open }) => {
    const page = await open(BOARD, { version: "0.8.0" });
    await expect(status(page)).toHaveText("building");
  });

  test("a package name can have a scope", async ({ open }) => {
    const page = await open("@testuser/led-matrix");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("@testuser/led-matrix");
    await expect(status(page)).toBeVisible();
  });

  test("an unknown release or package is an error", async ({ open }) => {
    const page = await open(BOARD, { version: "0.0.0" });
    await expect(page.getByRole("alert")).toHaveText("Package release not found");
    await open("nobody/nothing");
    await expect(page.getByRole("alert")).toHaveText("Package not found");
  });
});

test.describe("a rebuild", () => {
  test("shows each status and its logs", async ({ mock, open }) => {
    const page = await open(BOARD, FAILED);
    await expect(status(page)).toHaveText("failed");
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(page.getByText("No logs yet")).toHaveCount(2);

    await mock.clock.advance(1);
    await nextPoll(page);
    await expect(status(page)).toHaveText("building");
    await expect(section(page, "transpilation").getByRole("listitem")).toHaveCount(2);
    await expect(section(page, "circuit json build").getByText("not started")).toBeVisible();

    await mock.clock.advance(2);
    await nextPoll(page);
    await expect(section(page, "transpilation").locator("h2 .status")).toHaveText("successful");
    await expect(section(page, "transpilation").getByText("took 1.5 s")).toBeVisible();
    await expect(section(page, "circuit json build").locator("h2 .status")).toHaveText("building");

    await mock.clock.advance(10);
    await nextPoll(page);
    await expect(status(page)).toHaveText("successful");
    await expect(page.getByText("built in 5.5 s")).toBeVisible();
  });

  test("that fails shows the error", async ({ mock, open }) => {
    await mock.next("fails-circuit-json");
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await mock.clock.advance(60);
    await nextPoll(page);
    await expect(status(page)).toHaveText("failed");
    await expect(section(page, "circuit json build").getByRole("alert")).toContainText(
      "PcbAutoroutingError",
    );
  });

  test("that never finishes is still polled after an hour", async ({ mock, open }) => {
    await mock.next("never-finishes");
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await mock.clock.advance(3_600);
    await nextPoll(page);
    await expect(status(page)).toHaveText("building");
    await mock.journal.clear();
    await nextPoll(page);
    const exchanges = await mock.journal.exchanges({ operation: "getPackageRelease", wait: 10 });
    expect(exchanges.length).toBeGreaterThan(0);
  });

  test("that the page did not request is shown", async ({ mock, open }) => {
    const page = await open(BOARD, { package_release_id: "rel_successful" });
    await expect(status(page)).toHaveText("successful");
    await mock.play("rel_successful", "files-changed");
    await mock.clock.advance(2);
    await page.clock.runFor(5_000);
    await expect(page.getByText("out of date")).toHaveCount(2);
    await mock.clock.advance(3);
    await page.clock.runFor(5_000);
    await expect(status(page)).toHaveText("building");
  });

  test("of another account's package shows the error message", async ({ open }) => {
    const page = await open("otheruser/x", { package_release_id: "rel_otheruser_failed" });
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(page.getByRole("alert").first()).toHaveText(
      "The package belongs to another account",
    );
    await expect(status(page)).toHaveText("failed");
  });

  test("does not change other sessions", async ({ mock, open }) => {
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    const otherUrl = mock.url.replace("/api", "-other/api/package_releases/get");
    const headers = { "content-type": "application/json" };
    const other = await fetch(otherUrl, { method: "POST", headers, body: JSON.stringify(FAILED) });
    expect((await other.json()).package_release.display_status).toBe("failed");
  });
});

test.describe("a server", () => {
  const GET = { operation: "getPackageRelease", first: 1 } as const;
  const FAULTS = {
    "that fails": [{ kind: "status", status: 503 }, /temporarily unavailable/],
    "that truncates a response": [{ kind: "truncate" }, "The response (200) is not JSON"],
    "that sends an empty body": [
      { kind: "truncate", bytes: 0 },
      "The response (200) is not JSON",
    ],
    "that closes the connection": [{ kind: "drop" }, "The server cannot be reached"],
  } as const;

  for (const [name, [fault, message]] of Object.entries(FAULTS)) {
    test(`${name} is polled again`, async ({ mock, open }) => {
      // For all requests, since a browser repeats a request whose connection was closed.
      await mock.faults.add({ ...fault, operation: GET.operation });
      const page = await open(BOARD, FAILED);
      await expect(page.getByRole("alert")).toHaveText(message);
      await mock.faults.clear();
      await nextPoll(page);
      await expect(status(page)).toHaveText("failed");
      await expect(page.getByText(message)).toHaveCount(0);
    });
  }

  test("that fails later does not remove the release", async ({ mock, open }) => {
    const page = await open(BOARD, { package_release_id: "rel_building_circuit_json" });
    await expect(status(page)).toHaveText("building");
    await mock.faults.add({ kind: "status", status: 500, ...GET });
    await nextPoll(page);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(status(page)).toHaveText("building");
  });

  test("that is slow leaves the page loading", async ({ mock, open }) => {
    await mock.faults.add({ kind: "delay", seconds: 1, ...GET });
    const page = await open(BOARD, FAILED);
    await expect(page.getByText("Loading…")).toBeVisible();
    await expect(status(page)).toHaveText("failed");
  });

  for (const how of ["enum", "missing", "null"] as const) {
    test(`that breaks the contract (${how}) does not break the page`, async ({ mock, open }) => {
      await mock.faults.add({ kind: "violate", property: "display_status", how });
      const page = await open(BOARD, FAILED);
      await expect(section(page, "transpilation").locator("h2 .status")).toHaveText("failed");
      await expect(status(page).locator(".gray")).toBeVisible();
    });
  }

  for (let seed = 1; seed <= 8; seed++) {
    test(`may send any valid release (seed ${seed})`, async ({ page, open }) => {
      await page.setExtraHTTPHeaders({ prefer: `dynamic=true, seed=${seed}` });
      await open(BOARD);
      await expect(section(page, "circuit json build").locator("h2 .status")).toBeVisible();
    });
  }
});
