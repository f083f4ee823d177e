// Each test gets the page, a session of the mock, and two frozen clocks: the mock's clock moves the state
// of the server, and the page's clock moves its polling.
import { test as base, type Page } from "@playwright/test";
import { preview } from "vite";

const ADDRESS = process.env.MOCK ?? "http://127.0.0.1:3100";
const JSON_TYPE = { "content-type": "application/json" };

export type Mock = {
  api: string;
  /** Calls an operation of the control API in the session of the test. */
  control: (method: string, path: string, body?: object) => Promise<any>;
  advance: (seconds: number) => Promise<void>;
};

type Site = {
  mock: Mock;
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

  mock: async ({}, use, { testId, retry }) => {
    const session = `${ADDRESS}/_s/${testId}-${retry}`;
    const control: Mock["control"] = async (method, path, body) => {
      const request = { method, headers: body && JSON_TYPE, body: body && JSON.stringify(body) };
      const response = await fetch(`${session}/_mock/${path}`, request as RequestInit);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text && JSON.parse(text);
    };
    await control("POST", "clock", { freeze: true });
    await use({
      api: `${session}/api`,
      control,
      advance: async (seconds) => void (await control("POST", "clock", { advance: seconds })),
    });
  },

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
    await page.clock.install();
    await use(async (packageName, query = {}) => {
      const parameters = new URLSearchParams({ ...query, api: mock.api });
      await page.goto(`${origin}${packageName}/builds?${parameters}`);
      return page;
    });
  },
});

export { expect } from "@playwright/test";
