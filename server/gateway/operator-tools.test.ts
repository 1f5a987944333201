import { expect, test } from "vitest"
import { forOperator } from "./operator-tools.ts"

const health = () => ({
  phone: { configured: true, state: "open" as const, linked: true, self: "+15550100" },
  bot: { configured: true, state: "open" as const, self: "@bot" },
})
const tool = forOperator(
  { name: "status", title: "", description: "", call: async () => "everything" },
  () => ({ health }),
)
const ask = (sessionKey: string) => tool.call({}, { runId: "r", sessionKey })

test("what the gateway knows of others is told to its operator", async () => {
  for (const sessionKey of ["main", "web:1", "phone:+15550100"]) {
    expect(await ask(sessionKey)).toBe("everything")
  }
})

test("somebody who may write to the agent learns nothing of the others who do", async () => {
  for (const sessionKey of ["phone:+15550111", "phone:group:1", "bot:42", "bot:@bot", "link:ada"]) {
    await expect(ask(sessionKey)).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      details: { reason: "operator_only" },
    })
  }
})
