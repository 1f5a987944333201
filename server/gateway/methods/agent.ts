import { randomUUID } from "node:crypto"
import {
  type AgentFinal,
  type AgentParams,
  cutText,
  type Delivery,
  fromErrorShape,
  GatewayError,
  invalidRequest,
  LIMITS,
  MAIN_SESSION,
  NOT_BLANK,
  type Part,
} from "#protocol"
import type {
  Acceptance,
  ChatAddress,
  DeliveryRecord,
  NewRun,
  Outcome,
  RunRecord,
  RunRequest,
  SessionRecord,
} from "../../store/store.ts"
import { createAccepting } from "../accepting.ts"
import type { ResolvedTarget } from "../channels.ts"
import { type ReadCommand, readCommand } from "../commands.ts"
import type { Handler } from "../dispatch.ts"
import { acceptedRecord, toKeyedRequest } from "../idempotency.ts"
import {
  decodedBytes,
  findQuestion,
  type KeptAttachments,
  keepAttachments,
  takeOverAttachments,
} from "../kept-attachments.ts"
import { findLastTurn } from "../last-turn.ts"
import { replyIdOf } from "../replies.ts"
import type { MethodParts } from "./parts.ts"
import { requireSession, unknownSession } from "./session.ts"

/** `agent` (M6): runs a turn; the first answer says that it is on disk, the second how it ended. */
export function agent(parts: MethodParts): Handler<"agent"> {
  const { channels, clock, outbox, runs, stopping, store, timings } = parts
  const accepting = createAccepting<Acceptance<RunRecord>>()

  return async (params, context) => {
    checkAttachments(params)
    const keyed = toKeyedRequest(params)
    let acknowledged = false
    const ack = ({ runId, sessionId, sessionKey }: RunRecord) => {
      acknowledged = true
      context.follow(runId)
      context.ack({ runId, status: "accepted", sessionKey, sessionId })
    }
    // A key that was used answers as it did, whatever has become of the chat or the channel since.
    const accept = async () =>
      (await store.runs.find(keyed)) ?? runs.submit(keyed, await toNewRun(parts, params), ack)
    const record = acceptedRecord(await accepting.once(keyed, accept))
    if (!acknowledged) ack(record)
    const outcome = await runs.outcome(record.runId)
    return toFinal(outcome, await findDelivery(record.runId, outcome))
  }

  /** How the reply's delivery stands, once it is over or has taken as long as a send may. */
  async function findDelivery(
    runId: string,
    outcome: Outcome | undefined,
  ): Promise<DeliveryRecord | undefined> {
    const delivery = outcome?.ok === true ? (outcome.payload as AgentFinal).delivery : undefined
    if (delivery === undefined) return undefined
    const waiting = new AbortController()
    const timer = clock.after(timings.sendDeadlineMs, () => waiting.abort())
    // What waits for a channel that is down goes out after the next start: the stop does not wait for that.
    const leave = () => {
      if (!channels.isOpen(delivery.channel)) waiting.abort()
    }
    stopping.addEventListener("abort", leave)
    if (stopping.aborted) leave()
    try {
      const delivered = await outbox.settled(replyIdOf(runId), waiting.signal)
      return delivered === "late" ? undefined : delivered
    } catch (error) {
      // While the disk fails a run's end is told before it is stored, and its reply waits to be stored with it.
      if (error instanceof GatewayError) return undefined
      throw error
    } finally {
      timer.cancel()
      stopping.removeEventListener("abort", leave)
    }
  }
}

