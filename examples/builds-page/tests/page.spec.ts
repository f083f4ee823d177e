import { build, states, type State } from "../src/contract/states";
import { expect, test } from "./site";
import type { Page } from "@playwright/test";

const BOARD = "testuser/my-test-board";
const FAILED = { package_release_id: "rel_failed_transpilation" };

const status = (page: Page) => page.getByRole("status", { name: "build" });
const section = (page: Page, name: string) => page.getByRole("region", { name });
const polls = (page: Page) => page.clock.runFor(1_000);

/** How an entry of a log is read by a person. */
const read = (entry: any): string =>
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
    const asked = await fetch(`${mock.api}/packages/get?package_id=${state.package_id}`);
    const page = await open((await asked.json()).package.name, state_id(name));
    await expect(status(page)).toHaveText(state.display_status);
    await expect(page.locator("header")).toContainText(state.version ?? "no version");
    for (const process of build.processes) {
      const shown = section(page, process.name.replaceAll("_", " "));
      await expect(shown.locator("h2 .status")).toHaveText(state[process.status]);
      await expect(shown.getByText("out of date")).toHaveCount(state[process.stale] ? 1 : 0);
      await expect(shown.getByText("waiting…")).toHaveCount(state[process.completed_at] ? 0 : 1);
      const error = state[process.error];
      await expect(shown.getByRole("alert")).toHaveCount(error ? 1 : 0);
      if (error) expect(await shown.getByRole("alert").textContent()).toBe(error);
      const lines = state[process.logs].map(read);
      await expect(shown.getByRole("listitem")).toHaveCount(lines.length);
      expect(await shown.locator("li").allTextContents()).toEqual(lines);
    }
  });
}

const state_id = (name: State) => ({ package_release_id: states[name].package_release_id });

test.describe("lookups", () => {
  test("the latest release, when the address picks none", async ({ open }) => {
    const page = await open(BOARD);
    await expect(page.locator("header")).toContainText("1.0.0");
  });

  test("a version", async ({ open }) => {
    const page = await open(BOARD, { version: "0.8.0" });
    await expect(status(page)).toHaveText("building");
  });

  test("a package with a scope", async ({ open }) => {
    const page = await open("@testuser/led-matrix");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("@testuser/led-matrix");
    await expect(status(page)).toBeVisible();
  });

  test("a release and a package that are not there", async ({ open }) => {
    const page = await open(BOARD, { version: "0.0.0" });
    await expect(page.getByRole("alert")).toHaveText("Package release not found");
    await open("nobody/nothing");
    await expect(page.getByRole("alert")).toHaveText("Package not found");
  });
});

