// One conversation out of everything that tells of it, whole pages before a gateway that keeps its rules:
// whatever is lost, repeated, reset or reloaded, in the end every page shows what the gateway has.

import fc from "fast-check"
import { expect, test } from "vitest"
import { createBadLine } from "../testing/bad-line.ts"
import { numberFromEnvironment } from "../testing/environment.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createModelGateway } from "../testing/model-gateway.ts"
import { createBrowser, createRandom } from "../testing/open-page.ts"
import { textOf } from "./chat.ts"
import type { Page } from "./page.ts"

/** Made up of steps, each with two tabs. */
const WORLDS = numberFromEnvironment("CLAWDIS_WORLDS") ?? 40
const SEED = numberFromEnvironment("CLAWDIS_SEED")
const SESSIONS = ["main", "web:a"]
/** Longer than a question and its answer can be held up on the line. */
const ANSWERED_MS = 15_000
/** Of 20 ms each: several stalls in a row, on the way to the first page of a conversation. */
const OPENED_TRIES = 1_000

function createWorld(seed: number, stallPercent = 5) {
  const clock = createManualClock()
  const random = createRandom(seed)
  const gateway = createModelGateway({
    clock,
    answer: (text) => Array.from({ length: 12 }, (_, index) => `${text}.${index} `),
    pieceEveryMs: 40,
    historyLimit: 6,
  })
  const line = createBadLine({ clock, random, gateway, roundTripMs: 60, stallPercent })
  const browser = createBrowser({ clock, random, line })
  return { clock, gateway, line, open: browser.open }
}

/** What stands on the page: each message's text, and what the runs at work have said. */
function shown({ chat }: Page): readonly string[] {
  return chat.rows.value.flatMap((row) => {
    if (row.kind === "message") return textOf(row.message)
    if (row.kind !== "run") return []
    const parts = chat.runOf(row.runId)?.parts ?? []
    return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("")
  })
}

test("[WC6, M7] twenty reloads at any points of a run show the same, each time from its beginning", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 20, maxLength: 20 }),
      async (seed, waits) => {
        const { clock, gateway, open } = createWorld(seed)
        const session = createMemoryStorage()
        let page = open(session)
        await clock.advance(2_000)
        await page.chat.send("tell")
        for (const wait of waits) {
          await clock.advance(wait)
          page.stop()
          page = open(session)
          // What was on the gateway when the page was opened is on the page when it has loaded.
          const wasAsked = gateway.messages("main").length > 0
          const saidBefore = gateway.saidSoFar("main") ?? ""
          for (let tries = 0; !page.chat.loaded.value && tries < OPENED_TRIES; tries += 1) {
            await clock.advance(20)
          }
          await clock.advance(40)
          if (!wasAsked) continue
          const [question, answer = ""] = shown(page)
          expect(question).toBe("tell")
          expect(answer.startsWith(saidBefore)).toBe(true)
        }
        await clock.advance(20_000)
        expect(shown(page)).toEqual(gateway.messages("main").map(textOf))
        expect(gateway.ran).toHaveLength(1)
        page.stop()
      },
    ),
    { numRuns: 15 },
  )
})

type Step =
  | { readonly do: "send" | "open" | "say" | "reset" | "reload"; readonly at: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "cut" }
  | { readonly do: "older" }

const place = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), at: place }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("open" as const, "say" as const, "reload" as const),
      at: place,
    }),
  },
  fc.record({ do: fc.constant("reset" as const), at: place }),
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "cut" }, { do: "older" }) },
)

const worlds = fc.record({ seed: fc.integer(), stallPercent: fc.constantFrom(0, 5, 40) })

