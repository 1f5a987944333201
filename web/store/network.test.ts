// A page on a bad line to a gateway, in time that does not pass by itself.

import { expect, test } from "vitest"
import { createBadLine } from "../testing/bad-line.ts"
import { numberFromEnvironment } from "../testing/environment.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createModelGateway } from "../testing/model-gateway.ts"
import { createBrowser, createRandom } from "../testing/open-page.ts"

/** For each of the eight lines. */
const MESSAGES = numberFromEnvironment("CLAWDIS_MESSAGES") ?? 1_250
const SEED = numberFromEnvironment("CLAWDIS_SEED") ?? 1
/** Then the person pauses. */
const MOST_WAITING = 30
const SESSIONS = ["main", "web:a", "web:b"]

const LINES = [0, 300].flatMap((roundTripMs) =>
  [undefined, 3_000].flatMap((cutEveryMs) =>
    [0, 1].map((stallPercent) => ({ roundTripMs, cutEveryMs, stallPercent })),
  ),
)

test.for(LINES)(
  `[WC4, WC14] ${MESSAGES} messages: none lost, none doubled, order kept, on a line of $roundTripMs ms that stalls for $stallPercent % and is cut every $cutEveryMs ms (seed ${SEED})`,
  { timeout: 30_000 + MESSAGES * 40 },
  async ({ cutEveryMs, roundTripMs, stallPercent }) => {
    const clock = createManualClock()
    const random = createRandom(SEED)
    const gateway = createModelGateway({
      clock,
      answer: (text) => ["re ", text],
      pieceEveryMs: 5,
    })
    const line = createBadLine({ clock, random, gateway, roundTripMs, stallPercent })
    const page = createBrowser({ clock, random, line }).open()
    const written = new Map(SESSIONS.map((key) => [key, [] as string[]]))
    let wholeSince = clock.now()

    async function pass(ms: number): Promise<void> {
      await clock.advance(ms)
      if (cutEveryMs === undefined || clock.now() - wholeSince < cutEveryMs) return
      line.cut()
      wholeSince = clock.now()
    }

    for (let n = 0; n < MESSAGES; n += 1) {
      if (n % 25 === 0) void page.chats.open(SESSIONS[Math.floor(random() * 3)] ?? "main")
      written.get(page.chat.sessionKey)?.push(`m${n}`)
      await page.chat.send(`m${n}`)
      await pass(Math.floor(random() * 120))
      while (page.outbox.entries.value.length > MOST_WAITING) await pass(100)
    }
    const deadline = clock.now() + MESSAGES * 5_000
    while (page.outbox.entries.value.length > 0 && clock.now() < deadline) await pass(200)
    await clock.advance(10_000)
    expect(page.outbox.entries.value).toEqual([])

    expect(gateway.ran).toHaveLength(MESSAGES)
    for (const [sessionKey, texts] of written) {
      const ran = gateway.ran.filter((run) => run.sessionKey === sessionKey)
      expect(ran.map(({ text }) => text)).toEqual(texts)
      void page.chats.open(sessionKey)
      await clock.advance(2_000)
      const shown = page.chat.rows.value.flatMap((row) =>
        row.kind === "message" ? row.message.id : row.kind === "day" ? [] : row.key,
      )
      expect(new Set(shown).size).toBe(shown.length)
      const expected = gateway.messages(sessionKey).slice(-shown.length)
      expect(shown.toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
    }
    page.stop()
  },
)
