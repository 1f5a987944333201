import { expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import type { OutboundMessage, SendTrace } from "../channels/channel.ts"
import { silentLogger } from "../host/logger.ts"
import type { NewDelivery } from "../store/store.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { breakDisk, mendDisk, openTemporaryStore } from "../testing/temporary-store.ts"
import type { Channels } from "./channels.ts"
import { createOutbox } from "./outbox.ts"

const TIMINGS = {
  sendDeadlineMs: 45_000,
  mediaSendDeadlineMs: 90_000,
  sendWaitMs: 5_000,
  outboxRetryFirstMs: 1_000,
  outboxRetryMaxMs: 60_000,
  outboxMaxAgeMs: 24 * 3_600_000,
  sendMaxAgeMs: 5 * 60_000,
}

const unreached = () =>
  new GatewayError("UNAVAILABLE", "Not connected.", { reason: "not_connected", retryable: true })
const unknown = () =>
  new GatewayError("UNAVAILABLE", "No answer.", { reason: "outcome_unknown", retryable: false })
const refused = () =>
  new GatewayError("UNAVAILABLE", "No.", { reason: "provider_refused", retryable: false })

type Answer = (message: OutboundMessage) => Promise<void> | void

/** With a new store, or on what an earlier one left in `stateDir`. */
async function start(stateDir?: string) {
  const clock = createManualClock()
  const store = await openTemporaryStore({ clock, ...(stateDir !== undefined && { stateDir }) })
  onTestFinished(() => store[Symbol.asyncDispose]())
  /** Every call of the service, as `chat text`. */
  const calls: string[] = []
  const answers: Answer[] = []
  const traces: SendTrace[] = []
  /** What happens in the step in which the next delivery is over. */
  const onChanged: (() => Promise<void>)[] = []
  /** How long each call was given. */
  const deadlines: number[] = []
  const send: Channels["send"] = async (_id, message, { deadline = 0, trace }) => {
    await trace?.leaving()
    if (trace !== undefined) traces.push(trace)
    deadlines.push(deadline - clock.monotonic())
    calls.push(`${message.chat} ${message.text}`)
    await answers.shift()?.(message)
    return { messageId: `id-${calls.length}` }
  }
  const outbox = createOutbox({
    channels: { send, get: () => undefined } as Partial<Channels> as Channels,
    media: { has: async ({ path }) => path !== "/gone" },
    clock,
    store: store.outbox,
    log: silentLogger,
    timings: TIMINGS,
    changed: () => void onChanged.shift()?.(),
  })
  const newDelivery = (id: string, words: Partial<NewDelivery> = {}): NewDelivery => ({
    id,
    channel: "memory",
    chat: "1",
    to: "memory:1",
    items: [{ text: id }],
    createdAt: clock.now(),
    ...words,
  })
  const acceptSend = async (id: string, words: Partial<NewDelivery> = {}) => {
    const accepted = await store.outbox.acceptSend(
      { key: `key-${id}`, digest: "d" },
      newDelivery(id, words),
    )
    if (accepted.kind === "new") outbox.added(accepted.record)
    return accepted
  }
  const addReply = async (id: string, words: Partial<NewDelivery> = {}) => {
    const delivery = newDelivery(id, { runId: `run-${id}`, ...words })
    await store.outbox.add(delivery)
    outbox.added(delivery)
  }
  const settled = (id: string) => outbox.settled(id, new AbortController().signal)
  const stateOf = async (id: string) => (await store.outbox.get(id))?.state
  return {
    acceptSend,
    addReply,
    answers,
    calls,
    clock,
    deadlines,
    newDelivery,
    onChanged,
    outbox,
    settled,
    stateOf,
    store,
    traces,
  }
}

const fail = (error: () => GatewayError) => () => {
  throw error()
}

test("[M5] the texts of a delivery go out in order, and its outcome is the answer to the send", async () => {
  const { acceptSend, calls, settled } = await start()
  await acceptSend("s", { items: [{ text: "one" }, { text: "two" }, { text: "three" }] })
  expect(await settled("s")).toMatchObject({
    state: "sent",
    messageIds: ["id-1", "id-2", "id-3"],
    outcome: {
      ok: true,
      payload: {
        messageId: "id-3",
        channel: "memory",
        to: "memory:1",
        chatId: "1",
        status: "sent",
      },
    },
  })
  expect(calls).toEqual(["1 one", "1 two", "1 three"])
})

test("deliveries to one chat keep their order, other chats do not wait for them", async () => {
  const { acceptSend, answers, calls, clock, settled } = await start()
  const gate = Promise.withResolvers<void>()
  answers.push(() => gate.promise)
  await acceptSend("a")
  await acceptSend("b")
  await acceptSend("c", { chat: "2" })
  await settled("c")
  expect(calls).toEqual(["1 a", "2 c"])
  gate.resolve()
  await clock.advance(0)
  expect(calls).toEqual(["1 a", "2 c", "1 b"])
})

test("[I3, ID6, S1] a send that surely had no effect is told at once, and its key may try again", async () => {
  const { acceptSend, answers, calls, settled } = await start()
  answers.push(fail(unreached))
  await acceptSend("s")
  await expect(settled("s")).rejects.toMatchObject({ reason: "not_connected", retryable: true })
  expect(await acceptSend("s")).toMatchObject({ kind: "new" })
  expect(await settled("s")).toMatchObject({ state: "sent" })
  expect(calls).toEqual(["1 s", "1 s"])
})

test("[I4, ID7] an unknown outcome stays unknown for its key, and the service is not asked again", async () => {
  const { acceptSend, answers, calls, clock, settled } = await start()
  answers.push(fail(unknown))
  await acceptSend("s")
  const outcome = { ok: false, error: { retryable: false, details: { reason: "outcome_unknown" } } }
  expect(await settled("s")).toMatchObject({ state: "unknown", outcome })
  expect(await acceptSend("s")).toMatchObject({ kind: "known" })
  await clock.advance(TIMINGS.outboxMaxAgeMs)
  expect(await settled("s")).toMatchObject({ state: "unknown", outcome })
  expect(calls).toEqual(["1 s"])
})

test("[ID13, I4] a confirmation that comes late makes the unknown one sent, and its key says so", async () => {
  const { acceptSend, answers, calls, clock, settled, stateOf, traces } = await start()
  answers.push(fail(unknown))
  await acceptSend("s")
  expect(await settled("s")).toMatchObject({ state: "unknown" })
  // A `send` as old as this would not be sent any more; it was.
  await clock.advance(9 * 60_000)
  await traces[0]?.confirmedLate?.({ messageId: "late" })
  expect(await settled("s")).toMatchObject({
    state: "sent",
    messageIds: ["late"],
    outcome: { ok: true, payload: { messageId: "late", status: "sent" } },
  })
  await traces[0]?.confirmedLate?.({ messageId: "late" })
  expect(await stateOf("s")).toBe("sent")
  expect(calls).toEqual(["1 s"])
})

test("[ID13] what is left of a reply goes out when the doubt about its beginning is over", async () => {
  const { addReply, answers, calls, settled, traces } = await start()
  answers.push(fail(unknown))
  await addReply("r", { items: [{ text: "one" }, { text: "two" }] })
  expect(await settled("r")).toMatchObject({ state: "unknown" })
  await traces[0]?.confirmedLate?.({ messageId: "late" })
  expect(await settled("r")).toMatchObject({ state: "sent", messageIds: ["late", "id-2"] })
  expect(calls).toEqual(["1 one", "1 two"])
})

test("[ID13] a late confirmation does not touch what an operator has dropped", async () => {
  const { acceptSend, answers, settled, stateOf, store, traces } = await start()
  answers.push(fail(unknown))
  await acceptSend("s")
  await settled("s")
  await store.outbox.drop("s", { ok: true, payload: {} })
  await traces[0]?.confirmedLate?.({ messageId: "late" })
  expect(await stateOf("s")).toBe("dropped")
})

test("[I4] whatever a channel throws that is no GatewayError is an unknown outcome", async () => {
  const { addReply, answers, calls, clock, stateOf } = await start()
  answers.push(() => {
    throw new TypeError("broken")
  })
  await addReply("r")
  await clock.advance(TIMINGS.outboxRetryMaxMs * 3)
  expect(await stateOf("r")).toBe("unknown")
  expect(calls).toEqual(["1 r"])
})

test("[I4] a send whose first text arrived is not forgotten when the second one does not leave", async () => {
  const { acceptSend, answers, calls, settled } = await start()
  answers.push(() => undefined, fail(unreached))
  await acceptSend("s", { items: [{ text: "one" }, { text: "two" }] })
  expect(await settled("s")).toMatchObject({
    state: "failed",
    messageIds: ["id-1"],
    outcome: { ok: false, error: { retryable: false } },
  })
  expect(await acceptSend("s", { items: [{ text: "one" }, { text: "two" }] })).toMatchObject({
    kind: "known",
  })
  expect(calls).toEqual(["1 one", "1 two"])
})

test("[I4] a reply waits for its channel and goes on where it stopped", async () => {
  const { addReply, answers, calls, clock, stateOf } = await start()
  answers.push(() => undefined, fail(unreached), fail(unreached))
  await addReply("r", { items: [{ text: "one" }, { text: "two" }] })
  await addReply("next")
  await clock.advance(1_000)
  expect(await stateOf("r")).toBe("pending")
  await clock.advance(2_000)
  expect(await stateOf("r")).toBe("sent")
  expect(calls).toEqual(["1 one", "1 two", "1 two", "1 two", "1 next"])
})

test("a service that names a time is not asked before it", async () => {
  const { addReply, answers, calls, clock } = await start()
  answers.push(() => {
    throw new GatewayError("UNAVAILABLE", "Slow down.", {
      reason: "rate_limited",
      retryable: true,
      retryAfterMs: 37_000,
    })
  })
  await addReply("r")
  await clock.advance(36_999)
  expect(calls).toHaveLength(1)
  await clock.advance(1)
  expect(calls).toHaveLength(2)
})

test("a reply that is refused has failed, and the next one goes out", async () => {
  const { addReply, answers, clock, stateOf } = await start()
  answers.push(fail(refused))
  await addReply("r")
  await addReply("next")
  await clock.advance(0)
  expect([await stateOf("r"), await stateOf("next")]).toEqual(["failed", "sent"])
})

test("[SD8] a reply that has become too old is reported, not sent", async () => {
  const { addReply, answers, calls, clock, stateOf } = await start()
  answers.push(...Array.from({ length: 5_000 }, () => fail(unreached)))
  await addReply("r")
  await clock.advance(TIMINGS.outboxMaxAgeMs + TIMINGS.outboxRetryMaxMs)
  const before = calls.length
  expect(await stateOf("r")).toBe("failed")
  await clock.advance(TIMINGS.outboxRetryMaxMs * 5)
  expect(calls).toHaveLength(before)
})

test("[ID14, SD8] what waits does not become too old because somebody sets the clock", async () => {
  const first = await start()
  first.answers.push(...Array.from({ length: 50 }, () => fail(unreached)))
  await first.addReply("r")
  await first.clock.advance(0)
  first.clock.set(3 * 365 * 24 * 3_600_000)
  await first.clock.advance(TIMINGS.outboxRetryMaxMs)
  expect(await first.stateOf("r")).toBe("pending")
  await first.outbox.stop()
  await first.store.close()

  // The next start finds the clock right again.
  const second = await start(first.store.stateDir)
  second.answers.push(...Array.from({ length: 5_000 }, () => fail(unreached)))
  await second.outbox.recover()
  await second.clock.advance(TIMINGS.outboxMaxAgeMs - 2 * TIMINGS.outboxRetryMaxMs)
  expect(await second.stateOf("r")).toBe("pending")
  second.clock.set(-24 * 3_600_000)
  await second.clock.advance(4 * TIMINGS.outboxRetryMaxMs)
  expect(await second.stateOf("r")).toBe("failed")
})

test("[I4] a disk that fails after the service has taken a message never makes it go out twice", async () => {
  const { acceptSend, answers, calls, clock, settled, store } = await start()
  answers.push(() => breakDisk(store.database))
  await acceptSend("s")
  const outcome = settled("s")
  await clock.advance(TIMINGS.outboxRetryMaxMs * 2)
  expect(calls).toEqual(["1 s"])
  await mendDisk(store.database)
  await clock.advance(TIMINGS.outboxRetryFirstMs)
  expect(await outcome).toMatchObject({ state: "sent", messageIds: ["id-1"] })
  expect(calls).toEqual(["1 s"])
})

test("[I4] a gateway that stops before it could store that a message was sent finds it unknown", async () => {
  const first = await start()
  first.answers.push(() => breakDisk(first.store.database))
  await first.acceptSend("s")
  await first.clock.advance(0)
  await first.outbox.stop()
  await first.store.close()

  const second = await start(first.store.stateDir)
  await second.outbox.recover()
  await second.clock.advance(TIMINGS.sendMaxAgeMs)
  expect(await second.stateOf("s")).toBe("unknown")
  expect(second.calls).toEqual([])
})

test("[I4, CR2] a send that was accepted and not begun waits for its channel after the restart, and goes out once", async () => {
  const first = await start()
  await first.store.outbox.acceptSend({ key: "k", digest: "d" }, first.newDelivery("s"))
  await first.store.close()

  const second = await start(first.store.stateDir)
  second.answers.push(fail(unreached), fail(unreached))
  await second.outbox.recover()
  const outcome = second.settled("s")
  await second.clock.advance(10_000)
  expect(await outcome).toMatchObject({ state: "sent" })
  expect(second.calls).toHaveLength(3)
})

test("[I4] such a send that is five minutes old has failed", async () => {
  const first = await start()
  await first.store.outbox.acceptSend({ key: "k", digest: "d" }, first.newDelivery("s"))
  await first.store.close()

  const second = await start(first.store.stateDir)
  await second.clock.advance(TIMINGS.sendMaxAgeMs + 1)
  await second.outbox.recover()
  expect(await second.settled("s")).toMatchObject({
    state: "failed",
    outcome: { ok: false, error: { retryable: false } },
  })
  expect(second.calls).toEqual([])
})

test("[I4, CR3] one that may have arrived before the kill is not called failed when it is too old to be repeated", async () => {
  const first = await start()
  await first.store.outbox.acceptSend({ key: "k", digest: "d" }, first.newDelivery("s"))
  await first.store.outbox.sending("s")
  await first.store.outbox.recover(() => true)
  await first.store.close()

  const second = await start(first.store.stateDir)
  await second.clock.advance(TIMINGS.sendMaxAgeMs + 1)
  await second.outbox.recover()
  const delivery = await second.settled("s")
  expect(delivery).toMatchObject({
    state: "unknown",
    outcome: { error: { retryable: false, details: { reason: "outcome_unknown" } } },
  })
  expect(JSON.stringify(delivery)).toContain("It may have arrived")
})

test("[I4] a disk that fails before the message leaves keeps it from leaving, and the key stays free", async () => {
  const { acceptSend, calls, clock, settled, store } = await start()
  await acceptSend("s")
  await breakDisk(store.database)
  const outcome = settled("s").catch((error: unknown) => error)
  await clock.advance(TIMINGS.outboxRetryMaxMs)
  expect(calls).toEqual([])
  await mendDisk(store.database)
  await clock.advance(TIMINGS.outboxRetryMaxMs)
  expect(await outcome).toMatchObject({ reason: "storage", retryable: true })
  expect(await acceptSend("s")).toMatchObject({ kind: "new" })
  expect(await settled("s")).toMatchObject({ state: "sent" })
  expect(calls).toEqual(["1 s"])
})

test("[ID12] who waits too long is told so, and the outcome is there later", async () => {
  const { acceptSend, answers, clock, outbox, settled } = await start()
  const gate = Promise.withResolvers<void>()
  answers.push(() => gate.promise)
  await acceptSend("s")
  const patience = new AbortController()
  const answer = outbox.settled("s", patience.signal)
  await clock.advance(1)
  patience.abort()
  expect(await answer).toBe("late")
  gate.resolve()
  expect(await settled("s")).toMatchObject({ state: "sent" })
})

test("[D1] a stop lets the message under way end and leaves the rest on disk", async () => {
  const { acceptSend, answers, calls, clock, outbox, settled, stateOf } = await start()
  const gate = Promise.withResolvers<void>()
  answers.push(() => gate.promise)
  await acceptSend("a")
  await acceptSend("b")
  await clock.advance(0)
  const waiting = settled("b")
  const stopped = outbox.stop()
  gate.resolve()
  await stopped
  expect(await waiting).toBe("late")
  expect([await stateOf("a"), await stateOf("b")]).toEqual(["sent", "pending"])
  expect(calls).toEqual(["1 a"])
})

test("a chat takes more in whichever step its worker ends, and no timer is left behind", async () => {
  const { acceptSend, calls, clock, newDelivery, onChanged, outbox, store } = await start()
  const ids = Array.from({ length: 12 }, (_, at) => `after-${at}`)
  for (const id of ids) await store.outbox.add(newDelivery(id))
  for (const [ticks, id] of ids.entries()) {
    onChanged.push(async () => {
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      outbox.added(newDelivery(id))
    })
    await acceptSend(`before-${id}`)
    await clock.advance(0)
    expect(calls.at(-1)).toBe(`1 ${id}`)
  }
  expect(clock.waiting).toBe(0)
})

test("[SD8] a reply does not wait for its next try when its channel opens before", async () => {
  const { addReply, answers, calls, clock, outbox, stateOf } = await start()
  answers.push(fail(unreached))
  await addReply("r")
  await clock.advance(0)
  expect(calls).toEqual(["1 r"])
  outbox.channelOpened()
  await clock.advance(0)
  expect(calls).toEqual(["1 r", "1 r"])
  expect(await stateOf("r")).toBe("sent")
})

const picture = (path: string) => ({
  mediaId: path,
  path,
  mimeType: "image/png",
  name: "cat.png",
  bytes: 1,
})

test("[M5] a message with a file is given as long as a file takes, and no longer", async () => {
  const { acceptSend, deadlines, settled } = await start()
  await acceptSend("s", { items: [{ text: "", media: picture("/kept") }, { text: "look" }] })
  expect(await settled("s")).toMatchObject({ state: "sent" })
  expect(deadlines).toEqual([90_000, 45_000])
})

test("[M5] a file that has expired is not sent, and what follows it is not either", async () => {
  const { acceptSend, calls, settled } = await start()
  const items = [{ text: "look", media: picture("/gone") }, { text: "nice?" }]
  await acceptSend("s", { items })
  expect(await settled("s")).toMatchObject({
    state: "failed",
    error: { message: "The file has expired.", details: { reason: "media_unavailable" } },
  })
  expect(calls).toEqual([])
})