/** Histories that once ended in something else. */
const ONCE_WRONG: [{ seed: number; stallPercent: number }, Step[]][] = [
  // Tab 1 takes a message before it knows its gateway; tab 0, which leads, has to hear of it.
  [
    { seed: -2_095_821_563, stallPercent: 5 },
    [
      { do: "send", at: 1 },
      { do: "say", at: 0 },
      { do: "open", at: 1 },
    ],
  ],
  // A message of the session before the reset is heard ahead of the first page, which is of the one after.
  [
    { seed: 902_827_162, stallPercent: 5 },
    [
      { do: "send", at: 0 },
      { do: "say", at: 0 },
      { do: "send", at: 0 },
      { do: "reset", at: 0 },
      { do: "send", at: 0 },
      { do: "send", at: 0 },
    ],
  ],
  // A run is half heard before the first page of its conversation, which by then has been begun anew.
  [
    { seed: 1_567_083_877, stallPercent: 40 },
    [
      { do: "open", at: 1 },
      { do: "send", at: 1 },
      { do: "wait", ms: 576 },
      { do: "reload", at: 1 },
      { do: "wait", ms: 672 },
      { do: "send", at: 0 },
      { do: "wait", ms: 351 },
      { do: "open", at: 1 },
      { do: "wait", ms: 427 },
      { do: "send", at: 0 },
      { do: "reload", at: 1 },
      { do: "cut" },
      { do: "open", at: 0 },
      { do: "older" },
      { do: "reset", at: 1 },
      { do: "wait", ms: 169 },
      { do: "reset", at: 0 },
      { do: "reset", at: 1 },
      { do: "send", at: 1 },
      { do: "send", at: 0 },
      { do: "send", at: 0 },
      { do: "say", at: 1 },
      { do: "wait", ms: 750 },
      { do: "open", at: 1 },
      { do: "wait", ms: 101 },
      { do: "reset", at: 1 },
      { do: "reload", at: 1 },
    ],
  ],
  // A run is heard ahead of the first page, ends in an outage, and its session is begun anew.
  [
    { seed: 0, stallPercent: 0 },
    [
      { do: "send", at: 0 },
      { do: "send", at: 0 },
      { do: "send", at: 0 },
      { do: "send", at: 0 },
      { do: "open", at: 1 },
      { do: "wait", ms: 457 },
      { do: "reload", at: 0 },
      { do: "send", at: 0 },
      { do: "wait", ms: 127 },
      { do: "send", at: 1 },
      { do: "wait", ms: 445 },
      { do: "wait", ms: 594 },
      { do: "wait", ms: 459 },
      { do: "send", at: 1 },
      { do: "wait", ms: 154 },
      { do: "wait", ms: 581 },
      { do: "wait", ms: 85 },
      { do: "wait", ms: 768 },
      { do: "cut" },
      { do: "reset", at: 0 },
    ],
  ],
]

test(
  "[WC2, WC5, E8] in any order of events, pages, cuts, resets and reloads two tabs end with what the gateway has",
  async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.array(step, { maxLength: 40 }), async (world, steps) => {
        const { clock, gateway, line, open } = createWorld(world.seed, world.stallPercent)
        const sessions = [createMemoryStorage(), createMemoryStorage()]
        const tabs = sessions.map((session) => open(session))
        const tabAt = (at: number) => tabs[at] as Page
        let written = 0
        const nextText = (who: string) => {
          written += 1
          return `${who} ${written}`
        }
        await clock.advance(1_000)
        for (const next of steps) {
          if (next.do === "wait") await clock.advance(next.ms)
          else if (next.do === "cut") line.cut()
          else if (next.do === "older") void tabAt(0).chat.loadOlder()
          else if (next.do === "say") gateway.say(SESSIONS[next.at] ?? "main", nextText("other"))
          else if (next.do === "reset") gateway.reset(SESSIONS[next.at] ?? "main")
          else if (next.do === "open") void tabAt(0).chats.open(SESSIONS[next.at] ?? "main")
          else if (next.do === "send") await tabAt(next.at).chat.send(nextText("own"))
          else {
            tabAt(next.at).stop()
            tabs[next.at] = open(sessions[next.at])
          }
          const keys = tabAt(0).chat.rows.value.map(({ key }) => key)
          expect(new Set(keys).size).toBe(keys.length)
        }
        await clock.advance(60_000)
        line.cut()
        await clock.advance(60_000)
        expect(new Set(gateway.ran.map(({ text }) => text)).size).toBe(gateway.ran.length)
        for (const tab of tabs) {
          expect(tab.outbox.entries.value).toEqual([])
          for (const sessionKey of SESSIONS) {
            void tab.chats.open(sessionKey)
            await clock.advance(ANSWERED_MS)
            while (tab.chat.hasOlder.value) {
              void tab.chat.loadOlder()
              await clock.advance(ANSWERED_MS)
            }
            const expected = gateway.messages(sessionKey).map(textOf)
            expect(shown(tab).toSorted()).toEqual(expected.toSorted())
          }
          tab.stop()
        }
      }),
      { numRuns: WORLDS, examples: ONCE_WRONG, ...(SEED !== undefined && { seed: SEED }) },
    )
  },
  60_000 + WORLDS * 40,
)