/** Everything that is wrong with the request is told here, before the ack. */
async function toNewRun(parts: MethodParts, params: AgentParams): Promise<NewRun> {
  const place = await findPlace(parts, params)
  const at = parts.clock.now()
  const takenOver = await takeOver(parts, params, place)
  const command = takenOver === undefined ? findCommand(params) : undefined
  // A command, and a request that names the very conversation, does not begin a new one.
  const { open } =
    command === undefined && params.sessionId === undefined ? parts.scope : parts.store.sessions
  const session = await open(place.sessionKey, { channel: place.channel, at })
  const attachments = params.attachments ?? []
  // What is refused for want of room comes again and again, and would be kept each time.
  if (attachments.length > 0) parts.runs.requireRoom(session.key)
  const given = takenOver ?? (await keepAttachments(parts, attachments))
  const request = toRunRequest(parts, params, { session, deliverTo: place.deliverTo, given })
  const runId = randomUUID()
  return {
    run: {
      runId,
      sessionKey: session.key,
      sessionId: session.sessionId,
      origin: "request",
      messageId: randomUUID(),
      createdAt: at,
      request: command === undefined ? request : await toCommand(parts, request, session, command),
    },
    messages: [
      {
        id: randomUUID(),
        role: "user",
        ts: at,
        status: "ok",
        runId,
        idempotencyKey: params.idempotencyKey,
        parts: toMessageParts(params, given),
      },
    ],
  }
}

/** The files of the question that is asked again, unless it has none or the request brings its own. */
async function takeOver(
  { media, store }: MethodParts,
  { attachments = [], message, retryOf }: AgentParams,
  { sessionKey }: Place,
): Promise<KeptAttachments | undefined> {
  if (retryOf === undefined) return undefined
  const question = await findQuestion(store.runs, { retryOf, sessionKey })
  if (attachments.length > 0) return undefined
  const found = await takeOverAttachments(media, question)
  if (found === undefined && !NOT_BLANK.test(message)) throw isBlank()
  return found
}

/** A bare command; one that is said to a bot by its name belongs into a chat. */
function findCommand({ attachments = [], message }: AgentParams): ReadCommand | undefined {
  const command = attachments.length > 0 ? undefined : readCommand(message)
  return command?.botName === undefined ? command : undefined
}

/** `/retry` is the last turn again, and like every turn the engine's business. */
async function toCommand(
  { store, timeZone }: MethodParts,
  request: RunRequest,
  { sessionId }: SessionRecord,
  { name }: ReadCommand,
): Promise<RunRequest> {
  const last = name === "retry" ? await findLastTurn(store, { sessionId, timeZone }) : undefined
  return last === undefined ? { ...request, command: request.prompt } : { ...request, ...last }
}

interface Place {
  readonly sessionKey: string
  readonly channel: string
  readonly deliverTo?: ResolvedTarget & { readonly to: string }
}

/** Where the request runs and where its answer also goes; everything wrong with it is told before the ack. */
async function findPlace(parts: MethodParts, params: AgentParams): Promise<Place> {
  const { channels, handles, store } = parts
  const deliver = params.deliver === true
  const to = params.to === "" ? undefined : params.to
  const asked = params.channel === "last" ? undefined : params.channel
  const named = asked === "webchat" ? undefined : asked
  if (params.sessionKey !== undefined && params.sessionId !== undefined) {
    throw invalidRequest("sessionKey and sessionId exclude each other")
  }
  const namesSession = params.sessionKey !== undefined || params.sessionId !== undefined
  if (to !== undefined && namesSession && !deliver) {
    throw invalidRequest("to: with sessionKey or sessionId it needs deliver:true")
  }
  if (named !== undefined) channels.requireKnown(named)
  const target = to === undefined ? undefined : await handles.lookUp(channels.resolve(to, named))
  const session = await findSession(parts, params)
  const sessionKey =
    session?.key ?? params.sessionKey ?? (target && parts.scope.ofTarget(target)) ?? MAIN_SESSION
  const channel = session?.channel ?? channelOf(sessionKey)
  if (!deliver || asked === "webchat") return { sessionKey, channel }

  const existing = session ?? (await store.sessions.get(sessionKey))
  const address = target ?? lastChatOf(existing, named)
  if (address === undefined) {
    throw invalidRequest(
      "deliver: there is nowhere to deliver to; add to, or write to the bot first",
    )
  }
  channels.require(address.channel)
  return { sessionKey, channel, deliverTo: { ...address, to: to ?? address.chat } }
}

