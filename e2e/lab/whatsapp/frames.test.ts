import { NOISE_WA_HEADER } from "@whiskeysockets/baileys"
import fc from "fast-check"
import { expect, test } from "vitest"
import { createFrameReader, toFrame } from "./frames.ts"

const ROUTED = Buffer.from([...Buffer.from("ED"), 0, 1, 0, 0, 3, 7, 7, 7, ...NOISE_WA_HEADER])

test("frames come out whole however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(NOISE_WA_HEADER, ROUTED),
      fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (introduction, contents, cuts) => {
        const reader = createFrameReader()
        let rest = Buffer.concat([introduction, ...contents.map(toFrame)])
        const frames: Buffer[] = []
        for (let turn = 0; rest.length > 0; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1
          frames.push(...reader.push(rest.subarray(0, size)))
          rest = rest.subarray(size)
        }
        expect(frames.map((frame) => [...frame])).toEqual(contents.map((content) => [...content]))
      },
    ),
  )
})
