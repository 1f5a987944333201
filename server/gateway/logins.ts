// Linking an account, one at a time over all channels (rule M10). What is shown meanwhile is a credential:
// it passes through here to the connection that asked, and is neither kept nor logged.

import { randomUUID } from "node:crypto"
import {
  type ChannelHealth,
  GatewayError,
  invalidRequest,
  type LoginEvent,
  type MethodResult,
  quote,
  toErrorShape,
} from "#protocol"
import type { Linking, LinkProgress, LinkRequest } from "../channels/channel.ts"
import type { Clock, Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { ChannelSlot, Channels } from "./channels.ts"
import type { Requester } from "./dispatch.ts"
import { prepareEvent } from "./prepared-event.ts"

export interface LoginTimings {
  /** From the end of the connection that asked to the end of its login. */
  readonly loginOrphanMs: number
  /** A login of which nothing new is heard for so long, beside the time of its code, is given up. */
  readonly loginSilenceMs: number
}

export interface LoginsParts {
  readonly channels: Channels
  readonly clock: Clock
  readonly log: Logger
  readonly timings: LoginTimings
  /** The health snapshot may have changed. */
  readonly changed: () => void
}

export interface LoginStart {
  readonly owner: Requester
  /** The request has been answered: events come after that. */
  readonly answered: Promise<void>
}

type Unlinked = Omit<MethodResult<"logout">, "channel">

export interface Logins {
  /** Throws as rule M10 says; what comes of it is told to `owner` by events. */
  start(channel: string, request: LinkRequest, start: LoginStart): { readonly loginId: string }
  /** Ends that login, or whichever there is; false if there was none, or if it came too late. */
  cancel(loginId?: string): Promise<boolean>
  /** Says so if no account was linked. Rejects with `INVALID_REQUEST` where nothing is ever linked. */
  unlink(channel: string): Promise<Unlinked>
  /** Cancels, unless an account is being linked: then it waits for that. */
  stop(): Promise<void>
}

const MAX_CODES = 6

type Told = Omit<LoginEvent, "loginId">
type Ending = "cancelled" | "expired" | "exhausted" | "silent"

interface Login {
  readonly loginId: string
  readonly channel: string
  readonly holder: Readonly<Record<string, unknown>>
  readonly holderName: string
  readonly since: number
  readonly stopper: AbortController
  state: "preparing" | "code" | "linking"
  codes: number
  /** Why it was told to stop. */
  ending: Ending | undefined
  end: Promise<LoginEvent["state"]>
}

export function createLogins(parts: LoginsParts): Logins {
  const { channels, clock, log, timings } = parts
  let current: Login | undefined
  const unlinking = new Map<string, Promise<Unlinked>>()

  function start(channel: string, request: LinkRequest, { answered, owner }: LoginStart) {
    const { linking, slot } = requireLinking(channel)
    if (current !== undefined) throw inProgress(current, clock.now())
    if (unlinking.has(channel)) throw beingUnlinked(slot)
    const health = slot.channel?.health()
    // What is linked and has failed for good is linked anew.
    if (health?.linked === true && health.state !== "failed") throw alreadyLinked(slot, health.self)
    const name = owner.client?.name ?? "a client"
    const since = clock.now()
    const login: Login = {
      loginId: randomUUID(),
      channel,
      holder: { client: name, mode: owner.client?.mode, channel, since },
      holderName: name,
      since,
      stopper: new AbortController(),
      state: "preparing",
      codes: 0,
      ending: undefined,
      end: Promise.resolve("preparing"),
    }
    current = login
    login.end = run(login, { linking, request, owner, answered })
    return { loginId: login.loginId }
  }

  /** Never rejects. */
  async function run(
    login: Login,
    { answered, linking, owner, request }: LoginStart & { linking: Linking; request: LinkRequest },
  ): Promise<LoginEvent["state"]> {
    const { loginId } = login
    const tell = (told: Told) => owner.event(prepareEvent("login", { loginId, ...told }))
    const silence = createDeadline(clock, () => stopIt(login, "silent"))
    const orphan = createDeadline(clock, () => {
      if (login.state !== "linking") stopIt(login, "cancelled")
    })
    const orphaned = () => orphan.set(timings.loginOrphanMs)
    owner.gone.addEventListener("abort", orphaned)
    log.info("an account is being linked", { channel: login.channel, client: login.holderName })
    await answered
    if (owner.gone.aborted) orphaned()
    tell({ state: "preparing" })
    silence.set(timings.loginSilenceMs)
    const end = await link(login, linking, request, (progress) => {
      if (login.ending !== undefined || !advance(login, progress)) return
      const left = progress.state === "code" ? Math.max(0, progress.expiresAt - clock.now()) : 0
      silence.set(left + timings.loginSilenceMs)
      tell(progress)
    })
    silence.set(undefined)
    owner.gone.removeEventListener("abort", orphaned)
    orphan.set(undefined)
    current = undefined
    log.info("the login is over", { channel: login.channel, state: end.state })
    parts.changed()
    tell(end)
    return end.state
  }

  async function link(
    login: Login,
    linking: Linking,
    request: LinkRequest,
    progress: (progress: LinkProgress) => void,
  ): Promise<Told> {
    try {
      const { signal } = login.stopper
      signal.throwIfAborted()
      const { self } = await linking.link(request, { signal, progress })
      return { state: "linked", self }
    } catch (error) {
      return toEnd(login, error)
    }
  }

  /** False for what is not to be told. */
  function advance(login: Login, progress: LinkProgress): boolean {
    if (progress.state === "code") {
      if (login.codes >= MAX_CODES) {
        stopIt(login, "exhausted")
        return false
      }
      login.codes += 1
    }
    login.state = progress.state
    return true
  }

  function toEnd(login: Login, thrown: unknown): Told {
    const { codes, ending, state } = login
    const reason = thrown instanceof GatewayError ? thrown.reason : undefined
    if (ending === "cancelled" || ending === "exhausted") return { state: ending }
    if (ending === "silent" && state === "code") return { state: "expired" }
    if (ending === "silent") return { state: "refused", error: toErrorShape(silent()) }
    if (reason === "aborted") return { state: "cancelled" }
    if (reason === "login_expired") return { state: codes < MAX_CODES ? "expired" : "exhausted" }
    if (thrown instanceof GatewayError) return { state: "refused", error: toErrorShape(thrown) }
    log.error("linking failed unexpectedly", { channel: login.channel, error: thrown })
    return { state: "refused", error: toErrorShape(internal()) }
  }

  function stopIt(login: Login, ending: Ending): void {
    login.ending ??= ending
    login.stopper.abort()
  }

  async function cancel(loginId?: string): Promise<boolean> {
    const login = current
    if (login === undefined || (loginId !== undefined && loginId !== login.loginId)) return false
    // The phone has said yes: what it agreed to is not taken back halfway.
    if (login.state === "linking") return false
    stopIt(login, "cancelled")
    return (await login.end) === "cancelled"
  }

  async function unlink(channel: string): Promise<Unlinked> {
    const { linking, slot } = requireLinking(channel)
    const under = unlinking.get(channel)
    if (under !== undefined) return under
    const work = (async () => {
      if (current?.channel === channel) {
        stopIt(current, "cancelled")
        await current.end
      }
      if (isNothingLinked(slot.channel?.health())) return { loggedOut: false }
      const { serviceTold } = await linking.unlink()
      log.info("the account is unlinked", { channel, serviceTold })
      return { loggedOut: true, ...(!serviceTold && { serviceTold: false }) }
    })().finally(() => {
      unlinking.delete(channel)
      parts.changed()
    })
    unlinking.set(channel, work)
    return work
  }

  function requireLinking(channel: string): { linking: Linking; slot: ChannelSlot } {
    const slot = channels.requireSlot(channel)
    const { definition } = slot
    if (definition.needsLink !== true) {
      throw invalidRequest(`${definition.name} needs no linking. ${definition.howToConfigure}`)
    }
    const linking = slot.channel?.linking
    if (linking === undefined) throw switchedOff(slot)
    return { linking, slot }
  }

  return {
    start,
    cancel,
    unlink,
    async stop() {
      await cancel()
      await current?.end
      await Promise.allSettled(unlinking.values())
    },
  }
}

/** Credentials that the service refuses, or that cannot be read, are there to be forgotten. */
function isNothingLinked(health: ChannelHealth | undefined): boolean {
  if (health?.linked === true) return false
  return health === undefined || health.state === "off" || health.state === "logged_out"
}

/** One timer that is set anew. */
function createDeadline(clock: Clock, passed: () => void) {
  let timer: Timer | undefined
  return {
    set(delayMs: number | undefined): void {
      timer?.cancel()
      timer = delayMs === undefined ? undefined : clock.after(delayMs, passed)
    },
  }
}

function inProgress({ holder, holderName, since }: Login, now: number): GatewayError {
  const seconds = Math.max(0, Math.round((now - since) / 1_000))
  return new GatewayError(
    "UNAVAILABLE",
    `An account is being linked already, by ${quote(holderName)}, for ${seconds} s now. Wait for its end, or cancel it there.`,
    { reason: "login_in_progress", retryable: true, retryAfterMs: 5_000, details: { holder } },
  )
}

function alreadyLinked({ definition }: ChannelSlot, self: string | undefined): GatewayError {
  const as = self === undefined ? "" : ` as ${self}`
  return invalidRequest(
    `${definition.name} is linked already${as}. To link another account, end that with: clawdis logout`,
    "already_linked",
  )
}

function beingUnlinked({ definition }: ChannelSlot): GatewayError {
  return new GatewayError("UNAVAILABLE", `${definition.name} is being unlinked at this moment.`, {
    reason: "login_in_progress",
    retryable: true,
    retryAfterMs: 1_000,
  })
}

function switchedOff({ definition }: ChannelSlot): GatewayError {
  const message = `${definition.name} is switched off in the configuration, under channels.${definition.id}.`
  return new GatewayError("UNAVAILABLE", message, { reason: "not_configured", retryable: false })
}

function silent(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The service did not answer in time. Try again later.", {
    reason: "not_connected",
    retryable: true,
  })
}

function internal(): GatewayError {
  return new GatewayError("UNAVAILABLE", "Internal error.", {
    reason: "internal",
    retryable: false,
  })
}
