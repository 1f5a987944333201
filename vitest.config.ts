import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["{protocol,server,web,e2e,bin}/**/*.test.ts"],
    environment: "node",
    setupFiles: ["server/testing/vitest-setup.ts"],
    // Most of what takes long waits for other processes.
    maxWorkers: 3,
    // A hang detector only: no test asserts how long something takes.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
