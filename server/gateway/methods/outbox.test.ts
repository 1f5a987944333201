import { expect, test } from "vitest"
import { fromErrorShape } from "#protocol"
import type { NewDelivery } from "../../store/store.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { openTemporaryStore } from "../../testing/temporary-store.ts"
import { outboxDrop } from "./outbox-drop.ts"
import { outboxList } from "./outbox-list.ts"
import { outboxRetry } from "./outbox-retry.ts"
import type { MethodParts } from "./parts.ts"

const CONTEXT = {} as never
const LOST = { code: "UNAVAILABLE", message: "No answer.", retryable: false } as const

async function prepare() {
  const clock = createManualClock()
  const store = await openTemporaryStore()
  /** What the outbox's worker was told of. */
  const added: unknown[] = []
  const parts = {
    clock,
    store,
    outbox: {
      added: (delivery: NewDelivery, options: unknown) => added.push([delivery.id, options]),
    },
    health: { touched: () => undefined },
  } as unknown as MethodParts
  const accept = (id: string) =>
    store.outbox.acceptSend(
      { key: `key-${id}`, digest: "d" },
      {
        id,
        channel: "memory",
        chat: "1",
        to: "memory:1",
        items: [{ text: `text of ${id}` }],
        createdAt: clock.now(),
      },
    )
  return {
    accept,
    added,
    store,
    /** A delivery that is over in this state. */
    async end(id: string, state: "sent" | "failed" | "unknown") {
      await accept(id)
      const outcome =
        state === "sent" ? { ok: true as const, payload: {} } : { ok: false as const, error: LOST }
      await store.outbox.settle(id, { state, outcome, ...(state !== "sent" && { error: LOST }) })
    },
    stateOf: async (id: string) => (await store.outbox.get(id))?.state,
    list: async () => (await outboxList(parts)({}, CONTEXT)).deliveries,
    retry: (id: string, force?: boolean) =>
      outboxRetry(parts)({ id, ...(force !== undefined && { force }) }, CONTEXT),
    drop: (id: string) => outboxDrop(parts)({ id }, CONTEXT),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test("[M16] the list has what waits, failed or is in doubt, and not what was sent", async () => {
  await using outbox = await prepare()
  await outbox.accept("waits")
  await outbox.end("failed", "failed")
  await outbox.end("doubt", "unknown")
  await outbox.end("sent", "sent")
  expect(await outbox.list()).toMatchObject([
    { id: "waits", state: "pending", preview: "text of waits", to: "memory:1" },
    { id: "failed", state: "failed", error: "No answer." },
    { id: "doubt", state: "unknown" },
  ])
})

test("[M16] what failed is sent again when asked, and then waits for its channel", async () => {
  await using outbox = await prepare()
  await outbox.end("a", "failed")
  expect(await outbox.retry("a")).toEqual({ id: "a" })
  expect(outbox.added).toEqual([["a", { waitsForChannel: true }]])
  expect(await outbox.stateOf("a")).toBe("pending")
  expect(await outbox.retry("a")).toEqual({ id: "a" })
  expect(outbox.added).toHaveLength(1)
})

test("[M16, I4] what may have arrived is sent again only with force", async () => {
  await using outbox = await prepare()
  await outbox.end("a", "unknown")
  await expect(outbox.retry("a")).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    reason: "outcome_unknown",
  })
  await expect(outbox.retry("a", false)).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  expect([outbox.added, await outbox.stateOf("a")]).toEqual([[], "unknown"])
  await outbox.retry("a", true)
  expect(outbox.added).toHaveLength(1)
})

test("[M16] what is being sent is let be, and what is over or unknown is refused", async () => {
  await using outbox = await prepare()
  await outbox.accept("under way")
  await outbox.store.outbox.sending("under way")
  await outbox.end("sent", "sent")
  await outbox.end("taken out", "failed")
  await outbox.drop("taken out")
  for (const act of [outbox.retry, outbox.drop]) {
    await expect(act("under way")).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true })
    for (const id of ["sent", "taken out", "never there"]) {
      await expect(act(id)).rejects.toMatchObject({ code: "INVALID_REQUEST", retryable: false })
    }
  }
})

test("[M16] what was taken out is not sent, is not counted, and its key says what became of it", async () => {
  await using outbox = await prepare()
  for (const id of ["a", "b"]) await outbox.accept(id)
  await outbox.end("c", "unknown")
  await outbox.drop("a")
  await outbox.drop("c")
  expect((await outbox.list()).map(({ id }) => id)).toEqual(["b"])
  expect(await outbox.store.outbox.counts()).toEqual({ pending: 1, failed: 0, unknown: 0 })
  expect((await outbox.store.outbox.pending()).map(({ id }) => id)).toEqual(["b"])
  const { outcome } = (await outbox.store.outbox.get("a")) ?? {}
  if (outcome?.ok !== false) throw new Error("it has no outcome")
  expect(fromErrorShape(outcome.error)).toMatchObject({ reason: "aborted", retryable: false })
})
