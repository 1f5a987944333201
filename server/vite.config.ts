// Bundles the server for publishing and for services: plain JavaScript, because below node_modules types
// are not stripped. Libraries stay outside.

import { defineConfig } from "vite"

export default defineConfig({
  root: import.meta.dirname,
  build: {
    ssr: "main.ts",
    outDir: "../dist/server",
    emptyOutDir: true,
    target: "node24",
    sourcemap: true,
    minify: false,
  },
})
