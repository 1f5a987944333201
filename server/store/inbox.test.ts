import { expect, test } from "vitest"
import { sampleInbound, sampleRun } from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"
import { SELECT_PENDING } from "./inbox.ts"

const all = { except: [], limit: 100 }
const address = { channel: "memory", chat: "1" }

async function journal(store: TemporaryStore, count: number, chat = "1"): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    await store.inbox.journal(sampleInbound(`m-${index}`, { chat }), index)
  }
}

const idsOf = (records: readonly { message: { messageId: string } }[]) =>
  records.map(({ message }) => message.messageId)

test("[I4] what is pending comes oldest first, within a limit, without the chats that are busy", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 3, "busy")
  await journal(store, 3, "free")
  const free = await store.inbox.pending({
    except: [
      { channel: "memory", chat: "busy" },
      { channel: "other", chat: "free" },
    ],
    limit: 2,
  })
  expect(free).toMatchObject([
    { receivedAt: 1, message: { chat: "free", messageId: "m-1" } },
    { receivedAt: 2, message: { chat: "free", messageId: "m-2" } },
  ])
  expect(await store.inbox.pending(all)).toHaveLength(6)
})

test("[I4] ten thousand messages that wait in a busy chat are passed over in an index", async () => {
  await using store = await openTemporaryStore()
  await store.database.transact((sql) => {
    sql.run(
      `WITH RECURSIVE numbers (number) AS
         (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 10000)
       INSERT INTO inbox (channel, account, chat, message_id, state, body, received_at)
       SELECT 'memory', 'bot', 'busy', number, 'pending', '{}', 1 FROM numbers`,
    )
  })
  await store.inbox.journal(sampleInbound("m-1"), 1)
  const options = { except: [{ channel: "memory", chat: "busy" }], limit: 50 }
  expect(idsOf(await store.inbox.pending(options))).toEqual(["m-1"])
  const plan = await store.database.transact((sql) =>
    sql.all(`EXPLAIN QUERY PLAN ${SELECT_PENDING}`, { except: "[]", limit: 50 }),
  )
  const steps = plan.map((step) => String(step["detail"]))
  expect(steps).toContain("SCAN inbox USING COVERING INDEX inbox_pending")
  expect(steps).not.toContain("SCAN inbox")
})

test("[I4] held messages are context of their chat, the latest few, until a run takes them along", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 5)
  await store.inbox.journal(sampleInbound("elsewhere", { chat: "2" }), 6)
  const [first, second, third, fourth, fifth, elsewhere] = (await store.inbox.pending(all)).map(
    ({ id }) => id,
  )
  if (!first || !second || !third || !fourth || !fifth || !elsewhere) throw new Error("too few")
  await store.inbox.hold([first, second], 3)
  await store.inbox.hold([third, fourth, elsewhere], 3)
  expect(idsOf(await store.inbox.pending(all))).toEqual(["m-5"])
  expect(idsOf(await store.inbox.held(address))).toEqual(["m-2", "m-3", "m-4"])
  expect(await store.inbox.counts()).toEqual({ pending: 1, expired: 0 })

  await store.runs.acceptInbound([second, third, fourth, fifth], sampleRun("r-1"), address)
  expect(await store.inbox.held(address)).toEqual([])
  await store.runs.end({
    runId: "r-1",
    state: "ok",
    at: 9,
    outcome: { ok: true, payload: {} },
    deliveries: [],
  })
  const kept = await store.database.transact((sql) =>
    sql.all("SELECT message_id FROM inbox WHERE body IS NOT NULL").map((row) => row["message_id"]),
  )
  expect(kept).toEqual(["elsewhere"])
  expect(await store.inbox.journal(sampleInbound("m-1"), 9)).toBe("duplicate")
})

test("[I4] context that gave way to newer context meanwhile does not keep a message from its run", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 4)
  const [first, second, third, fourth] = (await store.inbox.pending(all)).map(({ id }) => id)
  if (!first || !second || !third || !fourth) throw new Error("too few")
  await store.inbox.hold([first, second], 2)
  await store.inbox.hold([third], 2)
  await store.runs.acceptInbound([first, second, fourth], sampleRun("r-1"), address)
  expect(await store.inbox.pending(all)).toEqual([])
  expect(idsOf(await store.inbox.held(address))).toEqual(["m-3"])
})

test("[I4] what was settled is not held any more and cannot be taken by a run", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 2)
  const ids = (await store.inbox.pending(all)).map(({ id }) => id)
  await store.inbox.settle(ids.slice(0, 1), "expired")
  await store.inbox.settle(ids.slice(1), "dropped")
  await store.inbox.hold(ids, 50)
  expect(await store.inbox.held(address)).toEqual([])
  expect(await store.inbox.counts()).toEqual({ pending: 0, expired: 1 })
  await expect(store.runs.acceptInbound(ids, sampleRun("r-1"), address)).rejects.toThrow(
    /is not pending/,
  )
})

test("[CR8] a damaged message is set aside and told of once, and those behind it come through", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 3)
  await store.database.transact((sql) =>
    sql.run("UPDATE inbox SET body = replace(body, 'text of m-1', 'text of m-7') WHERE id = 1"),
  )
  expect(idsOf(await store.inbox.pending({ except: [], limit: 2 }))).toEqual(["m-2", "m-3"])
  await store.inbox.pending(all)
  expect(await store.inbox.counts()).toEqual({ pending: 2, expired: 0, damaged: 1 })
  const notices = await store.notices.list(10)
  expect(notices).toHaveLength(1)
  expect(notices[0]?.text).toMatch(
    /^state damaged: messages that came in \(journal rows 1\).*backup/,
  )
  expect(await store.inbox.journal(sampleInbound("m-1"), 9)).toBe("duplicate")
})

test("[CR8] a damaged message that was held is not given as context", async () => {
  await using store = await openTemporaryStore()
  await journal(store, 2)
  await store.inbox.hold([1, 2], 50)
  await store.database.transact((sql) => sql.run("UPDATE inbox SET received_at = 7 WHERE id = 1"))
  expect(idsOf(await store.inbox.held(address))).toEqual(["m-2"])
  expect(await store.inbox.counts()).toMatchObject({ damaged: 1 })
})
