// `session/request_permission`: what the agent wants to know, put to the gateway and answered.

import type { RequestPermissionRequest, RequestPermissionResponse } from "@agentclientprotocol/sdk"
import type { PermissionAsk, TurnOptions } from "../engine.ts"
import type { UpdateReader } from "./updates.ts"

export interface AskingTurn {
  readonly reader: UpdateReader
  readonly permit: TurnOptions["permit"]
}

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: "cancelled" } }

/** `turn` is undefined for a question that belongs to none: nobody can be asked for it. */
export async function answerPermission(
  { options, toolCall }: RequestPermissionRequest,
  turn: AskingTurn | undefined,
): Promise<RequestPermissionResponse> {
  if (turn === undefined) return CANCELLED
  const call = turn.reader.asked(toolCall)
  const ask: PermissionAsk = {
    ...call,
    options: options.map(({ kind, name, optionId }) => ({ id: optionId, label: name, kind })),
  }
  const { by, option } = await turn.permit(ask)
  const isAllowed = option?.kind === "allow_once" || option?.kind === "allow_always"
  if (!isAllowed) turn.reader.refused(call.callId, by)
  // The protocol wants this for every question of a turn that is being stopped.
  if (option === undefined || by === "abort") return CANCELLED
  return { outcome: { outcome: "selected", optionId: option.id } }
}
