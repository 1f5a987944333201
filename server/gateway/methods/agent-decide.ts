import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** `agent.decide` (M12): answers what an agent asks before it acts. */
export function agentDecide({ runs }: MethodParts): Handler<"agent.decide"> {
  return async ({ optionId, requestId, runId }) => {
    runs.decide({ runId, requestId, optionId })
    return { ok: true }
  }
}
