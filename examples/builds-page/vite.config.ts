import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// one origin for page and API, as behind a proxy: the mock answers at /api, and at /_s/NAME/api
const mock = process.env.MOCK ?? "http://127.0.0.1:3100";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: { "/api": mock, "/_s": mock } },
});
