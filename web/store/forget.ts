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
