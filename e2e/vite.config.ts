// Bundles the programs that end-to-end tests start by the hundred: half of the processor time of a start goes
// into opening some hundred source files.

import { join } from "node:path"
import { defineConfig } from "vite"
import published from "../server/vite.config.ts"

const SUPPORT = join(import.meta.dirname, "support")

export default defineConfig({
  root: import.meta.dirname,
  // As in the bundle that is published, so that what a test loads before them is the same library.
  ssr: published.ssr ?? {},
  build: {
    ...published.build,
    ssr: true,
    rolldownOptions: {
      input: ["gateway-entry", "crash-entry"].map((name) => join(SUPPORT, `${name}.ts`)),
    },
    outDir: "../dist/e2e",
    sourcemap: false,
  },
})
