// Who has an account: the owner and everybody else. A jid finds its account by number or by LID, with any device.

import { jidDecode } from "@whiskeysockets/baileys"
import { createEndpoint, type Endpoint } from "./endpoint.ts"

export type Account = {
  /** Undefined for somebody whose number nobody may know. */
  readonly pn: string | undefined
  readonly lid: string
  readonly name: string
  /** A new one when WhatsApp is installed anew. */
  endpoint: Endpoint
}

export type AccountOptions = {
  /** Digits, with or without a plus. */
  readonly number?: string
  /** Digits; made up when not given. */
  readonly lid?: string
  readonly name: string
}

export type Directory = ReturnType<typeof createDirectory>

const FIRST_LID = 900_000_000_000_001

export function createDirectory() {
  const accounts: Account[] = []

  function find(jid: string): Account | undefined {
    const decoded = jidDecode(jid)
    if (decoded === undefined) return undefined
    const plain = `${decoded.user}@${decoded.server}`
    return accounts.find(({ pn, lid }) => pn === plain || lid === plain)
  }

  return {
    accounts: accounts as readonly Account[],
    find,

    add({ number, lid = String(FIRST_LID + accounts.length), name }: AccountOptions): Account {
      const pn = number === undefined ? undefined : `${number.replace("+", "")}@s.whatsapp.net`
      const account = { pn, lid: `${lid}@lid`, name, endpoint: createEndpoint() }
      for (const jid of [pn, account.lid]) {
        if (jid !== undefined && find(jid) !== undefined) throw new Error(`${jid} is taken.`)
      }
      accounts.push(account)
      return account
    },

    close(): void {
      for (const { endpoint } of accounts) endpoint.close()
    },
  }
}