test.describe("a rebuild", () => {
  test("walks to its end, log by log", async ({ mock, open }) => {
    const page = await open(BOARD, FAILED);
    await expect(status(page)).toHaveText("failed");
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(page.getByText("No log yet")).toHaveCount(2);

    await mock.advance(1);
    await polls(page);
    await expect(status(page)).toHaveText("building");
    await expect(section(page, "transpilation").getByRole("listitem")).toHaveCount(2);
    await expect(section(page, "circuit json build").getByText("not begun")).toBeVisible();

    await mock.advance(2);
    await polls(page);
    await expect(section(page, "transpilation").locator("h2 .status")).toHaveText("successful");
    await expect(section(page, "transpilation").getByText("took 1.5 s")).toBeVisible();
    await expect(section(page, "circuit json build").locator("h2 .status")).toHaveText("building");

    await mock.advance(10);
    await polls(page);
    await expect(status(page)).toHaveText("successful");
    await expect(page.getByText("built in 5.5 s")).toBeVisible();
  });

  test("that fails shows why", async ({ mock, open }) => {
    await mock.steer("POST", "next", { scenario: "fails-circuit-json" });
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await mock.advance(60);
    await polls(page);
    await expect(status(page)).toHaveText("failed");
    await expect(section(page, "circuit json build").getByRole("alert")).toContainText(
      "PcbAutoroutingError",
    );
  });

  test("that never finishes is still asked after, an hour later", async ({ mock, open }) => {
    await mock.steer("POST", "next", { scenario: "never-finishes" });
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    await mock.advance(3_600);
    await polls(page);
    await expect(status(page)).toHaveText("building");
    await mock.steer("DELETE", "journal");
    await polls(page);
    const asked = await mock.steer("GET", "journal?operation=getPackageRelease&wait=10");
    expect(asked.exchanges.length).toBeGreaterThan(0);
  });

  test("that begins by itself is noticed", async ({ mock, open }) => {
    const page = await open(BOARD, { package_release_id: "rel_successful" });
    await expect(status(page)).toHaveText("successful");
    const play = { package_release_id: "rel_successful", scenario: "files-changed" };
    await mock.steer("POST", "play", play);
    await mock.advance(2);
    await page.clock.runFor(5_000);
    await expect(page.getByText("out of date")).toHaveCount(2);
    await mock.advance(3);
    await page.clock.runFor(5_000);
    await expect(status(page)).toHaveText("building");
  });

  test("of somebody else's package is refused in words", async ({ open }) => {
    const page = await open("otheruser/x", { package_release_id: "rel_otheruser_failed" });
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(page.getByRole("alert").first()).toHaveText(
      "The package belongs to another account",
    );
    await expect(status(page)).toHaveText("failed");
  });

  test("in one session is not seen in another", async ({ mock, open }) => {
    const page = await open(BOARD, FAILED);
    await page.getByRole("button", { name: "Rebuild" }).click();
    await expect(status(page)).toHaveText("pending");
    const address = mock.api.replace("/api", "-other/api/package_releases/get");
    const headers = { "content-type": "application/json" };
    const other = await fetch(address, { method: "POST", headers, body: JSON.stringify(FAILED) });
    expect((await other.json()).package_release.display_status).toBe("failed");
  });
});

test.describe("a server", () => {
  const GET = { operation: "getPackageRelease", first: 1 };
  const FAULTS = {
    "that is down once": [{ kind: "status", status: 503 }, /temporarily unavailable/],
    "whose answer is cut": [{ kind: "truncate" }, "The server answers 200, and no JSON"],
    "whose answer is no JSON": [
      { kind: "truncate", bytes: 0 },
      "The server answers 200, and no JSON",
    ],
    "that hangs up": [{ kind: "drop" }, "The server cannot be reached"],
  } as const;

  for (const [what, [fault, told]] of Object.entries(FAULTS)) {
    test(`${what} is asked again`, async ({ mock, open }) => {
      await mock.steer("POST", "faults", { ...fault, ...GET });
      const page = await open(BOARD, FAILED);
      await expect(page.getByRole("alert")).toHaveText(told);
      await polls(page);
      await expect(status(page)).toHaveText("failed");
      await expect(page.getByText(told)).toHaveCount(0);
    });
  }

  test("that fails later leaves what was seen before", async ({ mock, open }) => {
    const page = await open(BOARD, { package_release_id: "rel_building_circuit_json" });
    await expect(status(page)).toHaveText("building");
    await mock.steer("POST", "faults", { kind: "status", status: 500, ...GET });
    await polls(page);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(status(page)).toHaveText("building");
  });

  test("that is slow is waited for", async ({ mock, open }) => {
    await mock.steer("POST", "faults", { kind: "delay", seconds: 1, ...GET });
    const page = await open(BOARD, FAILED);
    await expect(page.getByText("Asking…")).toBeVisible();
    await expect(status(page)).toHaveText("failed");
  });

  for (const how of ["enum", "missing", "null"]) {
    test(`that breaks the contract (${how}) does not break the page`, async ({ mock, open }) => {
      await mock.steer("POST", "faults", { kind: "violate", property: "display_status", how });
      const page = await open(BOARD, FAILED);
      await expect(section(page, "transpilation").locator("h2 .status")).toHaveText("failed");
      await expect(status(page).locator(".gray")).toBeVisible();
    });
  }

  for (let seed = 1; seed <= 8; seed++) {
    test(`with odd but valid releases (${seed})`, async ({ page, open }) => {
      await page.setExtraHTTPHeaders({ prefer: `dynamic=true, seed=${seed}` });
      await open(BOARD);
      await expect(section(page, "circuit json build").locator("h2 .status")).toBeVisible();
    });
  }
});
