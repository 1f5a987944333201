// Valibot, which the gateway judges with, and AJV, which judges by the published schema, are of one mind.

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import * as v from "valibot"
import { expect, test } from "vitest"
import { EventFrame, Hello, HelloError, HelloOk, RequestFrame, ResponseFrame } from "./frames.ts"
import { createJsonSchema } from "./json-schema.ts"
import { isMethodName, METHOD_NAMES, METHODS } from "./methods.ts"
import { createRandom, mutate, pick } from "./testing/mutate.ts"
import { events, hello, helloError, helloOk, params, responses } from "./testing/samples.ts"

const FRAMES = Number(process.env["CLAWDIS_FRAMES"] ?? 50_000)
const SEED = Number(process.env["CLAWDIS_SEED"] ?? Math.floor(Math.random() * 2 ** 32))

interface Kind {
  readonly name: string
  readonly samples: readonly unknown[]
  /** What the gateway, or a client that is ours, makes of it. */
  readonly isValid: (frame: unknown) => boolean
}

const requests = METHOD_NAMES.map((method) => ({
  type: "req",
  id: "1",
  method,
  params: params[method],
}))

const isToken = v.object({ auth: v.optional(v.object({ token: v.optional(v.string()) })) })

const KINDS: readonly Kind[] = [
  {
    name: "Hello",
    samples: [hello],
    // A token that is no text is a wrong token to the gateway, yet nothing that a client should send.
    isValid: (frame) => v.is(Hello, frame) && v.is(isToken, frame),
  },
  {
    name: "RequestFrame",
    samples: requests,
    isValid: (frame) => {
      if (!v.is(RequestFrame, frame)) return false
      const given = "params" in frame ? frame.params : {}
      return !isMethodName(frame.method) || v.is(METHODS[frame.method].params, given)
    },
  },
  { name: "HelloOk", samples: [helloOk], isValid: (frame) => v.is(HelloOk, frame) },
  { name: "HelloError", samples: [helloError], isValid: (frame) => v.is(HelloError, frame) },
  { name: "ResponseFrame", samples: responses, isValid: (frame) => v.is(ResponseFrame, frame) },
  { name: "EventFrame", samples: events, isValid: (frame) => v.is(EventFrame, frame) },
]

/** Of every ten mutated frames so many are of a kind: requests are what strangers send. */
const SHARES = [
  "Hello",
  ...Array<string>(5).fill("RequestFrame"),
  "HelloOk",
  "ResponseFrame",
  "EventFrame",
  "EventFrame",
]

test(`[G1, R2, VA21] Valibot and AJV agree on ${FRAMES} mutated frames (seed ${SEED})`, {
  timeout: 30_000 + FRAMES,
}, () => {
  const ajv = new Ajv2020({ strict: false, validateSchema: false })
  ajv.addSchema(createJsonSchema(), "protocol")
  const judges = KINDS.map((kind) => ({
    ...kind,
    validate: compile(ajv, kind.name),
    valid: 0,
    all: 0,
  }))
  const random = createRandom(SEED)
  const differences: string[] = []
  for (let done = 0; done < FRAMES; done += 1) {
    const name = done % 100 === 0 ? "HelloError" : pick(random, SHARES)
    const judge = judges.find((each) => each.name === name)
    if (judge === undefined) throw new Error(`no kind ${name}`)
    const frame = mutate(random, pick(random, judge.samples))
    const expected = judge.isValid(frame)
    judge.all += 1
    if (expected) judge.valid += 1
    if (judge.validate(frame) === expected) continue
    const problems = ajv.errorsText(judge.validate.errors).slice(0, 200)
    differences.push(
      `${name}: Valibot ${expected}, AJV ${problems}: ${JSON.stringify(frame).slice(0, 2_000)}`,
    )
    if (differences.length === 20) break
  }
  expect(differences).toEqual([])
  // Else the changes are so wild, or so tame, that agreement means nothing.
  for (const { all, name, valid } of judges) {
    expect(valid / all, name).toBeGreaterThan(0.01)
    expect(valid / all, name).toBeLessThan(0.9)
  }
})

function compile(ajv: Ajv2020, name: string): ValidateFunction {
  const validate = ajv.getSchema(`protocol#/$defs/${name}`)
  if (validate === undefined) throw new Error(`no $defs/${name}`)
  return validate
}
