// Each test gets the page, a session of the mock, and two frozen clocks: the mock's clock moves the state
// of the server, and the page's clock moves its polling.
import type { Page } from "@playwright/test";
import { preview } from "vite";
import { test as base } from "./mock/playwright.mjs";

type Site = {
  /** Opens the page of a package, with these query parameters. */
  open: (packageName: string, query?: Record<string, string>) => Promise<Page>;
};

export const test = base.extend<Site & { errors: Error[] }, { origin: string }>({
  origin: [
    async ({}, use) => {
      const configFile = new URL("../vite.config.ts", import.meta.url).pathname;
      const server = await preview({ configFile, preview: { port: 0, host: "127.0.0.1" } });
      await use(server.resolvedUrls!.local[0]!);
      await server.close();
    },
    { scope: "worker" },
  ],

  // An exception in the page fails the test.
  errors: [
    async ({ page }, use) => {
      const errors: Error[] = [];
      page.on("pageerror", (error) => errors.push(error));
      await use(errors);
      if (errors.length) throw errors[0];
    },
    { auto: true },
  ],

  open: async ({ page, origin, mock }, use) => {
    await mock.clock.freeze();
    await page.clock.install();
    await use(async (packageName, query = {}) => {
      const parameters = new URLSearchParams({ ...query, api: mock.url });
      await page.goto(`${origin}${packageName}/builds?${parameters}`);
      return page;
    });
  },
});

export { expect } from "@playwright/test";
