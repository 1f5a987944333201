import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, asyncProperty, constantFrom, integer } from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { keyed, sampleDelivery, sampleInbound } from "../testing/records.ts"
import { openStore } from "./open-store.ts"
import type { JournaledMessage, Store } from "./store.ts"
import { StateUnusableError } from "./unusable.ts"

const NAMES = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(50))

function open(folder: string): Store<JournaledMessage> {
  return openStore<JournaledMessage>({ path: join(folder, "clawdis.db"), log: silentLogger })
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-flip-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function fill(store: Store<JournaledMessage>): Promise<void> {
  for (const [index, name] of NAMES.entries()) {
    const value = new Uint8Array(200).fill(index)
    await store.vault.write("memory", [{ area: "keys", key: name, value }], 1)
    await store.inbox.journal(sampleInbound(name), 1)
    await store.outbox.acceptSend(keyed(name), sampleDelivery(name))
  }
}

/** All that can be read, as texts; what is refused is left out. */
async function readAll(store: Store<JournaledMessage>): Promise<string[]> {
  const reads: Promise<readonly unknown[]>[] = [
    store.inbox.pending({ except: [], limit: 100 }),
    store.outbox.pending(),
    ...NAMES.map(async (name) => [await store.outbox.find(keyed(name))]),
    ...NAMES.map(async (name) => [...(await store.vault.get("memory", "keys", [name]))]),
  ]
  const settled = await Promise.allSettled(reads)
  for (const read of settled) {
    if (read.status === "rejected") expect(read.reason).toMatchObject({ code: "UNAVAILABLE" })
  }
  return settled
    .flatMap((read) => (read.status === "fulfilled" ? read.value : []))
    .filter((value) => value !== undefined)
    .map((value) => JSON.stringify(value, withoutAges))
}

/** An age is no column: it is another one at every reading. */
function withoutAges(key: string, value: unknown): unknown {
  return key === "ageMs" || key === "waitedMs" ? undefined : value
}

test("[CR8] whichever bit of the database flips, nothing comes out that was not written", async () => {
  const folder = newFolder()
  const store = open(folder)
  await fill(store)
  const written = new Set(await readAll(store))
  expect(written.size).toBe(4 * NAMES.length)
  await store.close()
  const bytes = readFileSync(join(folder, "clawdis.db"))
  const place = integer({ min: 0, max: bytes.length - 1 })
  const bit = constantFrom(1, 2, 4, 8, 16, 32, 64, 128)
  await assert(
    asyncProperty(place, bit, async (at, mask) => {
      const damaged = newFolder()
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ mask
      writeFileSync(join(damaged, "clawdis.db"), copy)
      let opened: Store<JournaledMessage>
      try {
        opened = open(damaged)
      } catch (error) {
        expect(error).toBeInstanceOf(StateUnusableError)
        return
      }
      for (const value of await readAll(opened)) expect(written).toContain(value)
      await opened.close()
    }),
    { numRuns: 25 },
  )
})
