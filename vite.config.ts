import { fileURLToPath } from "node:url";
import type { EnvironmentOptions, ModulePreloadOptions, Plugin } from "vite";
import { defineConfig } from "vitest/config";

// One build for all of the browser, in parts that share no file: who opens the window downloads nothing that only the
// console or the gallery of its states needs, and what they have in common is made anew for each.
export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "chat/static",
    target: "es2022",
  },
  builder: {},
  environments: {
    client: part("widget", true, false, "widget/src/loader.ts", "widget/src/page.ts", "widget/src/app/main.tsx"),
    console: part("console", false, { polyfill: false }, "agent_console/src/main.tsx"),
    gallery: part("gallery", false, false, "widget/src/gallery/main.ts"),
  },
  plugins: [lightImports(), loaderImports()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["widget/tests/**/*.test.{ts,tsx}", "agent_console/tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
  },
});

function part(name: string, isFirst: boolean, modulePreload: false | ModulePreloadOptions, ...input: string[]): EnvironmentOptions {
  return { consumer: "client", build: { emptyOutDir: isFirst, manifest: `.vite/${name}.json`, modulePreload, rollupOptions: { input, preserveEntrySignatures: "exports-only" } } };
}

// Should Vite come to call its helper something else, its own is used again, and the test of the window's weight fails.
function lightImports(): Plugin {
  const ours = fileURLToPath(new URL("widget/src/app/styled.ts", import.meta.url));
  return {
    name: "nightdesk:light-imports",
    enforce: "pre",
    applyToEnvironment: ({ name }) => name === "client",
    load: (id) => (id === "\0vite/preload-helper.js" ? `export { styled as __vitePreload } from ${JSON.stringify(ours)}` : undefined),
  };
}

// The loader is a classic script of two kilobytes on other people's pages: it shares no file, and its one `import()` is bare.
function loaderImports(): Plugin {
  return {
    name: "nightdesk:loader-imports",
    enforce: "post",
    applyToEnvironment: ({ name }) => name === "client",
    generateBundle: (_, bundle) => {
      const loader = Object.values(bundle).find((file) => file.type === "chunk" && file.facadeModuleId?.endsWith("/widget/src/loader.ts"));
      if (loader?.type !== "chunk" || !loader.code.includes("importPart(")) throw new Error("the loader does not fetch its other part");
      loader.code = loader.code.replace("importPart(", "import(");
    },
  };
}
