// Bundles the programs that end-to-end tests start by the hundred: half of the processor time of a start goes
// into opening some hundred source files.

import { join } from "node:path"
import { defineConfig } from "vite"

const SUPPORT = join(import.meta.dirname, "support")

export default defineConfig({
  root: import.meta.dirname,
  ssr: {
    noExternal: true,
    // As in the bundle that is published, so that what a test loads before them is the same library.
    external: ["grammy", "@agentclientprotocol/sdk", "@whiskeysockets/baileys"],
  },
  build: {
    ssr: true,
    rolldownOptions: {
      input: ["gateway-entry", "crash-entry"].map((name) => join(SUPPORT, `${name}.ts`)),
    },
    outDir: "../dist/e2e",
    emptyOutDir: true,
    target: "node24",
    minify: false,
  },
})
