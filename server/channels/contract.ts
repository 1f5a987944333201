// What every channel must do, whatever its service: the suite that each one's tests call.

import * as v from "valibot"
import { describe, expect, onTestFinished, test } from "vitest"
import { GatewayError, SessionKey } from "#protocol"
import type { ManualClock } from "../testing/manual-clock.ts"
import type {
  Channel,
  ChannelDefinition,
  ChannelParts,
  ChannelTimings,
  InboundMessage,
  SendTrace,
} from "./channel.ts"

/** What a channel's tests must offer: the channel before its start, and its service in the test's hand. */
interface ContractFixture {
  readonly channel: Channel
  /** A chat that the service knows, in the channel's own form. */
  readonly chat: string
  /** The texts that the service has, oldest first. */
  received(): readonly string[]
  /** Somebody writes to us. */
  say(text: string): void
  /** The service sends its last message once more, as services do. */
  repeat(): void
  /** How the next send fails: without effect, with the answer lost, or for good. */
  failNext(fault: "unreached" | "unknown" | "refused"): void
  /** Keeps the answers to sends back until the returned function is called. */
  hold(): () => void
  /** Chats in which we are seen writing right now. */
  typing(): number
}

type ContractParts = Pick<ChannelParts<unknown>, "journal" | "changed"> & {
  readonly clock: ManualClock
}

export interface ContractOptions {
  readonly definition: Pick<ChannelDefinition, "id" | "readTarget">
  readonly clock: () => ManualClock
  readonly createFixture: (parts: ContractParts) => Promise<ContractFixture>
}

