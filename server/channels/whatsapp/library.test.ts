import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  proto,
} from "@whiskeysockets/baileys"
import { expect, test } from "vitest"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { AREAS } from "./areas.ts"
import { createDeciphered } from "./deciphered.ts"
import { createKeyStore } from "./keys.ts"
import {
  createDumbLogger,
  loadLibrary,
  type SignalRepository,
  type Stanza,
  type TransactionalKeys,
} from "./library.ts"
import { toEnd } from "./socket.ts"
import { createStubVault } from "./stub-vault.ts"

const ADA = "111000111:0@lid"
const US = { id: "15550100:1@s.whatsapp.net", lid: "100000100:1@lid" }

test("a signature counts only if it is one: the library's own check takes any 64 bytes", async () => {
  const pair = Curve.generateKeyPair()
  const text = Buffer.from("I am WhatsApp")
  const signature = Curve.sign(pair.private, text)
  const forged = Buffer.alloc(64, 1)
  await loadLibrary()
  expect(Curve.verify(pair.public, text, signature)).toBe(true)
  expect(Curve.verify(pair.public, text, forged)).toBe(false)
  expect(Curve.verify(pair.public, Buffer.from("another text"), signature)).toBe(false)
  expect(Curve.verify(pair.public, text, Buffer.alloc(3))).toBe(false)
})

/** The real engine of one device, over a vault. */
function createEngine() {
  const clock = createManualClock()
  const vault = createStubVault(clock.now)
  const failures: unknown[] = []
  const store = createKeyStore({ vault, log: silentLogger, failed: (e) => failures.push(e) })
  const keys = addTransactionCapability(store as never, createDumbLogger(), {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  })
  const creds = initAuthCreds()
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    { creds, keys },
    createDumbLogger(),
  )
  return { clock, vault, failures, keys, creds, repository }
}

/** Our device, watched over as the channel does, and Ada, who has a session with it. */
async function createPair() {
  const ours = createEngine()
  const theirs = createEngine()
  const library = await loadLibrary()
  const deciphered = createDeciphered({
    library,
    device: US,
    vault: ours.vault,
    clock: ours.clock,
    log: silentLogger,
    keepMs: 1_000,
  })
  const guarded: SignalRepository = deciphered.guard(
    ours.repository,
    ours.keys as unknown as TransactionalKeys,
  )
  const { signedIdentityKey, signedPreKey, registrationId } = ours.creds
  await theirs.repository.injectE2ESession({
    jid: US.lid,
    session: {
      registrationId,
      identityKey: withType(signedIdentityKey.public),
      signedPreKey: {
        keyId: signedPreKey.keyId,
        publicKey: withType(signedPreKey.keyPair.public),
        signature: signedPreKey.signature,
      },
    },
  })
  async function write(text: string, id: string): Promise<Stanza> {
    const body = proto.Message.encode({ conversation: text }).finish()
    const { type, ciphertext } = await theirs.repository.encryptMessage({
      jid: US.lid,
      // One byte of padding, as on the wire.
      data: Buffer.concat([body, Buffer.from([1])]),
    })
    const content = [{ tag: "enc", attrs: { type, v: "2" }, content: Buffer.from(ciphertext) }]
    return { tag: "message", attrs: { from: ADA, id, t: "1700000000", notify: "Ada" }, content }
  }
  async function read(stanza: Stanza): Promise<string> {
    deciphered.watch(stanza)
    const [part] = Array.isArray(stanza.content) ? stanza.content : []
    const text = await guarded.decryptMessage({
      jid: ADA,
      type: part?.attrs["type"] as "msg" | "pkmsg",
      ciphertext: part?.content as Uint8Array,
    })
    return proto.Message.decode(text.subarray(0, -1)).conversation ?? ""
  }
  return { ...ours, deciphered, guarded, write, read }
}

function withType(key: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([5]), key])
}

function bytesOf({ content }: Stanza): Uint8Array {
  const [part] = Array.isArray(content) ? content : []
  return part?.content as Uint8Array
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}

function again(stanza: Stanza): Stanza {
  const parts = Array.isArray(stanza.content) ? stanza.content : []
  return {
    ...stanza,
    content: parts.map((part) => ({ ...part, content: Buffer.from(part.content as Uint8Array) })),
  }
}

