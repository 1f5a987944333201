import fc from "fast-check"
import { expect, test } from "vitest"
import { toFileName } from "./file-name.ts"

test.for([
  ["cat.png", "cat.png"],
  ["Überblick 2026.pdf", "Überblick 2026.pdf"],
  ["../../etc/passwd", "passwd"],
  ["C:\\Users\\a\\b.doc", "b.doc"],
  ["a\u0000b\u202Egnp.exe", "abgnp.exe"],
  ["..", "file.png"],
  ["  ", "file.png"],
  ["dir/", "file.png"],
  [undefined, "file.png"],
  ['x"](y).png', "x___y_.png"],
] as const)("[M5] a file that is called %j is shown as %j", ([given, shown]) => {
  expect(toFileName(given, ".png")).toBe(shown)
})

test("[M5] a long name keeps its ending", () => {
  expect(toFileName(`${"a".repeat(5_000)}.jpeg`, ".jpg")).toBe(`${"a".repeat(95)}.jpeg`)
})

test("[M5] no name is a path, has a line break or is long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (given) => {
      const name = toFileName(given, ".bin")
      expect(name).toMatch(/^[^/\\\n\r\0]+$/)
      expect([...name].length).toBeLessThanOrEqual(100)
      expect([".", ".."]).not.toContain(name)
    }),
  )
})
