// Bytes that nobody meant, thrown at a real gateway. CLAWDIS_FUZZ says how many requests and frames,
// CLAWDIS_SEED which; a run prints its seed.

import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as pass } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, onTestFinished, test } from "vitest"
import { type StartedGateway, startGateway } from "../server/testing/start-gateway.ts"
import { type Attack, createAttacks } from "./support/mutations.ts"
import { createChance } from "./support/random.ts"

const INPUTS = Number(process.env["CLAWDIS_FUZZ"] ?? 20_000)
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Date.now() % 1_000_000)
const AT_ONCE = 16
/** After so many inputs whoever is honest asks again, and memory is looked at. */
const ROUND = Math.max(5_000, INPUTS / 20)
/** A hang detector. */
const CLOSES_WITHIN_MS = 20_000
const MAX_GROWTH = 48 * 1024 * 1024

test(`[FR2, FR12, T7] ${INPUTS} mutated frames and upgrade requests leave the gateway as it was (seed ${SEED})`, {
  timeout: 120_000 + 3 * INPUTS,
}, async () => {
  process.stdout.write(`fuzz: CLAWDIS_FUZZ=${INPUTS} CLAWDIS_SEED=${SEED}\n`)
  const gateway = await startGateway()
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const next = createAttacks(createChance(SEED))
  const heap: number[] = []
  for (let sent = 0; sent < INPUTS; ) {
    sent += await attackAndAsk(gateway, next, {
      inputs: Math.min(ROUND, INPUTS - sent),
      round: heap.length,
    })
    heap.push(await measureHeap())
  }
  // What is loaded and cached with the first round stays.
  const [first = 0] = heap
  expect((heap.at(-1) ?? 0) - first).toBeLessThan(MAX_GROWTH)
  await expectNothingHeld(gateway)
})

/** One round, while a client that does nothing wrong is connected, loses no event and is answered. */
async function attackAndAsk(
  gateway: StartedGateway,
  next: () => Attack,
  { inputs, round }: { readonly inputs: number; readonly round: number },
): Promise<number> {
  const honest = await gateway.connect()
  let sent = 0
  const work = async () => {
    while (sent < inputs) {
      const attack = next()
      sent += attack.inputs
      await carryOut(attack, gateway.port)
    }
  }
  const asking = (async () => {
    while (sent < inputs) {
      expect(await honest.call("system-presence")).toBeInstanceOf(Array)
      await pass(200)
    }
  })()
  await Promise.all([asking, ...Array.from({ length: AT_ONCE }, work)])
  const params = { message: "still there?", idempotencyKey: `honest-${round}` }
  expect(await honest.request("agent", { ...params, sessionKey: "web:honest" })).toMatchObject({
    status: "ok",
    text: expect.stringContaining("still there?"),
  })
  expect(honest.gaps).toEqual([])
  await honest.close()
  return sent
}

async function carryOut({ bytes, end, pieces }: Attack, port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1")
  // A gateway that resets such a socket does nothing wrong.
  socket.on("error", () => undefined)
  socket.resume()
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  await Promise.race([once(socket, "connect"), closed])
  const size = Math.ceil(bytes.length / pieces)
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size))
    if (pieces > 1) await pass(1)
  }
  if (end === "half-close") socket.end()
  else {
    if (end === "linger") await Promise.race([pass(10), closed])
    socket.resetAndDestroy()
  }
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    socket.destroy()
  }, CLOSES_WITHIN_MS)
  await closed
  clearTimeout(late)
  if (isLate) throw new Error(`the gateway does not close after ${bytes.toString("latin1")}`)
}

async function measureHeap(): Promise<number> {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  for (let each = 0; each < 3; each += 1) {
    await pass(10)
    collect()
  }
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

/** Of the 64 places for who waits, and of presence, nothing is taken by a socket that is gone. */
async function expectNothingHeld(gateway: StartedGateway): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 60 }, () => gateway.connect()))
  const [one] = clients
  const presence = await one?.call("system-presence")
  expect(presence).toBeInstanceOf(Array)
  await Promise.all(clients.map((client) => client.close()))
}