/** Registers the suite under the channel's id. Time is the fixture's clock, so nothing in it waits. */
export function describeChannel({
  definition,
  clock: createClock,
  createFixture,
}: ContractOptions) {
  async function prepare() {
    const clock = createClock()
    const journal = createTestJournal()
    let changes = 0
    const fixture = await createFixture({
      clock,
      journal: journal.write,
      changed: () => {
        changes += 1
      },
    })
    onTestFinished(async () => {
      const stopped = fixture.channel.stop()
      await clock.advance(60_000)
      await stopped
    })
    const send = (text: string, signal = new AbortController().signal, trace?: SendTrace) =>
      fixture.channel.send(
        { chat: fixture.chat, text, token: text },
        { signal, ...(trace && { trace }) },
      )
    return { ...fixture, clock, journaled: journal.messages, changes: () => changes, send }
  }

  async function open() {
    const kit = await prepare()
    await kit.channel.start()
    await kit.clock.advance(0)
    expect(kit.channel.health().state).toBe("open")
    return kit
  }

  describe(`the channel ${definition.id}`, () => {
    test("is off until it is started, and says so when it opens", async () => {
      const kit = await prepare()
      expect(kit.channel.health().state).toBe("off")
      await kit.channel.start()
      await kit.clock.advance(0)
      expect(kit.channel.health()).toMatchObject({ configured: true, state: "open" })
      expect(kit.changes()).toBeGreaterThan(0)
    })

    test("journals what is said, once and in order", async () => {
      const kit = await open()
      kit.say("one")
      kit.say("two")
      await kit.clock.advance(0)
      kit.repeat()
      await kit.clock.advance(0)
      expect(kit.journaled.map(({ text }) => text)).toEqual(["one", "two"])
      const [one, two] = kit.journaled
      expect(one?.order).toBeLessThanOrEqual(two?.order ?? 0)
      expect(kit.channel.health().lastInboundAt).toBe(kit.clock.now())
    })

    test("names the session of a message by the key that leads back to its chat", async () => {
      const kit = await open()
      kit.say("hello")
      await kit.clock.advance(0)
      const message = kit.journaled[0]
      expect(message?.channel).toBe(definition.id)
      expect(v.is(SessionKey, message?.sessionKey)).toBe(true)
      expect(definition.readTarget(message?.sessionKey ?? "", false)).toEqual({
        chat: message?.chat,
        sessionKey: message?.sessionKey,
      })
    })

    test("sends in the order of asking, each under an id of its own", async () => {
      const kit = await open()
      const sends = ["one", "two", "three"].map((text) => kit.send(text))
      await kit.clock.advance(10_000)
      const ids = (await Promise.all(sends)).map(({ messageId }) => messageId)
      expect(kit.received()).toEqual(["one", "two", "three"])
      expect(new Set(ids).size).toBe(3)
    })

    test("[CR12] told that it failed where nobody waited, it is open again by itself and loses nothing", async () => {
      const kit = await open()
      const since = kit.changes()
      kit.channel.restart(new Error("stray"))
      await kit.clock.advance(60_000)
      expect(kit.channel.health().state).toBe("open")
      expect(kit.changes()).toBeGreaterThan(since)
      kit.say("still here")
      const sent = kit.send("still here")
      await kit.clock.advance(10_000)
      expect(await sent).toMatchObject({ messageId: expect.any(String) })
      expect(kit.journaled.at(-1)?.text).toBe("still here")
    })

    test("refuses to send before it is open, as surely not sent", async () => {
      const kit = await prepare()
      expect(await failure(kit.send("early"))).toMatchObject({
        code: "UNAVAILABLE",
        reason: "not_connected",
        retryable: true,
      })
      expect(kit.received()).toEqual([])
    })

    test("[CR3] says that a message is leaving before the service has it, and not while it waits", async () => {
      const kit = await open()
      const left: string[] = []
      const release = kit.hold()
      const sends = ["one", "two"].map((text) =>
        kit.send(text, undefined, {
          leaving: async () => {
            left.push(text)
            expect(kit.received()).not.toContain(text)
          },
          stayed: async () => undefined,
        }),
      )
      await kit.clock.advance(0)
      expect(left).toEqual(["one"])
      release()
      await kit.clock.advance(10_000)
      await Promise.all(sends)
      expect(left).toEqual(["one", "two"])
    })

    test("sends nothing that could not be written down as leaving", async () => {
      const kit = await open()
      const full = new GatewayError("UNAVAILABLE", "The disk is full.", {
        reason: "storage",
        retryable: true,
      })
      const trace = { leaving: () => Promise.reject(full), stayed: async () => undefined }
      expect(await failure(kit.send("lost", undefined, trace))).toBe(full)
      await kit.clock.advance(10_000)
      expect(kit.received()).toEqual([])
    })

    test("a message that surely was not sent may be sent again", async () => {
      const kit = await open()
      kit.failNext("unreached")
      const deadline = new AbortController()
      const failed = failure(kit.send("lost", deadline.signal))
      await kit.clock.advance(0)
      deadline.abort()
      expect(await failed).toMatchObject({ code: "UNAVAILABLE", retryable: true })
      expect(kit.received()).toEqual([])
    })

    test("a message whose answer was lost is neither repeated nor called retryable", async () => {
      const kit = await open()
      kit.failNext("unknown")
      const failed = failure(kit.send("maybe"))
      await kit.clock.advance(120_000)
      expect(await failed).toMatchObject({ reason: "outcome_unknown", retryable: false })
      expect(kit.received()).toEqual(["maybe"])
    })

    test("a refused message is not called retryable, and the next one goes out", async () => {
      const kit = await open()
      kit.failNext("refused")
      const refused = failure(kit.send("no"))
      const sent = kit.send("yes")
      await kit.clock.advance(10_000)
      expect((await refused).retryable).toBe(false)
      await sent
      expect(kit.received()).toEqual(["yes"])
    })

    test("a message that gives up in the line was surely not sent", async () => {
      const kit = await open()
      const release = kit.hold()
      const first = kit.send("first")
      const deadline = new AbortController()
      const second = failure(kit.send("second", deadline.signal))
      await kit.clock.advance(0)
      deadline.abort()
      expect(await second).toMatchObject({ code: "UNAVAILABLE", retryable: true })
      release()
      await kit.clock.advance(10_000)
      await first
      expect(kit.received()).toEqual(["first"])
    })

    test("a message that gives up on its way has an unknown outcome", async () => {
      const kit = await open()
      kit.hold()
      const deadline = new AbortController()
      const failed = failure(kit.send("on its way", deadline.signal))
      await kit.clock.advance(0)
      deadline.abort()
      expect(await failed).toMatchObject({ reason: "outcome_unknown", retryable: false })
    })

    test("shows typing until the signal aborts", async () => {
      const kit = await open()
      const answering = new AbortController()
      kit.channel.showTyping(kit.chat, { signal: answering.signal })
      await kit.clock.advance(0)
      expect(kit.typing()).toBe(1)
      const timers = kit.clock.waiting
      answering.abort()
      await kit.clock.advance(60_000)
      expect(kit.typing()).toBe(0)
      expect(kit.clock.waiting).toBeLessThanOrEqual(timers)
    })

    test("shows no typing before it is open", async () => {
      const kit = await prepare()
      kit.channel.showTyping(kit.chat, { signal: new AbortController().signal })
      await kit.clock.advance(60_000)
      expect(kit.typing()).toBe(0)
    })

    test("stop ends everything: timers, typing, sends and journaling", async () => {
      const kit = await open()
      kit.channel.showTyping(kit.chat, { signal: new AbortController().signal })
      kit.hold()
      const onItsWay = failure(kit.send("on its way"))
      const inLine = failure(kit.send("in line"))
      await kit.clock.advance(0)
      const stopped = kit.channel.stop()
      await kit.clock.advance(60_000)
      await stopped
      expect(await onItsWay).toMatchObject({ reason: "outcome_unknown" })
      expect(await inLine).toMatchObject({ retryable: true })
      expect(kit.channel.health().state).toBe("off")
      expect(kit.clock.waiting).toBe(0)
      expect(kit.typing()).toBe(0)
      expect(await failure(kit.send("late"))).toMatchObject({ retryable: true })
      await kit.channel.stop()
    })

    test("stop without a start is quiet", async () => {
      const kit = await prepare()
      await kit.channel.stop()
      expect(kit.channel.health().state).toBe("off")
    })
  })
}

