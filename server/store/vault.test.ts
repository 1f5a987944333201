import { randomBytes } from "node:crypto"
import { expect, onTestFinished, test } from "vitest"
import { createManualClock, type ManualClock } from "../testing/manual-clock.ts"
import { createMemoryVault } from "../testing/memory-vault.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const put = (key: string, text = key, area = "keys") => ({ area, key, value: bytes(text) })

async function openVault(clock: ManualClock): Promise<ReturnType<typeof createMemoryVault>> {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const { clear, get, keys, rename, trim, write } = store.vault
  return {
    get: (area, wanted) => get("memory", area, wanted),
    write: (changes) => write("memory", changes, clock.now()),
    keys: (area, limit) => keys("memory", area, limit),
    trim: (area, options) => trim("memory", area, options),
    rename: (area, to) => rename("memory", area, to),
    clear: (area) => clear("memory", area),
  }
}

const VAULTS = {
  "the store": openVault,
  "the tests": async (clock: ManualClock) => createMemoryVault({ clock }),
}

for (const [name, open] of Object.entries(VAULTS)) {
  test(`the vault of ${name} gives what was written, any bytes, and leaves out what was removed`, async () => {
    const vault = await open(createManualClock())
    const value = new Uint8Array(randomBytes(10_000))
    await vault.write([{ area: "keys", key: "any", value }, put("gone"), put("a", "1", "creds")])
    await vault.write([{ area: "keys", key: "gone", value: undefined }, put("empty", "")])
    expect(await vault.get("keys", ["any", "gone", "empty", "never", "a"])).toEqual(
      new Map([
        ["any", value],
        ["empty", bytes("")],
      ]),
    )
  })

  test(`the vault of ${name} lists the latest written first and trims by age and number`, async () => {
    const clock = createManualClock()
    const vault = await open(clock)
    const first = clock.now()
    for (const key of ["a", "b", "c", "d"]) {
      await vault.write([put(key), put(key, key, "other")])
      await clock.advance(1_000)
    }
    await vault.write([put("a", "again")])
    expect(await vault.keys("keys", 3)).toEqual(["a", "d", "c"])
    await vault.trim("keys", { before: first, keep: 3 })
    expect(await vault.keys("keys", 10)).toEqual(["a", "d", "c"])
    await vault.trim("keys", { before: first + 3_000, keep: 3 })
    expect(await vault.keys("keys", 10)).toEqual(["a", "d"])
    expect(await vault.keys("other", 10)).toHaveLength(4)
  })

  test(`the vault of ${name} renames an area over what stood there, and clears one`, async () => {
    const vault = await open(createManualClock())
    await vault.write([put("a"), put("b"), put("old", "old", "backup")])
    await vault.rename("keys", "backup")
    expect(await vault.keys("keys", 10)).toEqual([])
    expect(await vault.get("backup", ["a", "b", "old"])).toEqual(
      new Map([
        ["a", bytes("a")],
        ["b", bytes("b")],
      ]),
    )
    await vault.rename("backup", "backup")
    expect(await vault.keys("backup", 10)).toHaveLength(2)
    await vault.clear("backup")
    expect(await vault.keys("backup", 10)).toEqual([])
  })
}

test("channels have vaults apart", async () => {
  await using store = await openTemporaryStore()
  await store.vault.write("one", [put("a")], 1)
  await store.vault.clear("two", "keys")
  expect(await store.vault.get("two", "keys", ["a"])).toEqual(new Map())
  expect(await store.vault.keys("one", "keys", 10)).toEqual(["a"])
})

test.for(["value = x'00'", "key = 'b'", "written_at = 7", "checksum = x''"])(
  "[CR8, CR9] a damaged value (%s) is refused, not taken for a missing one, and the backup is named",
  async (assignment) => {
    await using store = await openTemporaryStore()
    await store.vault.write("memory", [put("a"), put("c")], 1)
    await store.database.transact((sql) =>
      sql.run(`UPDATE vault SET ${assignment} WHERE key = 'a'`),
    )
    await expect(store.vault.get("memory", "keys", ["a", "b"])).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "state_damaged",
      message: expect.stringContaining("backup"),
    })
    expect((await store.vault.get("memory", "keys", ["c"])).size).toBe(1)
    await store.vault.write("memory", [put("a"), put("b")], 2)
    expect((await store.vault.get("memory", "keys", ["a", "b"])).size).toBe(2)
  },
)
