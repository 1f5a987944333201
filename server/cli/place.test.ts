import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { OperatorError } from "../host/errors.ts"
import { removeInstance, writeInstance } from "../host/instance-file.ts"
import type { Store } from "../store/store.ts"
import { StateInUseError, StateUnusableError } from "../store/unusable.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { takePlace } from "./place.ts"

interface Given {
  readonly force?: boolean
  /** How long the port takes to become free. */
  readonly portMs?: number
  /** Writes no gateway.json. */
  readonly unknown?: boolean
  readonly open?: () => Store<InboundMessage>
}

/** A state folder that the process 4711 holds. */
async function start({ force = true, open, portMs = 0, unknown = false }: Given = {}) {
  const stateDir = await mkdtemp(join(tmpdir(), "clawdis-place-"))
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }))
  const instanceFile = join(stateDir, "gateway.json")
  if (!unknown) {
    await writeInstance(instanceFile, { pid: 4711, port: 7, startedAt: 0, version: "0" })
  }
  const clock = createManualClock()
  const said: string[] = []
  const stopping = new AbortController()
  const holder: { store: Store<InboundMessage> | undefined } = { store: undefined }
  const taking = takePlace(
    {
      config: {
        gateway: { bind: "127.0.0.1", port: 1 },
        paths: { instanceFile, stateDir },
      },
      force,
      timings: DEFAULT_TIMINGS.cli,
      clock,
      say: (line) => void said.push(line),
      async freePort() {
        clock.holdUp(portMs)
        // Who leaves takes the file away before it gives back the state.
        removeInstance(instanceFile, 4711)
        return []
      },
      open:
        open ??
        (() => {
          if (holder.store === undefined) throw new StateInUseError(stateDir)
          return holder.store
        }),
    },
    stopping.signal,
  )
  taking.catch(() => undefined)
  return { clock, holder, said, stateDir, stopping, taking }
}

test("[CL14] the port and the state share one deadline, and who stays is named", async () => {
  const { clock, said, stateDir, taking } = await start({ portMs: 9_000 })
  await clock.advance(0)
  expect(said).toEqual(["waiting up to 3 s for the state folder, held by pid 4711"])
  await clock.advance(2_900)
  expect(said).toHaveLength(1)
  await clock.advance(100)
  await expect(taking).rejects.toThrow(
    `state directory ${stateDir} is still in use by pid 4711 after 12 s; end it yourself`,
  )
})

test("[CL14] a state that is given back in time is taken", async () => {
  const { clock, holder, taking } = await start()
  await clock.advance(11_000)
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  holder.store = store
  await clock.advance(100)
  expect(await taking).toBe(store)
})

test("[D2] without --force nobody is waited for, and who cannot be told is another process", async () => {
  const known = await start({ force: false })
  await expect(known.taking).rejects.toThrow(
    "in use by pid 4711; a state directory has one gateway",
  )
  const unknown = await start({ force: false, unknown: true })
  await expect(unknown.taking).rejects.toThrow("in use by another process")
  expect([...known.said, ...unknown.said]).toEqual([])
})

test("[D1] an order to stop ends the wait for the state", async () => {
  const { clock, stopping, taking } = await start()
  await clock.advance(1_000)
  stopping.abort()
  expect(await taking).toBeUndefined()
})

test("[D3] a state that cannot be used is the operator's business, without a wait", async () => {
  const { said, taking } = await start({
    open: () => {
      throw new StateUnusableError("damaged")
    },
  })
  await expect(taking).rejects.toThrow(OperatorError)
  expect(said).toEqual([])
})
