// A session of the mock for each test of Playwright. Every request of the page, and of the fixture
// `request`, has the header that selects it, also through the proxy of a dev server.
import { writeFile } from "node:fs/promises";
import { expect, test as base } from "@playwright/test";
import { connect } from "./client.mjs";

export const test = base.extend({
  mockAddress: [undefined, { option: true }],
  mockToken: [undefined, { option: true }],

  mock: async ({ mockAddress, mockToken }, provide, testInfo) => {
    const { testId, retry, repeatEachIndex } = testInfo;
    const name = [testId, retry, repeatEachIndex].join("-");
    const session = connect({ address: mockAddress, token: mockToken }).session(name);
    await session.reset();
    await provide(session);
    if (testInfo.status !== testInfo.expectedStatus) {
      const path = testInfo.outputPath("mock.har");
      await writeFile(path, JSON.stringify(await session.journal.har()));
      await testInfo.attach("mock.har", { path, contentType: "application/json" });
    }
    await session.delete();
  },

  extraHTTPHeaders: async ({ extraHTTPHeaders, mock }, provide) => {
    await provide({ ...extraHTTPHeaders, ...mock.headers });
  },
});

export { expect };
