import { expect, test } from "vitest"
import { importAgain } from "./import-again.ts"

const FAILED = "Failed to fetch dynamically imported module: http://127.0.0.1:1/assets/health-aB.js"

test("[WC20] a file that failed under its name is asked for under another one", async () => {
  const asked: string[] = []
  const part = await importAgain(
    () => Promise.reject(new TypeError(FAILED)),
    async (address) => {
      asked.push(address)
      return "the part"
    },
  )
  expect(part).toBe("the part")
  expect(asked).toEqual([
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/assets\/health-aB\.js\?at=\d+$/),
  ])
})

test("[WC20] what comes at once is asked for once, and a failure that names no file is told", async () => {
  const never = () => Promise.reject(new Error("nobody asks for it"))
  expect(await importAgain(async () => "the part", never)).toBe("the part")
  await expect(importAgain(() => Promise.reject(new Error("no")), never)).rejects.toThrow("no")
})
