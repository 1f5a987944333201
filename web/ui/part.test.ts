import { expect, test } from "vitest"
import { createPart } from "./part.ts"

const Panel = () => null

test("[WC20] a part that did not come is asked for again, and once it has come it is there at once", async () => {
  let tries = 0
  const part = createPart(
    async () => {
      tries += 1
      if (tries === 1) throw new Error("the gateway is away")
      return { Panel }
    },
    (file) => file.Panel,
  )
  await expect(part.load()).rejects.toThrow("the gateway is away")
  expect(part.loaded()).toBeUndefined()
  expect(await part.load()).toBe(Panel)
  expect(part.loaded()).toBe(Panel)
  await part.load()
  expect(tries).toBe(2)
})
