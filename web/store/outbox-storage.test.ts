import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createDatabase } from "./database.ts"
import type { OutboxEntry } from "./outbox-entry.ts"
import { createOutboxStorage } from "./outbox-storage.ts"

// The database itself is the browser's, and is tested in one. Here: those that do not open.

const entry: OutboxEntry = {
  key: "k",
  sessionKey: "main",
  text: "hello",
  createdAt: 1,
  state: { at: "queued" },
}

type Request = Pick<IDBOpenDBRequest, "onerror" | "onsuccess" | "onblocked">

function setUp(opened: (request: Request) => void) {
  const clock = createManualClock()
  let opens = 0
  const open = () => {
    opens += 1
    const request: Request = { onerror: null, onsuccess: null, onblocked: null }
    queueMicrotask(() => opened(request))
    return request as IDBOpenDBRequest
  }
  const storage = createOutboxStorage(createDatabase({ open: () => ({ open }), clock }))
  return { storage, clock, opens: () => opens }
}

const fail = (request: Request) => {
  request.onerror?.call(request as IDBOpenDBRequest, new Event("error"))
}

test("a database that is forbidden, damaged or of a newer version keeps nothing, and says so", async () => {
  const { storage, opens } = setUp(fail)
  expect(await storage.load("g")).toEqual([])
  expect(await storage.put("g", entry)).toBe(false)
  await storage.remove("g", [entry])
  expect(opens()).toBe(1)
})

test("a browser without any database keeps nothing, and says so", async () => {
  const forbidden = () => {
    throw new Error("denied")
  }
  const storage = createOutboxStorage(
    createDatabase({ open: forbidden, clock: createManualClock() }),
  )
  expect(await storage.load("g")).toEqual([])
  expect(await storage.put("g", entry)).toBe(false)
})

test("a database that another page blocks, or that never answers, is not waited for", async () => {
  const { storage, clock } = setUp(() => undefined)
  const put = storage.put("g", entry)
  const loaded = storage.load("g")
  await clock.advance(3_000)
  expect(await put).toBe(false)
  expect(await loaded).toEqual([])
})

test("a transaction that hangs or cannot begin is not waited for either", async () => {
  const hung = { objectStore: () => ({ put: () => ({}) }) }
  const databases: Partial<IDBDatabase>[] = [
    { transaction: () => hung as unknown as IDBTransaction },
    {
      transaction: () => {
        throw new DOMException("closing", "InvalidStateError")
      },
    },
  ]
  for (const database of databases) {
    const { storage, clock } = setUp((request) => {
      Object.assign(request, { result: database })
      request.onsuccess?.call(request as IDBOpenDBRequest, new Event("success"))
    })
    const put = storage.put("g", entry)
    await clock.advance(3_000)
    expect(await put).toBe(false)
  }
})

test("a database that went away is opened anew", async () => {
  const databases: Partial<IDBDatabase>[] = []
  const { storage, opens } = setUp((request) => {
    const database: Partial<IDBDatabase> = { close: () => undefined }
    databases.push(database)
    Object.assign(request, { result: database })
    request.onsuccess?.call(request as IDBOpenDBRequest, new Event("success"))
  })
  await storage.put("g", entry)
  const [first] = databases
  first?.onversionchange?.call(first as IDBDatabase, new Event("x") as IDBVersionChangeEvent)
  await storage.put("g", entry)
  expect(opens()).toBe(2)
})
