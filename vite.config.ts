// Builds the page in web/ into dist/web, which the gateway serves.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { defineConfig, type Plugin } from "vite"

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string
}

export default defineConfig({
  root: fileURLToPath(new URL("web", import.meta.url)),
  define: { PAGE_VERSION: JSON.stringify(version) },
  plugins: [precompress()],
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

/** Writes each file of the page as .br and .gz beside it, so that the gateway has nothing to compress. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          const source = file.type === "chunk" ? file.code : file.source
          const bytes = typeof source === "string" ? Buffer.from(source) : source
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.br`,
            source: brotliCompressSync(bytes),
          })
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(bytes) })
        }
      },
    },
  }
}
