// Linking an account with the gateway, as far as this page has begun it. A code is a credential: it is
// kept here in memory while it is shown, and nowhere else.

import { type ReadonlySignal, signal } from "@preact/signals"
import type {
  ErrorShape,
  EventFrame,
  HealthSnapshot,
  LoginEvent,
  LoginStartParams,
} from "#protocol"
import type { PartStore, PartStoreParts } from "./part-stores.ts"
import { toShape } from "./thrown.ts"

export type LoginMethod = LoginStartParams["method"]

export interface ShownCode {
  readonly at: "code"
  /** The text of a QR code, or else what is typed on the phone. */
  readonly qr: string | undefined
  readonly code: string | undefined
  readonly shownAt: number
  /** By this browser's clock. */
  readonly until: number
}

export type LoginStep =
  /** The number of the account is asked for. */
  | { readonly at: "phone" }
  | { readonly at: "preparing" }
  | ShownCode
  | { readonly at: "linking" }
  | { readonly at: "linked"; readonly self: string | undefined }
  | { readonly at: "expired" | "exhausted" | "cancelled" }
  | { readonly at: "refused"; readonly error: ErrorShape }
  /** Another client is linking an account. */
  | { readonly at: "busy"; readonly holder: LoginHolder }
  /** The connection to the gateway went away meanwhile. */
  | { readonly at: "lost"; readonly wasLinking: boolean }

export interface LoginHolder {
  readonly client: string | undefined
  readonly since: number | undefined
}

export interface LoginView {
  readonly channel: string
  readonly method: LoginMethod
  readonly phone: string | undefined
  readonly step: LoginStep
}

type LoginParts = Pick<PartStoreParts, "gateway" | "clock" | "toPageTime">

export interface Login extends PartStore {
  /** Undefined while nothing is being linked here. */
  readonly view: ReadonlySignal<LoginView | undefined>
  /** Begins with a QR code. */
  open(channel: string): void
  /** Asks for the number of the account, instead of showing a QR code. */
  askPhone(): void
  useCode(phone: string): void
  useQr(): void
  /** The same once more. */
  again(): void
  /** Ends the login, unless the phone has agreed already: then only the view of it. */
  close(): void
  event(frame: EventFrame): void
  healthChanged(health: HealthSnapshot): void
  disconnected(): void
}

/** How long "linked" is shown before the view closes by itself. */
const LINKED_SHOWN_MS = 4_000

/** One login of the gateway, from its start to its end. */
interface Attempt {
  loginId: string | undefined
  over: boolean
  started: Promise<void>
  leaving: Promise<void> | undefined
}

