import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { permissionRequest } from "../testing/samples.ts"
import { createAnswers, endingOf } from "./answers.ts"
import type { Outcome, Question } from "./questions.ts"

const GIVEN = { runId: "r", requestId: "q", optionId: "yes" }

function setUp() {
  const gateway = createFakeRequests()
  const answers = createAnswers(gateway.requests)
  const ending = (outcome?: Outcome) => {
    const request = permissionRequest("q")
    const question: Question = { requestId: "q", request, seq: 1, outcome }
    return endingOf(question, answers.all.value.get("q"))
  }
  return { answers, ending, gateway }
}

test("[M12] an answer is sent once, and was this page's when the gateway has taken it", async () => {
  const { answers, ending, gateway } = setUp()
  void answers.give(GIVEN)
  void answers.give({ ...GIVEN, optionId: "no" })
  expect(answers.all.value.get("q")).toEqual({ at: "sending", optionId: "yes" })
  expect(ending()).toBeUndefined()
  expect(await gateway.answer("agent.decide", { ok: true })).toEqual(GIVEN)
  expect(gateway.waiting).toEqual([])
  const own = { outcome: { optionId: "yes", by: "client" }, own: true }
  expect(ending()).toEqual(own)
  expect(ending({ optionId: "yes", by: "client" })).toEqual(own)
  expect(ending("elsewhere")).toEqual(own)
})

test("[M12] when somebody was faster the question is closed as it was decided", async () => {
  const { answers, ending, gateway } = setUp()
  void answers.give(GIVEN)
  const other = { optionId: "no", by: "client" } as const
  expect(ending(other)).toEqual({ outcome: other, own: false })
  await gateway.refuse("agent.decide", new GatewayError("INVALID_REQUEST", "decided already"))
  expect(ending(other)).toEqual({ outcome: other, own: false })
  expect(ending()).toEqual({ outcome: "elsewhere", own: false })
  void answers.give(GIVEN)
  expect(gateway.waiting).toEqual([])
})

test("[M12] an answer that did not arrive can be given again", async () => {
  const { answers, ending, gateway } = setUp()
  void answers.give(GIVEN)
  await gateway.refuse("agent.decide", new GatewayError("UNAVAILABLE", "not connected"))
  expect(answers.all.value.get("q")).toMatchObject({ at: "failed" })
  expect(ending()).toBeUndefined()
  void answers.give({ ...GIVEN, optionId: "no" })
  expect(await gateway.answer("agent.decide", { ok: true })).toMatchObject({ optionId: "no" })
  expect(ending()).toMatchObject({ outcome: { optionId: "no" }, own: true })
})

test("[M12] nobody in time, and a run that was stopped, are nobody's answer", () => {
  const { ending } = setUp()
  for (const by of ["timeout", "abort"] as const) {
    expect(ending({ by })).toEqual({ outcome: { by }, own: false })
  }
})
