// Requests as frames, sent in any pieces, and what is seen of their answers.

import { setImmediate as turn } from "node:timers/promises"
import { expect } from "vitest"
import type { RawClient } from "./raw-client.ts"
import { framesOf, PONG, rawFrame } from "./raw-frames.ts"
import { closeOf } from "./raw-gateway.ts"

type Bytes = string | Uint8Array
/** How what is sent is cut: all at once, a write for each frame, a write for each byte. */
export type Chop = "whole" | "frames" | "octets"

/** A request of so many bytes, the last ones blank. */
export function request(id: string, bytes = 0): string {
  return JSON.stringify({ type: "req", id, method: "commands.list" }).padEnd(bytes)
}

export async function send(client: RawClient, frames: readonly Bytes[], chop: Chop = "whole") {
  const all = frames.map((each) => Buffer.from(each as string))
  if (chop === "whole") client.write(Buffer.concat(all))
  for (const frame of chop === "whole" ? [] : all) {
    const step = chop === "octets" ? 1 : frame.length
    for (let at = 0; at < frame.length; at += step) {
      client.write(frame.subarray(at, at + step))
      await turn()
    }
  }
}

export const pongsOf = (client: RawClient) =>
  framesOf(client.received())
    .filter(({ opcode }) => opcode === PONG)
    .map(({ payload }) => payload.toString("latin1"))

export const isAnswered = (client: RawClient, id: string) =>
  framesOf(client.received()).some(({ payload }) =>
    payload.toString().startsWith(`{"type":"res","id":${JSON.stringify(id)},"ok":true`),
  )

export async function expectAnswered(client: RawClient, id: string) {
  await client.until(() => isAnswered(client, id))
}

/** What was sent before has done no harm. */
export async function expectOpen(client: RawClient) {
  client.write(rawFrame({ payload: request("next") }))
  await expectAnswered(client, "next")
}

export async function expectClose(client: RawClient, code: number | undefined, reason = "") {
  expect(await closeOf(client)).toEqual({ code, reason })
}
