import { PassThrough } from "node:stream"
import { expect, test } from "vitest"
import { createCollector } from "../testing/collector.ts"
import { createLineReader } from "./line-reader.ts"

function setUp({ isTTY = true } = {}) {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  })
  const output = createCollector()
  const interrupts: true[] = []
  const reader = createLineReader({ input, output, interrupt: () => void interrupts.push(true) })
  return { input, interrupts, modes, output, reader }
}

test("[CL26] a hidden line is read without echo, and the terminal is as before when it ends", async () => {
  const { input, modes, output, reader } = setUp()
  const line = reader.next({ hidden: true })
  expect(modes).toEqual([true])
  input.write("sec")
  input.write("ret\r")
  expect(await line).toBe("secret")
  expect(modes).toEqual([true, false])
  expect(output.text).toBe("\n")
  reader.close()
  expect(modes).toEqual([true, false])
})

test.for([
  ["abd\u007Fc\r", "abc"],
  ["\u007F\u007Fabc\r", "abc"],
  ["ab😀\bc\r", "abc"],
  ["wrong\u0015abc\r", "abc"],
  ["\u001B[200~abc\u001B[201~\r", "abc"],
  ["a\u001B[Db\u001BOPc\u001B[3;5~\r", "abc"],
  ["a\u0000\tb\u0004c\n", "abc"],
  ["  a b \r", "  a b "],
  ["\r", ""],
] as const)(
  "[CL26] the keys %j make the hidden line %j, in one piece or in many",
  async ([keys, wanted]) => {
    for (const pieces of [[keys], Array.from(Buffer.from(keys), (byte) => Buffer.from([byte]))]) {
      const { input, reader } = setUp()
      const line = reader.next({ hidden: true })
      for (const piece of pieces) input.write(piece)
      expect(await line).toBe(wanted)
      reader.close()
    }
  },
)

test("[CL26] Ctrl-C in a hidden line interrupts, and a close then gives the terminal back", async () => {
  const { input, interrupts, modes, reader } = setUp()
  void reader.next({ hidden: true })
  input.write("abc\u0003")
  await expect.poll(() => interrupts).toHaveLength(1)
  reader.close()
  expect(modes).toEqual([true, false])
})

test("[CL26] Ctrl-D at the beginning of a hidden line ends the input", async () => {
  const { input, reader } = setUp()
  input.write("\u0004")
  expect(await reader.next({ hidden: true })).toBeUndefined()
  reader.close()
})

test("what is typed ahead is the next line, hidden or not, and Enter is one key", async () => {
  const { input, modes, reader } = setUp()
  input.write("one\r\ntwo\nthr")
  expect(await reader.next()).toBe("one")
  expect(await reader.next({ hidden: true })).toBe("two")
  const third = reader.next()
  input.write("ee\r")
  expect(await third).toBe("three")
  const fourth = reader.next()
  input.write("\nfour\n")
  expect(await fourth).toBe("four")
  expect(modes).toEqual([true, false])
  reader.close()
})

test("[CL26] on a pipe nothing is done to the terminal, and a last line needs no end", async () => {
  const { input, modes, output, reader } = setUp({ isTTY: false })
  input.end("one\ntwo")
  expect(await reader.next({ hidden: true })).toBe("one")
  expect(await reader.next({ hidden: true })).toBe("two")
  expect(await reader.next({ hidden: true })).toBeUndefined()
  expect({ modes, out: output.text }).toEqual({ modes: [], out: "" })
  reader.close()
})
