// What is made of the protocol for others: the schema, the Swift types, and frames to try them with.

import { join } from "node:path"
import { createJsonSchema } from "../protocol/json-schema.ts"
import { METHOD_NAMES } from "../protocol/methods.ts"
import {
  events,
  hello,
  helloError,
  helloOk,
  params,
  responses,
} from "../protocol/testing/samples.ts"
import { createSwift } from "./protocol-swift.ts"

const SWIFT_PACKAGE = "apps/macos"

export interface Artefact {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/** Built, and in no commit. */
export function createSchemaFile(): Artefact {
  return { path: "dist/protocol.schema.json", text: toText(createJsonSchema()) }
}

/** Committed: who builds a native client need not have this program's tools. */
export async function createSwiftFiles(): Promise<Artefact[]> {
  const requests = METHOD_NAMES.map((method, index) => ({
    type: "req",
    id: String(index),
    method,
    params: params[method],
  }))
  const frames = [hello, helloOk, helloError, ...requests, ...responses, ...events]
  return [
    {
      path: join(SWIFT_PACKAGE, "Sources/ClawdisProtocol/Protocol.swift"),
      text: await createSwift(createJsonSchema()),
    },
    {
      path: join(SWIFT_PACKAGE, "Tests/ClawdisProtocolTests/frames.json"),
      text: toText(frames),
    },
  ]
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
