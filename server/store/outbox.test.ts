import { expect, test } from "vitest"
import { keyed, sampleDelivery } from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"
import type { DeliveryItem, Outcome } from "./store.ts"

const refused: Outcome = { ok: false, error: { code: "UNAVAILABLE", message: "No." } }
const sent: Outcome = { ok: true, payload: {} }
const file: DeliveryItem = {
  text: "",
  media: {
    mediaId: "f-1",
    path: "/media/f-1",
    mimeType: "image/png",
    name: "cat.png",
    bytes: 3,
  },
}

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

/** Flips one bit of a column, as a disk does: the database itself does not notice. */
const damage = (store: TemporaryStore, id: string, assignment: string) =>
  store.database.transact((sql) =>
    sql.run(`UPDATE outbox SET ${assignment} WHERE id = :id`, { id }),
  )

test("[I4] a delivery keeps its texts and files; what an earlier version wrote is read as texts", async () => {
  await using store = await openTemporaryStore()
  const items = [{ text: "caption", media: file.media }, { text: "more" }] as DeliveryItem[]
  await store.outbox.add(sampleDelivery("new", { items }))
  await store.outbox.add(sampleDelivery("old", { items: ["one", "two"] as never }))
  expect(await store.outbox.pending()).toMatchObject([
    { id: "new", items },
    { id: "old", items: [{ text: "one" }, { text: "two" }] },
  ])
})

test("[M16] the list shows what is not sent and not dropped, oldest first, with its beginning", async () => {
  await using store = await openTemporaryStore()
  for (const id of ["waits", "failed", "sent", "dropped"]) {
    await store.outbox.add(sampleDelivery(id))
  }
  await store.outbox.add(sampleDelivery("long", { items: [{ text: `${"x".repeat(79)}😀` }] }))
  await store.outbox.add(sampleDelivery("file", { items: [file], runId: "r-1" }))
  const error = { code: "UNAVAILABLE", message: "Blocked." } as const
  await store.outbox.settle("failed", { state: "failed", outcome: refused, error })
  await store.outbox.settle("sent", { state: "sent", outcome: sent })
  await store.outbox.drop("dropped", refused)
  const listed = await store.outbox.list(10)
  expect(listed).toMatchObject([
    {
      id: "waits",
      state: "pending",
      preview: "one",
      createdAt: 1_000,
      attempts: 0,
      to: "memory:1",
    },
    { id: "failed", state: "failed", error: "Blocked." },
    { id: "long", preview: "x".repeat(79) },
    { id: "file", preview: "cat.png", runId: "r-1" },
  ])
  expect(idsOf(await store.outbox.list(1))).toEqual(["waits"])
  expect(await store.outbox.counts()).toEqual({ pending: 3, failed: 1, unknown: 0 })
})

test("[M16] a failed delivery that is retried waits as if it were new, and its key answers by its later outcome", async () => {
  await using store = await openTemporaryStore()
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  await store.outbox.progressed("d-1", ["1"])
  await store.outbox.settle("d-1", { state: "failed", outcome: refused })
  await store.outbox.add(sampleDelivery("d-2"))
  expect(await store.outbox.retry("d-1", 5_000)).toBe(true)
  const [, waiting] = await store.outbox.pending()
  expect(waiting).toMatchObject({ id: "d-1", createdAt: 5_000, messageIds: ["1"] })
  expect(waiting).not.toHaveProperty("outcome")
  const meanwhile = await store.outbox.find(keyed("k"))
  expect(meanwhile).toMatchObject({ kind: "known", record: { state: "pending" } })
  await store.outbox.settle("d-1", { state: "sent", outcome: sent })
  expect(await store.outbox.find(keyed("k"))).toMatchObject({ record: { outcome: sent } })
  await store.outbox.add(sampleDelivery("d-3"))
  expect(idsOf(await store.outbox.pending())).toEqual(["d-2", "d-3"])
})

test("[M16] only what failed or is unknown can be retried", async () => {
  await using store = await openTemporaryStore()
  for (const id of ["pending", "sending", "sent", "unknown"]) {
    await store.outbox.add(sampleDelivery(id))
  }
  await store.outbox.sending("sending")
  await store.outbox.settle("sent", { state: "sent", outcome: sent })
  await store.outbox.settle("unknown", { state: "unknown", outcome: refused })
  const results = ["pending", "sending", "sent", "missing", "unknown"].map((id) =>
    store.outbox.retry(id, 2_000),
  )
  expect(await Promise.all(results)).toEqual([false, false, false, false, true])
})

