// Builds the page in web/ into dist/web, which the gateway serves.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string
}

export default defineConfig({
  root: fileURLToPath(new URL("web", import.meta.url)),
  define: { PAGE_VERSION: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("dist/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // The page's content security policy allows neither inline scripts nor data: addresses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/boot.json": "http://127.0.0.1:18789",
      // The page's own socket lives at `/`; Vite's for hot reloading has a protocol of its own.
      "^/$": {
        target: "ws://127.0.0.1:18789",
        ws: true,
        bypass: (request) =>
          request.headers.upgrade === "websocket" ? undefined : (request.url ?? "/"),
      },
    },
  },
})
