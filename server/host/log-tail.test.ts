import { expect, test } from "vitest"
import { createLogTail, type LogTailOptions } from "./log-tail.ts"

const MAX_BYTES = 256 * 1024

function start(options: Partial<LogTailOptions> = {}) {
  const tail = createLogTail({ process: "p1", ...options })
  let count = 0
  return {
    tail,
    write(lines: number, level: "debug" | "info" | "warn" = "info") {
      for (let line = 0; line < lines; line += 1) {
        count += 1
        tail.add({ ts: count, level, area: "test", text: `line ${count}` })
      }
    },
    read(options: Partial<Parameters<typeof tail.read>[0]> = {}) {
      const page = tail.read({ limit: 200, maxBytes: MAX_BYTES, ...options })
      if (page === undefined) throw new Error("the cursor was refused")
      return { texts: page.lines.map(({ text }) => text), cursor: page.cursor, lines: page.lines }
    },
  }
}

test("[M11] the first look gives the latest lines, the cursor what comes behind them, once", () => {
  const { read, write } = start()
  expect(read()).toMatchObject({ texts: [] })
  write(5)
  const first = read({ limit: 2 })
  expect(first.texts).toEqual(["line 4", "line 5"])
  expect(read({ cursor: first.cursor }).texts).toEqual([])
  write(3)
  const second = read({ cursor: first.cursor, limit: 2 })
  expect(second.texts).toEqual(["line 6", "line 7"])
  const third = read({ cursor: second.cursor, limit: 2 })
  expect(third.texts).toEqual(["line 8"])
  expect(read({ cursor: third.cursor })).toMatchObject({ texts: [], cursor: third.cursor })
})

test("[M11] a cursor from before what is kept, or of an earlier process, leads to the oldest line", () => {
  const { read, write } = start({ maxLines: 3 })
  const { cursor } = read()
  write(5)
  expect(read({ cursor }).texts).toEqual(["line 3", "line 4", "line 5"])
  expect(read({ cursor: "another.4000" }).texts).toEqual(["line 3", "line 4", "line 5"])
  expect(read({ cursor: "p1.4000" }).texts).toEqual([])
})

test("[M11] what is no cursor is refused", () => {
  const { tail } = start()
  for (const cursor of ["5", "p1", "p1.", "p1.-1", "p1.x", " p1.1"]) {
    expect(tail.read({ cursor, limit: 1, maxBytes: MAX_BYTES })).toBeUndefined()
  }
})

test("[M11] lines below the level are left out and passed over", () => {
  const { read, write } = start()
  write(1, "warn")
  write(3, "debug")
  write(1, "warn")
  expect(read({ minLevel: "info" }).texts).toEqual(["line 1", "line 5"])
  const { cursor, texts } = read({ cursor: "p1.0", minLevel: "warn", limit: 1 })
  expect(texts).toEqual(["line 1"])
  expect(read({ cursor, minLevel: "warn" }).texts).toEqual(["line 5"])
})

test("[M11] an answer ends at so many bytes, and the next one goes on there", () => {
  const { read, tail } = start()
  for (const text of ["a", "b", "c"]) {
    tail.add({ ts: 1, level: "info", area: "test", text: text.repeat(100) })
  }
  expect(read({ maxBytes: 350 }).lines.map(({ text }) => text[0])).toEqual(["b", "c"])
  const first = read({ cursor: "p1.0", maxBytes: 350 })
  expect(first.lines.map(({ text }) => text[0])).toEqual(["a", "b"])
  expect(read({ cursor: first.cursor }).lines.map(({ text }) => text[0])).toEqual(["c"])
})

test("[M11] memory is bounded: long lines are cut, and old ones go for new ones", () => {
  const { read, tail } = start({ maxLength: 5_000 })
  for (const text of ["a", "b", "c"]) {
    tail.add({ ts: 1, level: "info", area: "test", text: text.repeat(100_000) })
  }
  expect(read().lines.map(({ text }) => [text[0], text.length])).toEqual([
    ["b", 2_001],
    ["c", 2_001],
  ])
})

test("[M11] a secret that becomes known later is in no line that is read", () => {
  const { read, tail } = start({ redact: (text) => text.replace("hunter2", "[redacted]") })
  tail.add({ ts: 1, level: "info", area: "test", text: "it is hunter2" })
  expect(read().texts).toEqual(["it is [redacted]"])
})
