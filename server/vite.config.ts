// Bundles the server for publishing and for services: plain JavaScript, because below node_modules types
// are not stripped, and the small libraries with it, because each file that Node opens costs start-up time.

import { defineConfig } from "vite"

export default defineConfig({
  root: import.meta.dirname,
  ssr: {
    noExternal: true,
    // Loaded only when they are used, and large.
    external: ["grammy", "@agentclientprotocol/sdk", "@whiskeysockets/baileys"],
  },
  build: {
    ssr: "main.ts",
    outDir: "../dist/server",
    emptyOutDir: true,
    target: "node24",
    sourcemap: true,
    minify: false,
  },
})
