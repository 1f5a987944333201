import { createRequire } from "node:module"
import { expect, test, vi } from "vitest"
import { silenceSignal } from "./quiet-signal.ts"

const BAILEYS = createRequire(import.meta.url).resolve("@whiskeysockets/baileys")

/** libsignal's own code that prints a whole session, with its private keys. */
function closeSession(): void {
  const { SessionRecord } = createRequire(BAILEYS)("libsignal") as {
    SessionRecord: new () => { closeSession(session: object): void }
  }
  new SessionRecord().closeSession({
    indexInfo: { closed: -1 },
    currentRatchet: { ephemeralKeyPair: { privKey: "PRIVATE KEY" } },
  })
}

test("what the encryption library prints reaches nobody, and what we print does", () => {
  const printed: unknown[][] = []
  const spies = (["info", "warn", "error", "log"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...words) => void printed.push(words)),
  )
  const originals = { ...console }
  try {
    closeSession()
    expect(JSON.stringify(printed)).toContain("PRIVATE KEY")
    printed.length = 0

    silenceSignal(console)
    silenceSignal(console)
    closeSession()
    expect(printed).toEqual([])
    console.info("ours", { of: "us" })
    console.error("ours")
    expect(printed).toEqual([["ours", { of: "us" }], ["ours"]])
  } finally {
    Object.assign(console, originals)
    for (const spy of spies) spy.mockRestore()
  }
})