/** Waits of which the tests of channels know the lengths. */
export const TEST_TIMINGS: ChannelTimings = {
  retryFirstMs: 1_000,
  retryMaxMs: 30_000,
  stableAfterMs: 60_000,
  longPollMs: 30_000,
  requestTimeoutMs: 45_000,
  stallMs: 120_000,
  conflictFirstMs: 5_000,
  conflictMaxMs: 60_000,
  lastSendsMs: 2_000,
  typingRefreshMs: 4_000,
  typingMaxMs: 600_000,
  chatIntervalMs: 1_000,
  ackMs: 30_000,
  lateAckMs: 600_000,
  connectTimeoutMs: 20_000,
  keepAliveMs: 30_000,
  queryTimeoutMs: 60_000,
  deafAfterMs: 1_200_000,
  linkCodeMs: 20_000,
  draftIntervalMs: 1_000,
  mediaTimeoutMs: 120_000,
  keepSentMs: 604_800_000,
}

/** The failure of a promise that must fail as an expected one. */
export async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => new Error("It did not fail."),
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError) return error
  throw error
}

/** A journal in memory that keeps a message only once, as the real one does. */
export function createTestJournal() {
  const messages: InboundMessage[] = []
  const known = new Set<string>()
  return {
    messages,
    async write(message: InboundMessage): Promise<"new" | "duplicate"> {
      const key = JSON.stringify([message.account, message.chat, message.messageId])
      if (known.has(key)) return "duplicate"
      known.add(key)
      messages.push(message)
      return "new"
    },
  }
}
