// Judges what a gateway sends by the published schema, with a validator that shares nothing with the one
// that the gateway uses (rule G2).

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { isMethodName, type MethodName } from "#protocol"
import { createJsonSchema, toDefName } from "../../protocol/json-schema.ts"

export interface FrameJudge {
  /** What is wrong with the text of a frame from a gateway; `asked` gives the methods asked for under an id. */
  problemOf(text: string, asked: (id: string) => readonly string[]): string | undefined
}

const DEFINITIONS: Readonly<Record<string, string>> = {
  "hello-ok": "HelloOk",
  "hello-error": "HelloError",
  res: "ResponseFrame",
  event: "EventFrame",
}

export function createFrameJudge(): FrameJudge {
  const ajv = new Ajv2020({ strict: false, meta: false, validateSchema: false })
  // Without the root, which would have everything compiled at once: few tests see every kind of frame.
  ajv.addSchema({ $defs: createJsonSchema().$defs }, "protocol")

  function problemUnder(definition: string, value: unknown): string | undefined {
    const validate: ValidateFunction | undefined = ajv.getSchema(`protocol#/$defs/${definition}`)
    if (validate === undefined) return `there is no definition ${definition}`
    return validate(value) ? undefined : `${definition}: ${ajv.errorsText(validate.errors)}`
  }

  function problemOfPayload(method: MethodName, payload: unknown): string | undefined {
    const problem = problemUnder(toDefName(method, "Result"), payload)
    const isAck = method === "agent" && problemUnder("AgentAck", payload) === undefined
    return isAck ? undefined : problem
  }

  return {
    problemOf(text, asked) {
      const frame = parse(text)
      const definition = DEFINITIONS[String(frame?.type)]
      if (frame === undefined || definition === undefined) return "no frame of a gateway"
      const problem = problemUnder(definition, frame)
      if (problem !== undefined || frame.type !== "res" || frame.ok !== true) return problem
      // More than one where a test asks again under an id that is taken.
      const problems = asked(String(frame.id))
        .filter(isMethodName)
        .map((name) => problemOfPayload(name, frame.payload))
      return problems.includes(undefined) ? undefined : problems[0]
    },
  }
}

interface AnyFrame {
  readonly type?: unknown
  readonly id?: unknown
  readonly ok?: unknown
  readonly payload?: unknown
}

function parse(text: string): AnyFrame | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
