import { expect, test } from "vitest"
import type { ChannelSettings } from "../../channels/channel.ts"
import { createLinkableRows } from "../../testing/linkable-rows.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { openTemporaryStore } from "../../testing/temporary-store.ts"
import { createChannels } from "../channels.ts"
import type { MethodParts } from "./parts.ts"
import { sendersAllow } from "./senders-allow.ts"
import { sendersList } from "./senders-list.ts"
import { sendersRemove } from "./senders-remove.ts"

const CONTEXT = {} as never

async function prepare(settings: Partial<ChannelSettings> = {}) {
  const clock = createManualClock()
  const store = await openTemporaryStore()
  const [row] = createLinkableRows(clock).slots
  if (row === undefined) throw new Error("there are no rows")
  const slot = { ...row, settings: { allowFrom: [], groups: {}, ...settings } }
  const parts = { channels: createChannels([slot], clock), clock, store } as unknown as MethodParts
  return {
    clock,
    store,
    allow: (id: string, channel = "memory") => sendersAllow(parts)({ channel, id }, CONTEXT),
    remove: (id: string) => sendersRemove(parts)({ channel: "memory", id }, CONTEXT),
    list: () => sendersList(parts)({}, CONTEXT),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test("[M15] whoever is allowed is listed under the name they wrote with, and no stranger any more", async () => {
  await using senders = await prepare({ allowFrom: ["7"], groups: { g: GROUP } })
  const { allow, clock, list, remove, store } = senders
  await store.dropped.add({ channel: "memory", id: "42", name: "Ada", at: 1 })
  expect(await allow(" 42 ")).toEqual({ channel: "memory", id: "42" })
  expect(await list()).toEqual({
    allowed: [{ channel: "memory", id: "42", name: "Ada", addedAt: clock.now() }],
    configured: [
      { channel: "memory", id: "7" },
      { channel: "memory", id: "g" },
    ],
  })
  expect(await store.dropped.list(10)).toEqual([])
  expect(await remove("42")).toEqual({ channel: "memory", id: "42" })
  expect((await list()).allowed).toEqual([])
})

test("[M15] allowing somebody twice, or whom the configuration allows, says so and changes nothing", async () => {
  await using senders = await prepare({ allowFrom: ["*", "7"], groups: { g: GROUP } })
  const { allow, clock, list } = senders
  expect(await allow("7")).toMatchObject({ already: "configured" })
  expect(await allow("g")).toMatchObject({ already: "configured" })
  expect((await list()).allowed).toEqual([])
  await allow("42")
  const first = (await list()).allowed
  await clock.advance(1_000)
  expect(await allow("42")).toMatchObject({ already: "allowed" })
  expect((await list()).allowed).toEqual(first)
})

test("[M15] nobody is let in by a word that is no id, and never everybody", async () => {
  await using senders = await prepare()
  const { allow, list } = senders
  await expect(allow("*")).rejects.toThrow(/everybody/)
  await expect(allow("   ")).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  await expect(allow("42", "pigeon")).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  expect((await list()).allowed).toEqual([])
})

test("[M15] what an operator did not give cannot be taken back, and it is said where it is", async () => {
  await using senders = await prepare({ allowFrom: ["7"] })
  await expect(senders.remove("7")).rejects.toThrow(/configuration/)
  await expect(senders.remove("8")).rejects.toThrow("id: nobody allowed 8")
})

const GROUP = { anyone: false, mention: true, patterns: [] }
