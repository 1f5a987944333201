import { expect, test } from "vitest"
import { LIMITS } from "#protocol"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { createMemoryDraftFiles } from "../testing/memory-draft-files.ts"
import { createFakeBrowser } from "../testing/memory-outbox.ts"
import { createPickedFiles, type FileSource, type PickedFiles } from "./picked-files.ts"

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
  const storage = createMemoryDraftFiles()
  const browser = createFakeBrowser()
  const clock = createManualClock()
  let keys = 0
  /** A tab, or the page after a reload. */
  const open = (gatewayId: string | null = "g1") =>
    createPickedFiles<Fake>(
      {
        async read({ becomes, name, type }, { onProgress }) {
          onProgress(0.5)
          if (becomes === undefined) throw new Error("unreadable")
          return { name, mimeType: type, bytes: becomes, data: "AAAA" }
        },
        createKey: () => {
          keys += 1
          return `f${keys}`
        },
        clock,
        storage,
        tabs: browser.openTabs(),
      },
      gatewayId ?? undefined,
    )
  const files = open()
  return { clock, files, open, storage, states: () => statesOf(files) }
}

function statesOf(files: PickedFiles<Fake>) {
  return files.of("main").value.map(({ name, state }) => {
    return `${name}: ${"why" in state ? state.why : state.at}`
  })
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

test("[M6, WC19] what is taken back beside too much waits until there is room, in every tab and after a reload", async () => {
  const { files, open, states } = setUp()
  const other = open()
  const most = LIMITS.maxAttachmentsBytes
  await files.add("main", [fake("a.png", most - 5, most - 5)])
  files.restore("main", [
    { name: "b.png", mimeType: "image/png", bytes: most, data: "AAAA" },
    { name: "c.png", mimeType: "image/png", bytes: 5, data: "AAAA" },
  ])
  const before = ["a.png: ready", "b.png: tooLarge", "c.png: ready"]
  expect(states()).toEqual(before)
  expect(files.ready("main").map(({ file }) => file.name)).toEqual(["a.png", "c.png"])
  await settle()
  expect(statesOf(other)).toEqual(before)
  // Nobody has sent it, so that it does not go away with those that went.
  files.dismissRefused("main")
  const sent = files.ready("main").map(({ file }) => file)
  files.taken([{ key: "k", sessionKey: "main", files: sent }])
  await settle()
  const reloaded = open()
  reloaded.of("main")
  await settle()
  for (const tab of [files, other, reloaded]) expect(statesOf(tab)).toEqual(["b.png: ready"])
})

test("[M6] what two tabs add at once is never more than goes with a message", async () => {
  const { files, open, states } = setUp()
  const other = open()
  const most = LIMITS.maxAttachmentsBytes
  const [a, b] = [fake("a.png", most, most), fake("b.png", most, most)]
  await Promise.all([files.add("main", [a]), other.add("main", [b])])
  await settle()
  expect(states()).toEqual(["a.png: ready", "b.png: tooLarge"])
  expect(statesOf(other)).toEqual(states())
  const many = Array.from({ length: LIMITS.maxAttachments }, () => ({
    name: "n",
    mimeType: "image/png",
    bytes: 0,
    data: "",
  }))
  files.restore("main", many)
  await settle()
  expect(statesOf(other).at(-1)).toBe("n: tooMany")
  files.remove("main", ["f1"])
  await settle()
  expect(statesOf(other)).toEqual([
    "b.png: ready",
    ...many.slice(1).map(() => "n: ready"),
    "n: tooMany",
  ])
})

test("[WC19] the files of a draft are there after a reload, in their order, until they are sent", async () => {
  const { files, open, storage } = setUp()
  await files.add("main", [fake("a.png", 10, 10), fake("b.png", 10), fake("c.png", 10, 10)])
  const reloaded = open()
  expect(statesOf(reloaded)).toEqual([])
  await settle()
  expect(statesOf(reloaded)).toEqual(["a.png: ready", "c.png: ready"])
  const [first] = reloaded.ready("main")
  const sent = reloaded.ready("main").map(({ file }) => file)
  expect(first?.file).toMatchObject({ name: "a.png", data: "AAAA" })
  reloaded.taken([{ key: "k", sessionKey: "main", files: sent }])
  expect(statesOf(reloaded)).toEqual([])
  await settle()
  expect(storage.kept).toEqual([])
  expect(statesOf(files)).toEqual(["b.png: unreadable"])
})

test("[WC19] what the outbox took from a page that ended then is not in the draft any more", async () => {
  const { files, open, storage } = setUp()
  await files.add("main", [fake("a.png", 10, 10), fake("b.png", 10, 10)])
  const [sent] = files.ready("main").map(({ file }) => file)
  const reloaded = open()
  // The outbox tells of it before anybody has looked at the draft.
  reloaded.taken([{ key: "k", sessionKey: "main", files: sent === undefined ? [] : [sent] }])
  await settle()
  expect(statesOf(reloaded)).toEqual(["b.png: ready"])
  expect(storage.kept).toEqual(["g1 main b.png"])
})

test("[WC19] all tabs show the same files, and one that was taken away does not come back", async () => {
  const { files, open, states, storage } = setUp()
  const other = open()
  await files.add("main", [fake("a.png", 10, 10), fake("b.png", 10, 10)])
  await settle()
  expect(statesOf(other)).toEqual(["a.png: ready", "b.png: ready"])
  const ids = other.ready("main").map(({ id }) => id)
  other.remove("main", ids.slice(0, 1))
  await settle()
  expect(states()).toEqual(["b.png: ready"])
  expect(storage.kept).toEqual(["g1 main b.png"])
  files.drop("main")
  await settle()
  expect([states(), statesOf(other), storage.kept]).toEqual([[], [], []])
})

test("[WC19] a file that is taken away while it is read is kept nowhere", async () => {
  const { files, states, storage } = setUp()
  const adding = files.add("main", [fake("a.png", 10, 10)])
  files.remove("main", ["f1"])
  await adding
  expect(states()).toEqual([])
  expect(storage.kept).toEqual([])
})

test("[WC19] where nothing more can be kept the files stay in the page, which knows it", async () => {
  const { files, open, states, storage } = setUp()
  await files.add("main", [fake("a.png", 10, 10)])
  storage.fill()
  await files.add("main", [fake("b.png", 10, 10)])
  await settle()
  expect(states()).toEqual(["a.png: ready", "b.png: ready"])
  const known = files.of("main").value.map(({ state }) => state.at === "ready" && state.kept)
  expect(known).toEqual([true, false])
  const reloaded = open()
  reloaded.of("main")
  await settle()
  expect(statesOf(reloaded)).toEqual(["a.png: ready"])
})

test("[WC19] files for one gateway are not shown to another; those picked before it was known stay", async () => {
  const { clock, files, open, storage } = setUp()
  await files.add("main", [fake("a.png", 10, 10)])
  await clock.advance(1_000)
  const early = open(null)
  await early.add("main", [fake("early.png", 10, 10)])
  early.moveTo("g1")
  await settle()
  expect(statesOf(early)).toEqual(["a.png: ready", "early.png: ready"])
  expect(storage.kept).toContain("g1 main early.png")
  files.moveTo("g2")
  await settle()
  expect(storage.kept).toContain("g2 main a.png")
  // It was for whoever answers, and is not left behind with the one who did not.
  expect(storage.kept).not.toContain("g1 main a.png")
  expect(storage.kept).toContain("g1 main early.png")
  const reloaded = open()
  reloaded.of("main")
  await settle()
  reloaded.moveTo("g3")
  await settle()
  expect(statesOf(reloaded)).toEqual([])
})

test("[WC19] a conversation that is deleted takes along what this page had not looked at yet", async () => {
  const { files, open, storage } = setUp()
  await files.add("main", [fake("a.png", 10, 10)])
  const reloaded = open()
  reloaded.of("main")
  reloaded.drop("main")
  await settle()
  expect(statesOf(reloaded)).toEqual([])
  expect(storage.kept).toEqual([])
})

test("a file that could not go with a message goes away with it", async () => {
  const { files, states } = setUp()
  await files.add("main", [fake("a.png", 10, 10), fake("c.png", 0, 0)])
  files.dismissRefused("main")
  expect(states()).toEqual(["a.png: ready"])
})
