// Each test has the page, a session of the mock by URL prefix, and two clocks that stand still: the
// mock's moves what the server answers, the page's own moves its polling.
import { test as base, type Page } from "@playwright/test";
import { preview } from "vite";

const ADDRESS = process.env.MOCK ?? "http://127.0.0.1:3100";
const FORMS = { "content-type": "application/json" };

export type Mock = {
  api: string;
  steer: (method: string, path: string, body?: object) => Promise<any>;
  advance: (seconds: number) => Promise<void>;
};

type Site = { mock: Mock; open: (path: string, picked?: Record<string, string>) => Promise<Page> };

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
    const steer: Mock["steer"] = async (method, path, body) => {
      const request = { method, headers: body && FORMS, body: body && JSON.stringify(body) };
      const answer = await fetch(`${session}/_mock/${path}`, request as RequestInit);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text && JSON.parse(text);
    };
    await steer("POST", "clock", { freeze: true });
    await use({
      api: `${session}/api`,
      steer,
      advance: async (seconds) => void (await steer("POST", "clock", { advance: seconds })),
    });
  },

  // a page that throws fails its test, whatever else it shows
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
    await use(async (name, picked = {}) => {
      await page.goto(
        `${origin}${name}/builds?${new URLSearchParams({ ...picked, api: mock.api })}`,
      );
      return page;
    });
  },
});

export { expect } from "@playwright/test";
