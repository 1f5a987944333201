// Taking out of this browser what belongs to one gateway, in all of its tabs: what one of them still held
// would be kept again with the next key that is pressed there.

import type { TabGroup, Tabs } from "../tabs.ts"
import type { DraftFilesStorage } from "./draft-files-storage.ts"
import type { LastViews } from "./last-views.ts"
import type { OutboxStorage } from "./outbox-storage.ts"
import { type Storage, scopeStorage } from "./storage.ts"

export interface Kept {
  readonly session: Storage
  readonly local: Storage
  readonly outboxStorage: OutboxStorage
  readonly draftFiles: DraftFilesStorage
  readonly lastViews: Pick<LastViews, "remove">
}

export interface Forgetting {
  /** Which gateway it is about from now on. */
  belongTo(gatewayId: string): void
  /** Here and in every other tab, and begins the page anew. */
  forget(): Promise<void>
  stop(): void
}

export interface ForgettingParts extends Kept {
  readonly tabs: Tabs
  readonly reload: () => void
}

export interface ForgettingListener {
  /** Nothing more may be kept by this page. */
  stop(): void
  gone(): void
}

const FORGET = "forget"

export function createForgetting(parts: ForgettingParts, on: ForgettingListener): Forgetting {
  let gatewayId: string | undefined
  let group: TabGroup | undefined

  async function forgetHere(): Promise<void> {
    on.stop()
    if (gatewayId !== undefined) await forgetGateway(gatewayId, parts)
    on.gone()
    parts.reload()
  }

  return {
    belongTo(next) {
      if (gatewayId === next) return
      gatewayId = next
      group?.leave()
      group = parts.tabs.join(`clawdis:${next}:page`, (told) => {
        if (told === FORGET) void forgetHere()
      })
    },
    forget() {
      group?.tell(FORGET)
      return forgetHere()
    },
    stop: () => group?.leave(),
  }
}

/** Leaves nothing in this browser of what belongs to one gateway: token, drafts, unsent messages, views. */
export async function forgetGateway(gatewayId: string, kept: Kept): Promise<void> {
  for (const storage of [kept.session, kept.local]) {
    const scoped = scopeStorage(storage, gatewayId)
    for (const key of scoped.keys()) scoped.remove(key)
  }
  await kept.draftFiles.removeAll(gatewayId)
  await kept.lastViews.remove(gatewayId)
  const entries = (await kept.outboxStorage.load(gatewayId)) ?? []
  await kept.outboxStorage.remove(gatewayId, entries)
}
