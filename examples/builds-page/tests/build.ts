import { build } from "vite";

/** The page as it would be shipped, built once. */
export default () =>
  build({ configFile: new URL("../vite.config.ts", import.meta.url).pathname, logLevel: "warn" });
