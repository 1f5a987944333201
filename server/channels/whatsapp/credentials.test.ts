import { expect, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { AREAS } from "./areas.ts"
import { createCredentialStore, isComplete } from "./credentials.ts"
import { createCredentials, createLinkedCredentials } from "./stub-library.ts"
import { createStubVault } from "./stub-vault.ts"

function prepare() {
  const clock = createManualClock()
  const vault = createStubVault(clock.now)
  const failures: unknown[] = []
  const store = createCredentialStore({ vault, clock, failed: (error) => failures.push(error) })
  return { clock, vault, failures, store }
}

test("credentials come back as they were, bytes and all", async () => {
  const { store } = prepare()
  const credentials = createLinkedCredentials()
  store.save(credentials)
  await store.saved()
  expect(await store.load()).toEqual(credentials)
  expect(await store.read()).toMatchObject({
    at: "linked",
    device: { id: "15550100:1@s.whatsapp.net", lid: "100000100@lid" },
  })
})

test("[CR4] each save is one write, in its turn, and the three before are kept", async () => {
  const { store, vault } = prepare()
  const credentials = createLinkedCredentials()
  for (let counter = 0; counter < 6; counter += 1) {
    store.save(Object.assign(credentials, { accountSyncCounter: counter }))
    await store.saved()
  }
  expect(vault.writes).toHaveLength(6)
  expect(vault.counts[AREAS.credentials]).toBe(4)
  expect(await store.load()).toMatchObject({ accountSyncCounter: 5 })
})

test("credentials that did not change are not written again", async () => {
  const { store, vault } = prepare()
  store.save(createLinkedCredentials())
  store.save(createLinkedCredentials())
  await store.saved()
  expect(vault.writes).toHaveLength(1)
})

test("[CR9] what lacks a part never takes the place of what is whole", async () => {
  const { store } = prepare()
  store.save(createLinkedCredentials())
  store.save(createCredentials())
  await store.saved()
  expect((await store.read()).at).toBe("linked")
  expect(isComplete(createCredentials())).toBe(false)
  expect(isComplete({ ...createLinkedCredentials(), noiseKey: undefined })).toBe(false)
})

test("[CR6] a save that fails is told, and the next one succeeds", async () => {
  const { store, vault, failures } = prepare()
  vault.fail(new Error("disk full"))
  store.save(createLinkedCredentials())
  await expect(store.saved()).rejects.toThrow("disk full")
  expect(failures).toHaveLength(1)
  vault.fail()
  store.save(createLinkedCredentials())
  await store.saved()
  expect((await store.read()).at).toBe("linked")
})

test("what is no JSON of credentials is unreadable, not missing", async () => {
  const { store, vault } = prepare()
  await vault.write([{ area: AREAS.credentials, key: "current", value: Buffer.from("{") }])
  expect(await store.read()).toMatchObject({ at: "unreadable" })
  await expect(store.load()).rejects.toMatchObject({ reason: "state_damaged" })
})
