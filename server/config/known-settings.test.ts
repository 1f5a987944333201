import fc from "fast-check"
import { expect, test } from "vitest"
import { readKey } from "./known-settings.ts"

test.for([
  ["timeZone", ["timeZone"]],
  ["gateway.port", ["gateway", "port"]],
  [
    `channels.whatsapp.groups["1@g.us"].mention`,
    ["channels", "whatsapp", "groups", "1@g.us", "mention"],
  ],
  ["session.links['two words']", ["session", "links", "two words"]],
  ["", undefined],
  [".port", undefined],
  ["gateway.", undefined],
  ["gateway..port", undefined],
  ["gateway port", undefined],
  ['a["b', undefined],
  ["a[b]", undefined],
] as const)("the key %j has the steps %j", ([text, path]) => {
  expect(readKey(text)).toEqual(path)
})

test("whatever stands in brackets and quotes is one step", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[^"]+$/), (step) => {
      expect(readKey(`a["${step}"].b`)).toEqual(["a", step, "b"])
    }),
  )
})
