import fc from "fast-check"
import { expect, test } from "vitest"
import { decodeBody } from "./body.ts"

const boundary = "----------boundary"

/** Writes a body as grammY does: no space in the headers, file names without quotes. */
function encode(fields: readonly [string, string][], file: Uint8Array): Buffer {
  const values = fields.map(([name, value]) =>
    Buffer.from(`content-disposition:form-data;name="${name}"\r\n\r\n${value}`),
  )
  const head =
    'content-disposition:form-data;name="f1";filename=a; b.bin\r\ncontent-type:x/y\r\n\r\n'
  const parts = [...values, Buffer.concat([Buffer.from(head), file])]
  const separator = Buffer.from(`\r\n--${boundary}\r\n`)
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\n`),
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}

test("any fields and any bytes come out of a multipart body as they went in", () => {
  const name = fc.stringMatching(/^[a-z_]{1,12}$/)
  const text = fc.string({ unit: "grapheme" })
  fc.assert(
    fc.property(fc.dictionary(name, text), fc.uint8Array(), (fields, file) => {
      const body = encode(Object.entries(fields), file)
      const decoded = decodeBody(`multipart/form-data; boundary=${boundary}`, body)
      expect(Object.entries(decoded.fields)).toEqual(Object.entries(fields))
      expect(decoded.files["f1"]?.name).toBe("a; b.bin")
      expect(Buffer.compare(decoded.files["f1"]?.bytes ?? Buffer.alloc(0), file)).toBe(0)
    }),
  )
})

test("a field may be called __proto__", () => {
  const body = encode([["__proto__", "x"]], Uint8Array.of())
  const { fields } = decodeBody(`multipart/form-data; boundary=${boundary}`, body)
  expect(Object.entries(fields)).toEqual([["__proto__", "x"]])
})

test("a truncated multipart body is refused, wherever it ends", () => {
  const body = encode([["text", "hi"]], Uint8Array.of(1, 2, 3))
  const type = `multipart/form-data; boundary=${boundary}`
  for (let end = 0; end < body.length - 4; end += 1) {
    expect(() => decodeBody(type, body.subarray(0, end)), `cut at ${end}`).toThrow("Bad Request")
  }
})
