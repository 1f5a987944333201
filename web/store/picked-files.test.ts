import { expect, test } from "vitest"
import { LIMITS } from "#protocol"
import { createPickedFiles, type FileSource } from "./picked-files.ts"

interface Fake extends FileSource {
  /** What it comes to when it is read; missing when it cannot be. */
  readonly becomes?: number
}

const fake = (name: string, size: number, becomes?: number): Fake => ({
  name,
  size,
  type: "image/png",
  ...(becomes !== undefined && { becomes }),
})

function setUp() {
  let keys = 0
  const files = createPickedFiles<Fake>({
    async read({ becomes, name, type }, { onProgress }) {
      onProgress(0.5)
      if (becomes === undefined) throw new Error("unreadable")
      return { name, mimeType: type, bytes: becomes, data: "AAAA" }
    },
    createKey: () => {
      keys += 1
      return `f${keys}`
    },
  })
  const states = () =>
    files.of("main").value.map(({ name, state }) => {
      return `${name}: ${state.at === "refused" ? state.why : state.at}`
    })
  return { files, states }
}

test("[M6] files wait with the draft of their session, and those that are ready go with it", async () => {
  const { files, states } = setUp()
  await files.add("main", [fake("a.png", 10, 10), fake("b.png", 10), fake("c.png", 0, 0)])
  await files.add("web:b", [fake("d.png", 10, 10)])
  expect(states()).toEqual(["a.png: ready", "b.png: unreadable", "c.png: empty"])
  expect(files.ready("main").map(({ file }) => file.name)).toEqual(["a.png"])
  files.remove("main", ["f1", "f2", "f3"])
  expect(files.of("main").value).toEqual([])
  expect(files.ready("web:b")).toHaveLength(1)
})

test("[M6] what would not fit is refused before it is sent, and what was made smaller counts as it is", async () => {
  const { files, states } = setUp()
  const most = LIMITS.maxAttachmentsBytes
  await files.add("main", [
    fake("huge.png", most * 3, most - 5),
    fake("big.bin", most * 2),
    fake("late.png", 20, 20),
    fake("small.png", 5, 5),
  ])
  expect(states()).toEqual([
    "huge.png: ready",
    "big.bin: tooLarge",
    "late.png: tooLarge",
    "small.png: ready",
  ])
})

test("[M6] one file too many is refused, and refused ones do not count", async () => {
  const { files, states } = setUp()
  const many = Array.from({ length: LIMITS.maxAttachments }, (_, n) => fake(`${n}`, 1, 1))
  await files.add("main", [fake("bad", 1), ...many, fake("last", 1, 1)])
  expect(states().at(-1)).toBe("last: tooMany")
  expect(files.ready("main")).toHaveLength(LIMITS.maxAttachments)
})

test("[WC14] the files of a message that is edited come back", () => {
  const { files } = setUp()
  const file = { name: "a.png", mimeType: "image/png", bytes: 3, data: "AAAA" }
  files.restore("main", [file])
  expect(files.ready("main")).toMatchObject([{ file }])
})
