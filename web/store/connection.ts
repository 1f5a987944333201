// Where the page stands with its gateway. Exactly one state holds at a time.

import { computed, type ReadonlySignal, signal } from "@preact/signals"
import type { HelloOk, MethodName } from "#protocol"
import type { LinkState } from "../gateway.ts"

/** After lost events the page stays usable while it fetches what it missed. */
type Refresh =
  | { readonly at: "fresh" }
  | { readonly at: "refreshing"; readonly since: number }
  | { readonly at: "stale" }

export type ConnectionState =
  | LinkState
  | { readonly at: "refreshing"; readonly helloOk: HelloOk; readonly since: number }
  /** Connected, but what is shown could not be brought up to date. */
  | { readonly at: "stale"; readonly helloOk: HelloOk }

export type Refused = Extract<LinkState, { at: "unauthorised" }>

export interface Connection {
  readonly state: ReadonlySignal<ConnectionState>
  /** The last answer to hello; it outlives an outage, so that the page still knows whom it talks to. */
  readonly helloOk: ReadonlySignal<HelloOk | undefined>
  readonly online: ReadonlySignal<boolean>
  /** The gateway asks for a token: nothing else is shown until it lets the page in. */
  readonly refused: ReadonlySignal<Refused | undefined>
  offers(method: MethodName): boolean
  setLink(state: LinkState): void
  setRefresh(refresh: Refresh): void
}

export function createConnection(): Connection {
  const link = signal<LinkState>({ at: "booting" })
  const refresh = signal<Refresh>({ at: "fresh" })
  const helloOk = signal<HelloOk | undefined>(undefined)

  const refused = signal<Refused | undefined>(undefined)

  const state = computed((): ConnectionState => {
    const now = link.value
    if (now.at !== "ready" || refresh.value.at === "fresh") return now
    return { ...refresh.value, helloOk: now.helloOk }
  })

  return {
    state,
    helloOk,
    refused,
    online: computed(() => link.value.at === "ready"),
    offers: (method) => helloOk.value?.features.methods.includes(method) ?? false,
    setLink(next) {
      if (next.at === "ready") helloOk.value = next.helloOk
      if (next.at === "unauthorised") refused.value = next
      else if (next.at === "ready" || next.at === "incompatible") refused.value = undefined
      link.value = next
    },
    setRefresh(next) {
      refresh.value = next
    },
  }
}
