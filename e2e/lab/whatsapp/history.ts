// What a phone tells a client at its first login: which number has which LID, and that there is no more to come. Until it
// has heard so, the client keeps events back.

import { deflateSync } from "node:zlib"
import { proto } from "@whiskeysockets/baileys"
import type { Directory } from "./directory.ts"

const { HistorySyncType } = proto.HistorySync

export function toHistory({ accounts }: Directory): proto.IMessage[] {
  const phoneNumberToLidMappings = accounts.flatMap(({ pn, lid }) =>
    pn === undefined ? [] : [{ pnJid: pn, lidJid: lid }],
  )
  return [
    toNotification({
      syncType: HistorySyncType.INITIAL_BOOTSTRAP,
      phoneNumberToLidMappings,
      progress: 50,
      chunkOrder: 1,
    }),
    toNotification({
      syncType: HistorySyncType.PUSH_NAME,
      pushnames: accounts.flatMap(({ pn, name }) =>
        pn === undefined ? [] : [{ id: pn, pushname: name }],
      ),
    }),
    toNotification({ syncType: HistorySyncType.RECENT, progress: 100, chunkOrder: 2 }),
  ]
}

/** Also what a forger would send from an account that is not the owner's. */
export function toNotification(history: proto.IHistorySync & { syncType: number }): proto.IMessage {
  const { syncType, progress, chunkOrder } = history
  const payload = deflateSync(proto.HistorySync.encode(history).finish())
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType,
        ...(progress !== undefined && { progress }),
        ...(chunkOrder !== undefined && { chunkOrder }),
        initialHistBootstrapInlinePayload: payload,
      },
    },
  }
}
