// Faults on demand: on the connection that is open, on those to come, and on the acks of single messages.

import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Behaviour } from "./connection.ts"
import type { Link } from "./link.ts"
import { element } from "./nodes.ts"

/** What becomes of a connection before it can log in. */
export type Admission = "accept" | "refuse" | "silent"

export type LoginFailure = {
  /** 401, 402, 403, 405, 406, 409, 411, 419, 500, 503, … */
  readonly reason: number
  /** Seconds, for a ban that ends. */
  readonly expire?: number
  readonly times?: number
}

export type AckFault = {
  /** Meets messages with this id; any when not given. */
  readonly id?: string
  /** Meets messages to this jid; any when not given. */
  readonly to?: string
  /** How many messages it meets; 1 when not given. */
  readonly times?: number
} & (
  | { readonly kind: "error"; readonly error: number }
  /** Delivered; the ack waits for `releaseAcks`. */
  | { readonly kind: "hold" }
  /** Delivered; the ack comes this much later. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Neither delivered nor acked: the connection ended before the server read it. */
  | { readonly kind: "lose" }
)

export type Faults = ReturnType<typeof createFaults>

export function createFaults({ link }: { readonly link: Link }) {
  let failures: { readonly failure: LoginFailure; left: number }[] = []
  let ackFaults: { readonly fault: AckFault; left: number }[] = []
  let held: BinaryNode[] = []
  let admission: Admission = "accept"
  let behaviour: Behaviour = "normal"
  let receiptsIgnored = 0
  let hasty: { readonly code: number; left: number } | undefined

  function current() {
    const { connection } = link
    if (connection === undefined) throw new Error("The linked client is not connected.")
    return connection
  }

  return {
    /** Ends the stream with this code; the name of the child is what the client logs. */
    streamError(code: number | undefined, children: readonly BinaryNode[] = []): void {
      current().refuse(element("stream:error", { code }, [...children]))
    },

    /** Another client took the session over. */
    replace(): void {
      current().refuse(element("stream:error", {}, [element("conflict", { type: "replaced" })]))
    },

    /** The client closes by itself when it gets this one: the end of its stream. */
    endStream(): void {
      current().send(element("xmlstreamend"))
    },

    close: (code?: number): void => current().close(code),
    terminate: (): void => current().terminate(),

    /** Of the connection that is open. */
    behave(next: Behaviour): void {
      current().behaviour = next
    },

    /** Of every connection from now on. */
    behaveFromNowOn(next: Behaviour): void {
      behaviour = next
    },

    /** "silent" takes the connection and never answers; "refuse" resets it. */
    admit(next: Admission): void {
      admission = next
    },

    failLogin(failure: LoginFailure): void {
      failures.push({ failure, left: failure.times ?? 1 })
    },

    /** Ends the stream in the very moment in which the client is let in, while it is still answering. */
    endAtLogin(code: number, times = 1): void {
      hasty = { code, left: times }
    },

    spoilAck(fault: AckFault): void {
      ackFaults.push({ fault, left: fault.times ?? 1 })
    },

    releaseAcks(): void {
      const released = held
      held = []
      for (const ack of released) link.send(ack)
    },

    /** The next receipts of delivery get lost on their way, so that what they confirm comes again at the next login. */
    ignoreReceipts(times: number): void {
      receiptsIgnored = times
    },

    /** Everything works again, on the connection that is open too. Queued acks go out. */
    heal(): void {
      failures = []
      ackFaults = []
      hasty = undefined
      admission = "accept"
      behaviour = "normal"
      receiptsIgnored = 0
      if (link.connection !== undefined) link.connection.behaviour = "normal"
      this.releaseAcks()
    },

    state: () => ({
      admission,
      behaviour,
      logins: failures.map(({ failure, left }) => ({ ...failure, left })),
      acks: ackFaults.map(({ fault, left }) => ({ ...fault, left })),
      heldAcks: held.length,
      receiptsIgnored,
    }),

    get admission(): Admission {
      return admission
    },
    get behaviour(): Behaviour {
      return behaviour
    },

    takeLoginFailure(): LoginFailure | undefined {
      const [oldest] = failures
      if (oldest === undefined) return undefined
      oldest.left -= 1
      failures = failures.filter(({ left }) => left > 0)
      return oldest.failure
    },

    /** Whether it did. */
    endIfHasty(): boolean {
      if (hasty === undefined || hasty.left === 0) return false
      hasty.left -= 1
      this.streamError(hasty.code)
      return true
    },

    takeAckFault(id: string, to: string): AckFault | undefined {
      const met = ackFaults.find(({ fault }) => (fault.id ?? id) === id && (fault.to ?? to) === to)
      if (met === undefined) return undefined
      met.left -= 1
      ackFaults = ackFaults.filter(({ left }) => left > 0)
      return met.fault
    },

    holdAck(ack: BinaryNode): void {
      held.push(ack)
    },

    takeIgnoredReceipt(): boolean {
      if (receiptsIgnored === 0) return false
      receiptsIgnored -= 1
      return true
    },
  }
}
