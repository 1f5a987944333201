import { expect, test } from "vitest"
import { createManualClock, settle } from "../testing/manual-clock.ts"
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
  expect(await storage.load("g")).toBeUndefined()
  expect(await storage.put("g", entry)).toBe(false)
  await storage.remove("g", [entry])
  // Each of them has tried: whatever was wrong may have passed.
  expect(opens()).toBe(3)
})

test("a browser without any database keeps nothing, and says so", async () => {
  const forbidden = () => {
    throw new Error("denied")
  }
  const storage = createOutboxStorage(
    createDatabase({ open: forbidden, clock: createManualClock() }),
  )
  expect(await storage.load("g")).toBeUndefined()
  expect(await storage.put("g", entry)).toBe(false)
})

test("a database that another page blocks, or that never answers, is not waited for", async () => {
  const { storage, clock } = setUp(() => undefined)
  const put = storage.put("g", entry)
  const loaded = storage.load("g")
  await clock.advance(3_000)
  expect(await put).toBe(false)
  expect(await loaded).toBeUndefined()
})

test("a database that was slow once is used when it comes, or opened anew", async () => {
  const requests: Request[] = []
  const { storage, clock, opens } = setUp((request) => void requests.push(request))
  const closed: number[] = []
  const arrive = (at: number) => {
    const request = requests[at]
    const complete = () =>
      transaction.oncomplete?.call(transaction as IDBTransaction, new Event("complete"))
    const objectStore: unknown = () => ({ put: () => queueMicrotask(complete) })
    const transaction: Partial<IDBTransaction> = {
      objectStore: objectStore as IDBTransaction["objectStore"],
    }
    const result = { transaction: () => transaction, close: () => void closed.push(at) }
    Object.assign(request ?? {}, { result })
    request?.onsuccess?.call(request as IDBOpenDBRequest, new Event("success"))
  }
  const first = storage.put("g", entry)
  await clock.advance(3_000)
  expect(await first).toBe(false)
  const second = storage.put("g", entry)
  await clock.advance(100)
  expect(opens()).toBe(2)
  // One connection is enough.
  arrive(1)
  expect(await second).toBe(true)
  arrive(0)
  await settle()
  expect(closed).toEqual([0])
  expect(await storage.put("g", entry)).toBe(true)
  expect(opens()).toBe(2)
})

test("a database that comes late is used", async () => {
  const requests: Request[] = []
  const { storage, clock, opens } = setUp((request) => void requests.push(request))
  const first = storage.put("g", entry)
  await clock.advance(3_000)
  expect(await first).toBe(false)
  const [request] = requests
  const closed: string[] = []
  Object.assign(request ?? {}, { result: { close: () => void closed.push("closed") } })
  request?.onsuccess?.call(request as IDBOpenDBRequest, new Event("success"))
  await settle()
  await storage.put("g", entry)
  expect(opens()).toBe(1)
  expect(closed).toEqual([])
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
