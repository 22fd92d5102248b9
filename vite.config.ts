import type { EnvironmentOptions } from "vite";
import { defineConfig } from "vitest/config";

// One build for all of the browser, in two parts that share no file: who opens the window downloads nothing that only the
// console needs, and what both need is made anew for each.
export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "chat/static",
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  builder: {},
  environments: {
    client: part("widget", true, "widget/src/loader.ts", "widget/src/app/main.tsx"),
    console: part("console", false, "agent_console/src/main.tsx"),
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["widget/tests/**/*.test.{ts,tsx}", "agent_console/tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
  },
});

function part(name: string, isFirst: boolean, ...input: string[]): EnvironmentOptions {
  return { consumer: "client", build: { emptyOutDir: isFirst, manifest: `.vite/${name}.json`, rollupOptions: { input } } };
}