export function createLogin({ gateway, clock, toPageTime }: LoginParts): Login {
  const view = signal<LoginView | undefined>(undefined)
  let current: Attempt | undefined

  function set(step: LoginStep): void {
    const before = view.peek()
    if (before === undefined) return
    const next = { ...before, step }
    view.value = next
    if (step.at !== "linked") return
    clock.after(LINKED_SHOWN_MS, () => {
      if (view.peek() === next) view.value = undefined
    })
  }

  function begin(channel: string, method: LoginMethod, phone?: string): void {
    const previous = current
    const attempt: Attempt = {
      loginId: undefined,
      over: false,
      started: Promise.resolve(),
      leaving: undefined,
    }
    current = attempt
    view.value = { channel, method, phone, step: { at: "preparing" } }
    attempt.started = start(attempt, previous, { channel, method, ...(phone && { phone }) })
  }

  /** Never rejects. */
  async function start(
    attempt: Attempt,
    previous: Attempt | undefined,
    params: LoginStartParams,
  ): Promise<void> {
    // The gateway does one login at a time, and the one before may not have ended yet.
    await leave(previous)
    if (current !== attempt || view.peek() === undefined) {
      attempt.over = true
      return
    }
    if (previous?.over === false) {
      current = previous
      set({ at: "lost", wasLinking: false })
      return
    }
    try {
      const { loginId } = await gateway.request("login.start", params)
      attempt.loginId = loginId
    } catch (thrown) {
      attempt.over = true
      if (current === attempt) set(toFailure(thrown))
    }
  }

  /** Resolves when the gateway has let go of this login, as far as it can be asked. */
  function leave(attempt: Attempt | undefined): Promise<void> {
    if (attempt === undefined) return Promise.resolve()
    attempt.leaving ??= cancel(attempt).finally(() => {
      attempt.leaving = undefined
    })
    return attempt.leaving
  }

  async function cancel(attempt: Attempt): Promise<void> {
    await attempt.started
    const { loginId } = attempt
    if (attempt.over || loginId === undefined) return
    try {
      await gateway.request("login.cancel", { loginId })
      attempt.over = true
    } catch {
      // The gateway ends it by itself when it is not asked to; the next start asks again.
    }
  }

  function toFailure(thrown: unknown): LoginStep {
    const error = toShape(thrown)
    const { reason, holder } = error.details ?? {}
    if (reason === "connection_lost") return { at: "lost", wasLinking: false }
    if (reason !== "login_in_progress" || holder === undefined) return { at: "refused", error }
    return { at: "busy", holder: readHolder(holder, toPageTime) }
  }

  function toStep(event: LoginEvent): LoginStep {
    const { state } = event
    switch (state) {
      case "preparing":
      case "linking":
      case "expired":
      case "exhausted":
      case "cancelled":
        return { at: state }
      case "code": {
        const now = clock.now()
        const until = event.expiresAt === undefined ? now : toPageTime(event.expiresAt)
        return { at: "code", qr: event.qr, code: event.code, shownAt: now, until }
      }
      case "linked":
        return { at: "linked", self: event.self }
      case "refused":
        return { at: "refused", error: event.error ?? UNKNOWN }
      default:
        return state satisfies never
    }
  }

  function close(): void {
    view.value = undefined
    void leave(current)
  }

  return {
    view,
    open: (channel) => begin(channel, "qr"),
    askPhone() {
      const before = view.peek()
      if (before === undefined) return
      view.value = { ...before, method: "code", step: { at: "phone" } }
      void leave(current)
    },
    useCode(phone) {
      const before = view.peek()
      if (before !== undefined) begin(before.channel, "code", phone)
    },
    useQr() {
      const before = view.peek()
      if (before !== undefined) begin(before.channel, "qr")
    },
    again() {
      const before = view.peek()
      if (before !== undefined) begin(before.channel, before.method, before.phone)
    },
    close,
    forget: close,
    event(frame) {
      if (frame.event !== "login") return
      const event = frame.payload
      if (current === undefined || event.loginId !== current.loginId) return
      if (isEnd(event)) current.over = true
      // While a number is asked for, the login that is left says only what cannot be taken back.
      const isLeft = view.peek()?.step.at === "phone"
      if (isLeft && event.state !== "linking" && event.state !== "linked") return
      set(toStep(event))
    },
    healthChanged({ channels }) {
      const { channel = "", step } = view.peek() ?? {}
      if (step?.at !== "linking" && step?.at !== "lost") return
      const health = channels[channel]
      if (health?.linked === true && health.state === "open") {
        set({ at: "linked", self: health.self })
      }
    },
    disconnected() {
      const at = view.peek()?.step.at
      if (at === "preparing" || at === "code" || at === "linking") {
        set({ at: "lost", wasLinking: at === "linking" })
      }
    },
  }
}

const UNKNOWN: ErrorShape = { code: "UNAVAILABLE", message: "The gateway gave no reason." }

const ENDS: ReadonlySet<LoginEvent["state"]> = new Set([
  "linked",
  "expired",
  "exhausted",
  "refused",
  "cancelled",
])

function isEnd({ state }: LoginEvent): boolean {
  return ENDS.has(state)
}

function readHolder(holder: unknown, toPageTime: (ts: number) => number): LoginHolder {
  const { client, since } = holder as { client?: unknown; since?: unknown }
  return {
    client: typeof client === "string" ? client : undefined,
    since: typeof since === "number" ? toPageTime(since) : undefined,
  }
}

const PHONE = /^\+[1-9][0-9]{6,14}$/

/** The number of an account as the gateway takes it; undefined for what is none. */
export function readPhone(typed: string): string | undefined {
  const phone = typed.replace(/[\s().\-\u2010-\u2015\u00a0]/g, "").replace(/^00/, "+")
  return PHONE.test(phone) ? phone : undefined
}

/** Who an account is, so that the screen may be seen by others. */
export function maskSelf(self: string): string {
  return /^\+[0-9]{7,15}$/.test(self) ? `${self.slice(0, 4)} ** ** ${self.slice(-2)}` : self
}
