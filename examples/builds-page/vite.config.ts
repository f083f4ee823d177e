import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The dev server forwards the API to the mock, so that page and API have the same origin.
// /_s/NAME/api is the API in the session NAME.
const mock = process.env.MOCK ?? "http://127.0.0.1:3100";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: { "/api": mock, "/_s": mock } },
});