test("[M16] a dropped delivery is not counted, not sent, and its key keeps its outcome", async () => {
  await using store = await openTemporaryStore()
  await store.outbox.acceptSend(keyed("waits"), sampleDelivery("waits"))
  await store.outbox.acceptSend(keyed("unknown"), sampleDelivery("unknown"))
  await store.outbox.add(sampleDelivery("sending"))
  await store.outbox.sending("sending")
  const unknown: Outcome = { ok: false, error: { code: "UNAVAILABLE", message: "Unknown." } }
  await store.outbox.settle("unknown", { state: "unknown", outcome: unknown })
  const results = ["waits", "unknown", "sending", "missing", "waits"].map((id) =>
    store.outbox.drop(id, refused),
  )
  expect(await Promise.all(results)).toEqual([true, true, false, false, false])
  expect(await store.outbox.find(keyed("waits"))).toMatchObject({ record: { outcome: refused } })
  expect(await store.outbox.find(keyed("unknown"))).toMatchObject({ record: { outcome: unknown } })
  expect(await store.outbox.counts()).toEqual({ pending: 1, failed: 0, unknown: 0 })
  expect(await store.outbox.pending()).toEqual([])
  expect(await store.outbox.retry("unknown", 2_000)).toBe(false)
})

test("[CR8] a damaged delivery is never sent: it counts as failed, is told of once, and can be dropped", async () => {
  await using store = await openTemporaryStore()
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  await store.outbox.add(sampleDelivery("d-2"))
  await damage(store, "d-1", "chat = '2'")
  expect(idsOf(await store.outbox.pending())).toEqual(["d-2"])
  expect(await store.outbox.counts()).toEqual({ pending: 1, failed: 1, unknown: 0 })
  expect(await store.outbox.list(10)).toMatchObject([
    { id: "d-1", state: "failed", error: expect.stringContaining("state damaged") },
    { id: "d-2", state: "pending" },
  ])
  expect(await store.notices.list(10)).toMatchObject([
    { text: expect.stringMatching(/^state damaged: messages to send \(outbox rows 1\).*backup/) },
  ])
  const damaged = { code: "UNAVAILABLE", reason: "state_damaged", retryable: false }
  await expect(store.outbox.find(keyed("k"))).rejects.toMatchObject(damaged)
  await expect(store.outbox.get("d-1")).rejects.toMatchObject(damaged)
  expect(await store.outbox.retry("d-1", 2_000)).toBe(false)
  expect(await store.outbox.drop("d-1", refused)).toBe(true)
  expect(await store.outbox.find(keyed("k"))).toMatchObject({ record: { state: "dropped" } })
  expect(await store.outbox.counts()).toEqual({ pending: 1, failed: 0, unknown: 0 })
})

test.for([
  'items = \'[{"text":"ona"}]\'',
  "message_ids = '[\"7\"]'",
  "state = 'unknown'",
  "state = 'failed'",
  "error = '{\"mess'",
  "target = 'memory:2'",
])(
  "[CR8] a delivery with a damaged column (%s) is not changed, and nothing that lists it fails",
  async (assignment) => {
    await using store = await openTemporaryStore()
    await store.outbox.add(sampleDelivery("d-1"))
    await damage(store, "d-1", assignment)
    const refusal = { reason: "state_damaged" }
    await expect(store.outbox.sending("d-1")).rejects.toMatchObject(refusal)
    await expect(store.outbox.progressed("d-1", ["1"])).rejects.toMatchObject(refusal)
    const end = { state: "sent", outcome: sent } as const
    await expect(store.outbox.settle("d-1", end)).rejects.toMatchObject(refusal)
    expect(await store.outbox.unknown(10)).toEqual([])
    expect(await store.outbox.list(10)).toMatchObject([{ id: "d-1", state: "failed", preview: "" }])
    expect(await store.outbox.pending()).toEqual([])
  },
)

test("[CR8] what a kill left between call and answer is judged only if it is what was written", async () => {
  await using store = await openTemporaryStore()
  await store.outbox.add(sampleDelivery("d-1"))
  await store.outbox.sending("d-1")
  await damage(store, "d-1", "channel = 'memorx'")
  await store.outbox.recover(() => true)
  expect(await store.outbox.pending()).toEqual([])
  expect(await store.outbox.counts()).toEqual({ pending: 0, failed: 1, unknown: 0 })
})

test("[CR8] a damaged key is neither free nor another request's", async () => {
  await using store = await openTemporaryStore()
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  await store.database.transact((sql) => sql.run("UPDATE idempotency_keys SET subject = 'd-7'"))
  const again = store.outbox.acceptSend(keyed("k"), sampleDelivery("d-2"))
  await expect(again).rejects.toMatchObject({ reason: "state_damaged", retryable: false })
  expect(await store.outbox.get("d-2")).toBeUndefined()
})
