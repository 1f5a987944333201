import { expect, test } from "vitest"
import { takeSteps } from "./take-steps.ts"

test("[D1] a start that was told to stop ends the step it is in and takes no other", async () => {
  const stopping = new AbortController()
  const entered = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const taken: string[] = []
  const steps = [
    () => void taken.push("store"),
    async () => {
      entered.resolve()
      await held.promise
      taken.push("runs")
    },
    () => void taken.push("channels"),
  ]
  const started = takeSteps(steps, stopping.signal)
  await entered.promise
  stopping.abort()
  held.resolve()
  await started
  expect(taken).toEqual(["store", "runs"])
})

test("[D1] a start whose step fails fails with it and takes no other", async () => {
  const taken: string[] = []
  const steps = [
    () => Promise.reject(new Error("the disk is gone")),
    () => void taken.push("channels"),
  ]
  await expect(takeSteps(steps, new AbortController().signal)).rejects.toThrow("the disk is gone")
  expect(taken).toEqual([])
})
