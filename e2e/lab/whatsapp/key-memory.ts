// Keys of one Signal device, in memory.

import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys"

export function createKeyMemory(): SignalKeyStore {
  const rows = new Map<string, unknown>()
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found = ids.flatMap((id) => {
        const row = rows.get(`${type}/${id}`)
        return row === undefined ? [] : [[id, row as SignalDataTypeMap[T]] as const]
      })
      return Object.fromEntries(found) as { [id: string]: SignalDataTypeMap[T] }
    },
    set(data: SignalDataSet) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, row] of Object.entries(entries ?? {})) {
          if (row === null) rows.delete(`${type}/${id}`)
          else rows.set(`${type}/${id}`, row)
        }
      }
    },
  }
}