async function findSession(
  { store }: MethodParts,
  params: AgentParams,
): Promise<SessionRecord | undefined> {
  if (params.sessionKey !== undefined) return requireSession(store.sessions, params.sessionKey)
  if (params.sessionId === undefined) return undefined
  const session = await store.sessions.findById(params.sessionId)
  if (session === undefined) throw unknownSession("sessionId", params.sessionId)
  return session
}

function channelOf(sessionKey: string): string {
  const [prefix] = sessionKey.split(":")
  return prefix === undefined || prefix === MAIN_SESSION || prefix === "web" ? "webchat" : prefix
}

function lastChatOf(
  session: SessionRecord | undefined,
  named: string | undefined,
): (ChatAddress & { sessionKey: string }) | undefined {
  const last = session?.lastChat
  if (session === undefined || last === undefined) return undefined
  if (named === undefined || named === last.channel) return { ...last, sessionKey: session.key }
  return undefined
}

function toRunRequest(
  { defaults }: MethodParts,
  params: AgentParams,
  {
    deliverTo,
    given,
    session,
  }: {
    deliverTo: Place["deliverTo"] | undefined
    given: KeptAttachments
    session: SessionRecord
  },
): RunRequest {
  const thinking =
    params.thinking === undefined || params.thinking === "default"
      ? (session.thinking ?? defaults.thinking)
      : params.thinking
  return {
    prompt: NOT_BLANK.test(params.message)
      ? params.message
      : given.parts.map(({ name, mimeType }) => `(${name ?? mimeType})`).join("\n"),
    attachments: given.inline,
    ...(given.files.length > 0 && { media: given.files }),
    thinking,
    timeoutMs: params.timeout === undefined ? defaults.timeoutMs : params.timeout * 1_000,
    ...(deliverTo !== undefined && {
      deliverTo: { channel: deliverTo.channel, chat: deliverTo.chat, to: deliverTo.to },
    }),
  }
}

function toMessageParts(params: AgentParams, given: KeptAttachments): Part[] {
  if (!NOT_BLANK.test(params.message)) return [...given.parts]
  const text = cutText(params.message, LIMITS.maxTextPartBytes)
  const cut = text.length < params.message.length
  return [{ type: "text", text, ...(cut && { truncated: true }) }, ...given.parts]
}

function checkAttachments(params: AgentParams): void {
  const mayBeBlank = (params.attachments ?? []).length > 0 || params.retryOf !== undefined
  if (!mayBeBlank && !NOT_BLANK.test(params.message)) throw isBlank()
  let bytes = 0
  for (const attachment of params.attachments ?? []) bytes += decodedBytes(attachment.data)
  if (bytes > LIMITS.maxAttachmentsBytes) {
    throw invalidRequest(
      `attachments: too large (max ${LIMITS.maxAttachmentsBytes} bytes together)`,
    )
  }
}

function isBlank(): GatewayError {
  return invalidRequest("message: must not be blank")
}

function toFinal(outcome: Outcome | undefined, delivered: DeliveryRecord | undefined): AgentFinal {
  if (outcome === undefined) throw new Error("an accepted run has no outcome")
  if (!outcome.ok) throw fromErrorShape(outcome.error, outcome.payload)
  // runs.ts wrote it.
  const final = outcome.payload as AgentFinal
  if (final.delivery === undefined || delivered === undefined) return final
  return { ...final, delivery: toDelivery(final.delivery, delivered) }
}

function toDelivery(delivery: Delivery, { messageIds, state }: DeliveryRecord): Delivery {
  const messageId = messageIds.at(-1)
  return {
    ...delivery,
    status: toStatus(state),
    ...(messageId !== undefined && { messageId }),
  }
}

function toStatus(state: DeliveryRecord["state"]): Delivery["status"] {
  if (state === "pending" || state === "sending") return "queued"
  return state === "dropped" ? "failed" : state
}
