import { expect, test } from "vitest"
import type { AgentEvent, PermissionOption } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import type { PermissionAsk } from "./engine.ts"
import {
  createTurnPermissions,
  type PermissionSettings,
  type TurnPermissionsParts,
} from "./permissions.ts"

const ALLOW: PermissionOption = { id: "yes", label: "Allow", kind: "allow_once" }
const ALWAYS: PermissionOption = { id: "ever", label: "Always allow", kind: "allow_always" }
const REJECT: PermissionOption = { id: "no", label: "Reject", kind: "reject_once" }
const NEVER: PermissionOption = { id: "never", label: "Never", kind: "reject_always" }

function toAsk(words: Partial<PermissionAsk> = {}): PermissionAsk {
  return {
    title: "Delete a.txt",
    kind: "delete",
    options: [ALWAYS, ALLOW, NEVER, REJECT],
    ...words,
  }
}

function start(parts: Partial<TurnPermissionsParts> = {}) {
  const clock = createManualClock()
  const logged: string[] = []
  const events: Extract<AgentEvent, { stream: "permission" }>["data"][] = []
  const permissions = createTurnPermissions({
    record: { runId: "r-1", origin: "request" },
    settings: { webchat: "ask", channels: "refuse" },
    canAsk: () => true,
    clock,
    log: {
      ...silentLogger,
      info: (message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
    },
    permissionMs: 300_000,
    deadlineAt: clock.now() + 600_000,
    emit: ({ data, stream }) => {
      if (stream === "permission") events.push(data as never)
    },
    ...parts,
  })
  return { clock, events, logged, permissions, requestId: () => events[0]?.requestId ?? "" }
}

const policy = (settings: Partial<PermissionSettings>, origin: "request" | "inbound" = "request") =>
  start({
    record: { runId: "r-1", origin },
    settings: { webchat: "ask", channels: "refuse", ...settings },
  }).permissions

test("[M12] a question waits for the person, who takes one of its options once", async () => {
  const { clock, events, permissions, requestId } = start()
  const asked = permissions.permit(toAsk({ callId: "c-1", input: "{}" }))
  const request = {
    requestId: expect.any(String),
    callId: "c-1",
    title: "Delete a.txt",
    input: "{}",
    options: [ALWAYS, ALLOW, NEVER, REJECT],
    expiresAt: clock.now() + 300_000,
  }
  expect(events).toEqual([request])
  expect(permissions.pending).toEqual([request])
  permissions.decide(requestId(), "ever")
  expect(await asked).toEqual({ option: ALWAYS, by: "client" })
  expect(events[1]).toEqual({
    requestId: requestId(),
    callId: "c-1",
    title: "Delete a.txt",
    decided: { optionId: "ever", by: "client" },
  })
  expect(permissions.pending).toEqual([])
  expect(clock.waiting).toBe(0)
})

test("[M12] what does not wait, waits no more, or is no option of it cannot be decided", async () => {
  const { events, permissions, requestId } = start()
  const asked = permissions.permit(toAsk())
  expect(() => permissions.decide("other", "yes")).toThrow(/no such question waits/)
  expect(() => permissions.decide(requestId(), "other")).toThrow("other is none of the options")
  permissions.decide(requestId(), "no")
  expect(() => permissions.decide(requestId(), "yes")).toThrow(/decided already/)
  expect(await asked).toEqual({ option: REJECT, by: "client" })
  expect(events).toHaveLength(2)
})

test("[M12] without an answer in time it is refused", async () => {
  const { clock, events, permissions } = start()
  const asked = permissions.permit(toAsk())
  await clock.advance(299_999)
  expect(events).toHaveLength(1)
  await clock.advance(1)
  expect(await asked).toEqual({ option: REJECT, by: "timeout" })
  expect(events[1]).toMatchObject({ decided: { optionId: "no", by: "timeout" } })
})

test("[M12] nobody has longer than the run has", async () => {
  const { clock, events, permissions } = start({ deadlineAt: createManualClock().now() + 5_000 })
  void permissions.permit(toAsk())
  expect(events[0]).toMatchObject({ expiresAt: clock.now() + 5_000 })
})

test("[M12] when the run is stopped what waits is refused, and so is what comes after", async () => {
  const { events, permissions } = start()
  const asked = permissions.permit(toAsk())
  permissions.stop("abort")
  expect(await asked).toEqual({ by: "abort" })
  expect(events[1]).toMatchObject({ decided: { by: "abort" } })
  expect(await permissions.permit(toAsk())).toEqual({ by: "abort" })
  expect(events).toHaveLength(2)
})

test("[M12] nobody is asked who is not there", async () => {
  const { events, permissions } = start({ canAsk: () => false })
  expect(await permissions.permit(toAsk())).toEqual({ option: REJECT, by: "rule" })
  expect(events).toEqual([
    {
      requestId: expect.any(String),
      title: "Delete a.txt",
      decided: { optionId: "no", by: "rule" },
    },
  ])
})

test("[M12] the setting decides for clients and for channels apart", async () => {
  expect(await policy({ webchat: "allow" }).permit(toAsk())).toMatchObject({ option: ALLOW })
  expect(await policy({ webchat: "refuse" }).permit(toAsk())).toMatchObject({ option: REJECT })
  expect(await policy({ webchat: "allow" }, "inbound").permit(toAsk())).toMatchObject({
    option: REJECT,
    by: "rule",
  })
  expect(await policy({ channels: "allow" }, "inbound").permit(toAsk())).toMatchObject({
    option: ALLOW,
    by: "rule",
  })
})

test("[M12] the first rule that names the kind decides, and the default what no rule names", async () => {
  const rules = [
    { kinds: ["read", "search"], decision: "allow" },
    { kinds: ["delete"], decision: "refuse" },
  ] as const
  const permissions = policy({ webchat: rules, channels: rules })
  expect(await permissions.permit(toAsk({ kind: "search" }))).toMatchObject({ option: ALLOW })
  expect(await permissions.permit(toAsk({ kind: "delete" }))).toMatchObject({ option: REJECT })
  void permissions.permit(toAsk({ kind: "execute" }))
  expect(permissions.pending).toHaveLength(1)
  const inbound = policy({ channels: rules }, "inbound")
  expect(await inbound.permit(toAsk({ kind: "execute" }))).toMatchObject({ option: REJECT })
  const all = policy({ webchat: [rules[1], { kinds: ["*"], decision: "allow" }] })
  expect(await all.permit(toAsk({ kind: "other" }))).toMatchObject({ option: ALLOW })
  expect(await all.permit(toAsk({ kind: "delete" }))).toMatchObject({ option: REJECT })
})

test("[M12] a rule never allows for ever, and refuses for once where it can", async () => {
  const permissions = policy({ webchat: "allow" })
  expect(await permissions.permit(toAsk({ options: [ALWAYS, NEVER] }))).toMatchObject({
    option: NEVER,
  })
  expect(await permissions.permit(toAsk({ options: [ALWAYS] }))).toEqual({ by: "rule" })
})

test("[M12] more questions than fit on a page are refused, and what is too long is cut", async () => {
  const { permissions } = start()
  const options = Array.from({ length: 20 }, (_, at) => ({ ...REJECT, id: `o${at}` }))
  for (let asked = 0; asked < 8; asked += 1) {
    const words = { title: "t".repeat(5_000), input: "i".repeat(50_000), options }
    void permissions.permit(toAsk({ ...words, callId: "c".repeat(5_000) }))
  }
  expect(await permissions.permit(toAsk())).toEqual({ option: REJECT, by: "rule" })
  expect(permissions.pending).toHaveLength(8)
  expect(JSON.stringify(permissions.pending).length).toBeLessThan(44 * 1024)
})

test("[M12] the log tells that it was asked and how it was decided, not what it was about", async () => {
  const { logged, permissions, requestId } = start()
  const asked = permissions.permit(toAsk({ title: "rm -rf secret", input: "secret" }))
  permissions.decide(requestId(), "yes")
  await asked
  expect(logged).toEqual([
    'the agent asked for permission {"runId":"r-1","kind":"delete","decision":"allow_once","by":"client"}',
  ])
})
