import type {
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from "@playwright/test";
import type { Session } from "./client.mjs";

export type MockOptions = {
  /** Scheme, host and port of the mock; by default the variable `MOCK`, else http://127.0.0.1:3100. */
  mockAddress: string | undefined;
  /** The token, if the mock was started with `--admin-token`. */
  mockToken: string | undefined;
};

export type MockFixtures = {
  /** The session of this test. The journal is attached to the report of a test that fails. */
  mock: Session;
};

/** The test of Playwright, with a session of the mock for each test. */
export declare const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & MockOptions & MockFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>;
export { expect } from "@playwright/test";
