// Linking an account through the gateway, from the request to its end. Codes go to whoever calls, and
// nowhere else.

import { fromErrorShape, GatewayError, type LoginEvent, type LoginStartParams } from "#protocol"
import { connect, type GatewayConnection, type Link, withGateway } from "./connect.ts"
import { ClientFailure, noAnswer } from "./failure.ts"
import { waitFor } from "./wait.ts"

/** What a cancelled login may take to say that it is. */
const CANCEL_MS = 5_000

/** `leftMs`: how long the code of this event is good for, by the gateway's clock. */
export type OnLogin = (event: LoginEvent, leftMs: number | undefined) => void

/** Resolves with who was linked. Every other end is an error, Ctrl-C as well, which cancels. */
export async function login(link: Link, params: LoginStartParams, onLogin: OnLogin) {
  const { promise: ended, resolve: end } = Promise.withResolvers<LoginEvent>()
  let loginId: string | undefined
  let clockSkewMs = 0
  // What comes in one packet with the answer is seen before the answer is known.
  let early: LoginEvent[] = []

  function see(event: LoginEvent): void {
    if (loginId === undefined) early.push(event)
    if (event.loginId !== loginId) return
    const { expiresAt } = event
    onLogin(event, expiresAt === undefined ? undefined : expiresAt - clockSkewMs - Date.now())
    if (isEnd(event)) end(event)
  }

  const connection = await connect(link, {
    onEvent: (frame) => {
      if (frame.event === "login") see(frame.payload)
    },
  })
  try {
    clockSkewMs = connection.helloOk.snapshot.health.ts - Date.now()
    const started = connection.request("login.start", params)
    const known = started.then((answer) => {
      loginId = answer.loginId
      for (const event of early) see(event)
      early = []
    })
    await waitFor(known, {
      signal: link.signal,
      timeoutMs: link.timeoutMs,
      onTimeout: () => noAnswer(link.timeoutMs),
    })
    const event = await waitFor(Promise.race([ended, connection.lost]), { signal: link.signal })
    return toResult(params.channel, event)
  } catch (error) {
    if (!isInterrupt(error)) throw error
    throw await cancel(connection, loginId, error)
  } finally {
    connection.close()
  }
}

/** Whether an account was linked before. */
export function logout(link: Link, channel: string) {
  return withGateway(link, ({ request }) => request("logout", { channel }))
}

function isEnd({ state }: LoginEvent): boolean {
  return state !== "preparing" && state !== "code" && state !== "linking"
}

function toResult(channel: string, { error, self, state }: LoginEvent) {
  if (state === "linked") return { channel, linked: true, ...(self !== undefined && { self }) }
  if (error !== undefined) throw fromErrorShape(error)
  throw new GatewayError("UNAVAILABLE", describeEnd(state), {
    reason: state === "cancelled" ? "aborted" : "login_expired",
    retryable: true,
    details: { state },
  })
}

function describeEnd(state: LoginEvent["state"]): string {
  switch (state) {
    case "cancelled":
      return "The login was cancelled. Nothing is linked."
    case "exhausted":
      return "None of the codes was used, and there are no more. Nothing is linked. Try again with: clawdis login"
    default:
      return "The code was not used in time. Nothing is linked. Try again with: clawdis login"
  }
}

function isInterrupt(error: unknown): error is ClientFailure {
  return error instanceof ClientFailure && error.kind === "interrupted"
}

/** What to fail with after Ctrl-C, which says what became of the login. */
async function cancel(
  { request }: GatewayConnection,
  loginId: string | undefined,
  cause: ClientFailure,
): Promise<ClientFailure> {
  const toFailure = (text: string) =>
    new ClientFailure("interrupted", `Interrupted: ${text}`, { cause })
  if (loginId === undefined) return toFailure("the login ends by itself, if it has begun.")
  try {
    const { cancelled } = await waitFor(request("login.cancel", { loginId }), {
      signal: new AbortController().signal,
      timeoutMs: CANCEL_MS,
    })
    return toFailure(
      cancelled
        ? "the login is cancelled."
        : "too late to cancel; `clawdis status` says whether the account is linked.",
    )
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return toFailure("the login ends by itself within seconds, unless the phone used the code.")
  }
}
