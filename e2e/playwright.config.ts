import { join } from "node:path"
import { defineConfig } from "@playwright/test"

// For the workers and every gateway and agent that a test starts.
process.env["NODE_COMPILE_CACHE"] ??= join(
  import.meta.dirname,
  "..",
  "node_modules",
  ".cache",
  "compiled",
)

const executablePath = process.env["CHROMIUM_PATH"]

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../node_modules/.cache/playwright",
  // The tests of one file go side by side as well, so that no long file is left to the end.
  fullyParallel: true,
  // More than two cores, for much of what takes long waits for the other side.
  workers: 3,
  // A browser on a machine that is busy with something else may miss its moment; what needed a second
  // try is named by the run.
  retries: 1,
  // Hang detectors.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // Pictures of the page, which are also what the documentation shows.
  snapshotPathTemplate: "../docs/screens/{arg}{ext}",
  forbidOnly: process.env["CI"] !== undefined,
  use: {
    browserName: "chromium",
    headless: true,
    // A trace makes every test half as long again; --trace on asks for one.
    trace: "off",
    launchOptions: {
      ...(executablePath !== undefined && { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
})
