// What the agent of one run asks before it acts (rules E6 and M12): out of events and history pages, in
// whatever order they come. Pure. What was decided stays decided.

import type { AgentEvent, PermissionDecided, PermissionRequest, RunningTurn } from "#protocol"

/** `elsewhere`: it waits no more, and how it ended was not heard. */
export type Outcome = PermissionDecided["decided"] | "elsewhere"

export interface Question {
  readonly requestId: string
  /** Missing when only the end was heard. */
  readonly request: PermissionRequest | undefined
  /** The number of the run's event by which it was known to wait. */
  readonly seq: number
  /** Missing while it waits. */
  readonly outcome: Outcome | undefined
}

type PermissionEvent = Extract<AgentEvent, { stream: "permission" }>

/** The questions after one event; `isNews` says that no page has told of it already. */
export function withPermission(
  questions: readonly Question[],
  { data, seq }: PermissionEvent,
  isNews: boolean,
): readonly Question[] {
  const { requestId } = data
  const known = questions.find((question) => question.requestId === requestId)
  if ("decided" in data) {
    // Nobody was asked, so no page will tell of it.
    if (known === undefined && data.decided.by === "rule") return questions
    return put(questions, {
      ...(known ?? { requestId, request: undefined, seq }),
      outcome: data.decided,
    })
  }
  if (known !== undefined) return put(questions, { ...known, request: known.request ?? data })
  return isNews ? [...questions, { requestId, request: data, seq, outcome: undefined }] : questions
}

/** The questions after a history page that tells of the run. */
export function mergeQuestions(
  known: readonly Question[],
  { permissions = [], seq }: RunningTurn,
): readonly Question[] {
  const waiting = new Map(permissions.map((request) => [request.requestId, request]))
  const kept = known.map((question): Question => {
    const request = waiting.get(question.requestId)
    waiting.delete(question.requestId)
    if (request !== undefined) return { ...question, request }
    // One that was asked after the page was made is not in it, and waits all the same.
    const stays = question.outcome !== undefined || question.seq > seq
    return stays ? question : { ...question, outcome: "elsewhere" }
  })
  const news = [...waiting.values()].map(
    (request): Question => ({ requestId: request.requestId, request, seq, outcome: undefined }),
  )
  return [...kept, ...news]
}

function put(questions: readonly Question[], next: Question): readonly Question[] {
  const isNew = !questions.some(({ requestId }) => requestId === next.requestId)
  if (isNew) return [...questions, next]
  return questions.map((question) => (question.requestId === next.requestId ? next : question))
}
