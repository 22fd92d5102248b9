import { defineConfig } from "vitest/config";

// One build for all of the browser: the widget's loader, its window, and the console.
export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "chat/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ["widget/src/loader.ts", "widget/src/app/main.tsx", "agent_console/src/main.tsx"],
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["widget/tests/**/*.test.{ts,tsx}", "agent_console/tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
  },
});
