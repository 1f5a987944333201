import { expect, test } from "vitest"
import { createLanes } from "./lanes.ts"

const never = new AbortController().signal

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test("a lane is entered by one at a time, in the order of asking", async () => {
  const lanes = createLanes()
  const entered: string[] = []
  const ask = (name: string) =>
    lanes.enter("a", never).then((leave) => {
      entered.push(name)
      return leave
    })
  const turns = [ask("first"), ask("second"), ask("third")]
  for (const [index, turn] of turns.entries()) {
    await settle()
    expect(entered).toHaveLength(index + 1)
    ;(await turn)?.()
  }
  expect(entered).toEqual(["first", "second", "third"])
  expect(lanes.busy).toBe(0)
})

test("lanes do not wait for each other", async () => {
  const lanes = createLanes()
  await lanes.enter("a", never)
  expect(await lanes.enter("b", never)).toBeTypeOf("function")
})

test("one that gives up in the line lets nobody pass those before it", async () => {
  const lanes = createLanes()
  const leaveFirst = await lanes.enter("a", never)
  const giveUp = new AbortController()
  const second = lanes.enter("a", giveUp.signal)
  let thirdEntered = false
  const third = lanes.enter("a", never).then((leave) => {
    thirdEntered = true
    return leave
  })
  giveUp.abort()
  expect(await second).toBeUndefined()
  await settle()
  expect(thirdEntered).toBe(false)
  leaveFirst?.()
  ;(await third)?.()
  expect(lanes.busy).toBe(0)
})