test("[WA13] the real engine writes its keys and our rows in one", async () => {
  const { vault, write, read } = await createPair()
  const stanza = await write("hello", "A1")
  const before = vault.writes.length
  expect(await read(stanza)).toBe("hello")
  const [changes, ...more] = vault.writes.slice(before)
  expect(more).toEqual([])
  const areas = new Set(changes?.map(({ area }) => area))
  expect(areas).toEqual(new Set([AREAS.keys, AREAS.deciphered, AREAS.unread]))
  expect(changes?.some(({ key }) => key.startsWith("session:"))).toBe(true)
})

test("[WA13] a ciphertext whose key is used up still has its text, for the same sender", async () => {
  const { read, repository, write } = await createPair()
  const stanza = await write("hello", "A1")
  await read(stanza)
  expect(await read(again(stanza))).toBe("hello")
  const options = { jid: ADA, type: "pkmsg", ciphertext: bytesOf(stanza) } as const
  await expect(repository.decryptMessage(options)).rejects.toThrow()
  await expect(
    read({ ...again(stanza), attrs: { ...stanza.attrs, from: "999000999:0@lid" } }),
  ).rejects.toThrow()
})

test("[WA13] what is left over is the message as it would have arrived", async () => {
  const { deciphered, read, write } = await createPair()
  await read(await write("one", "A1"))
  await read(await write("two", "A2"))
  const left = await collect(deciphered.leftovers())
  expect(left).toMatchObject([
    { key: { id: "A1", remoteJid: "111000111@lid", fromMe: false }, pushName: "Ada" },
    { key: { id: "A2" }, message: { conversation: "two" } },
  ])
  const [first] = left
  if (first !== undefined) await deciphered.settle(first.key)
  const rest = await collect(deciphered.leftovers())
  expect(rest.map(({ key }) => key.id)).toEqual(["A2"])
})

test("[CR6] keys that cannot be written fail the decryption, and whoever watches is told first", async () => {
  const { failures, read, vault, write } = await createPair()
  const stanza = await write("hello", "A1")
  vault.fail(new Error("disk full"))
  await expect(read(stanza)).rejects.toThrow("disk full")
  expect(failures).toHaveLength(1)
  vault.fail()
  expect(await read(again(stanza))).toBe("hello")
})

test("[CR3] what encrypted a message is on disk before the message can leave", async () => {
  const { guarded, keys, read, vault, write } = await createPair()
  await read(await write("hello", "A1"))
  const before = vault.writes.length
  let written = 0
  await keys.transaction(async () => {
    await guarded.encryptMessage({ jid: ADA, data: Buffer.from("answer") })
    written = vault.writes.length - before
  }, "the library's own")
  expect(written).toBe(1)
})

test("[WA17] a message that cannot be decrypted writes nothing and leaves nothing", async () => {
  const { read, vault, write } = await createPair()
  await read(await write("hello", "A1"))
  const before = { ...vault.counts }
  const broken = again(await write("broken", "A2"))
  bytesOf(broken).fill(0, 10, 40)
  await expect(read(broken)).rejects.toThrow()
  expect(vault.counts).toEqual(before)
})

test.for([
  [
    { output: { statusCode: 401 }, data: { tag: "conflict" } },
    { by: "service", code: 401 },
  ],
  [
    { output: { statusCode: 402 }, data: { reason: "402", expire: "60" } },
    { by: "service", code: 402, expiresInMs: 60_000 },
  ],
  [{ output: { statusCode: 411 } }, { by: "service", code: 411 }],
  [
    {
      output: { statusCode: 403 },
      data: Object.assign(new Error("Unexpected server response: 403")),
    },
    { by: "network", cause: "Unexpected server response: 403" },
  ],
  [
    { output: { statusCode: 408 }, data: Object.assign(new Error("x"), { code: "ENOTFOUND" }) },
    { by: "network", cause: "ENOTFOUND" },
  ],
  [
    { output: { statusCode: 428 }, message: "Connection Terminated" },
    { by: "library", code: 428, cause: "Connection Terminated" },
  ],
  [
    { output: { statusCode: 400 }, message: "noise certificate signature invalid" },
    { by: "library", cause: "the server could not prove that it is WhatsApp" },
  ],
  [undefined, { by: "library", cause: "it ended" }],
] as const)("[WA3] %o is the end %o", ([error, end]) => {
  expect(toEnd(error)).toEqual(end)
})
