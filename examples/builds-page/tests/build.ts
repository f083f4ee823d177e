import { build } from "vite";

/** Builds the page once for all tests, as for production. */
export default () =>
  build({ configFile: new URL("../vite.config.ts", import.meta.url).pathname, logLevel: "warn" });
