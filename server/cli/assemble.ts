// Puts the parts of a gateway together and binds its ports. The daemon and the integration tests differ
// only in the parts that they pass in.

import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import type { HealthSnapshot } from "#protocol"
import { createReplaceableEngine } from "../agent/replaceable-engine.ts"
import type { InboundMessage } from "../channels/channel.ts"
import { createGateway, type Gateway } from "../gateway/gateway.ts"
import type { GatewayParts } from "../gateway/gateway-parts.ts"
import { countFreeDescriptors } from "../host/descriptors.ts"
import type { AdmissionPolicy } from "../http/admission.ts"
import { createApp } from "../http/app.ts"
import { type HttpTimings, type Listening, listen } from "../http/listen.ts"
import type { Store } from "../store/store.ts"

/** For files, for agents and for the channels' own connections. */
const KEPT_DESCRIPTORS = 24
const MIN_SOCKETS = 8

export interface AssemblyOptions extends Omit<GatewayParts, "host" | "webchat" | "config"> {
  /** What `health` says of the configuration; that it is fine if missing. */
  readonly config?: GatewayParts["config"]
  readonly bind: string
  /** 0 takes any free port. */
  readonly port: number
  /** Missing turns the second port off; equal to `port` means one listener. */
  readonly webchatPort?: number
  readonly policy: AdmissionPolicy
  readonly httpTimings: HttpTimings
  /** Absolute path of the built page, if there is one. */
  readonly pageFolder: string | undefined
}

export interface Assembled {
  readonly gateway: Gateway
  readonly port: number
  /** Where the page is beside the control port; undefined if there is no second port. */
  readonly webchatPort: number | undefined
  /** Why the second port could not be bound. */
  readonly webchatError: NodeJS.ErrnoException | undefined
  /** The settings of the agent have changed: turns from now on go to an engine with the new ones. */
  replaceEngine(): void
  /** Ends everything but the store. */
  stop(reason: string): Promise<void>
}

/** Rejects with the error of the control port if it cannot be bound; nothing runs then. */
export async function assemble(options: AssemblyOptions): Promise<Assembled> {
  const { bind, httpTimings: timings, policy, store } = options
  let webchat: HealthSnapshot["webchat"] = { state: "off" }
  let listening: readonly Listening[] = []

  let replaceEngine: (() => void) | undefined

  const gateway = await createGateway({
    ...options,
    // What may change is read anew each time; a copy would not.
    get token() {
      return options.token
    },
    get maxConcurrent() {
      return options.maxConcurrent
    },
    get permissions() {
      return options.permissions
    },
    async createEngine(tools) {
      const create = () => options.createEngine(tools)
      const log = options.log.area("agent")
      const engine = createReplaceableEngine(await create(), {
        graceMs: options.timings.graceMs,
        log,
        changed: () => gateway.touched(),
      })
      replaceEngine = () => void engine.replace(create)
      return engine
    },
    config: options.config ?? (() => ({ ok: true })),
    host: hostname(),
    webchat: () => webchat,
  })
  const freeDescriptors = countFreeDescriptors()
  const app = createApp({
    capacity: {
      ...(freeDescriptors !== undefined && {
        maxSockets: Math.max(MIN_SOCKETS, freeDescriptors - KEPT_DESCRIPTORS),
      }),
      full: () => options.log.area("http").warn("no descriptor is left for another connection"),
    },
    accept: gateway.accept,
    boot: { gatewayId: await readGatewayId(store), version: options.version },
    pageFolder: options.pageFolder,
    policy,
    clock: options.clock,
    pingWindowMs: timings.pingWindowMs,
  })
  const stopAccepting = () => {
    for (const listener of listening) listener.stopAccepting()
  }
  const listenOn = (port: number) =>
    listen({ app, policy, timings, port, address: bind, isStopping: () => gateway.stopping })

  let control: Listening
  try {
    control = await listenOn(options.port)
  } catch (error) {
    await gateway.stop({ reason: "the control port is taken", stopAccepting })
    throw error
  }
  listening = [control]

  let webchatError: NodeJS.ErrnoException | undefined
  const { webchatPort } = options
  if (webchatPort !== undefined && (webchatPort === 0 || webchatPort !== control.port)) {
    try {
      const page = await listenOn(webchatPort)
      listening = [control, page]
      webchat = { state: "open", port: page.port }
    } catch (error) {
      webchatError = error as NodeJS.ErrnoException
      webchat = { state: "failed", port: webchatPort, lastError: webchatError.message }
    }
  } else if (webchatPort !== undefined) {
    webchat = { state: "open", port: control.port }
  }
  gateway.touched()

  return {
    gateway,
    port: control.port,
    webchatPort: webchat.state === "open" ? webchat.port : undefined,
    webchatError,
    replaceEngine: () => replaceEngine?.(),
    stop: (reason) => gateway.stop({ reason, stopAccepting }),
  }
}

/** Tells gateways apart that are reached at the same address; made once, no secret. */
async function readGatewayId(store: Store<InboundMessage>): Promise<string> {
  const known = await store.facts.get("gateway", "id")
  if (known !== undefined) return known
  const id = randomUUID()
  await store.facts.set("gateway", "id", id)
  return id
}
