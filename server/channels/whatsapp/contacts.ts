// What the encryption has learnt about people: which number stands behind which hidden id. The library
// keeps both directions, so somebody of whom it knows this has been in touch with the account.

import type { KeyStore } from "./keys.ts"

const KIND = "lid-mapping"

export interface Contacts {
  /** The numbers in E.164 behind these hidden ids, as far as they are known. */
  findNumbers(lids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Whether this number has been in touch with us. */
  isKnown(number: string): Promise<boolean>
}

export function createContacts(keys: KeyStore): Contacts {
  return {
    async findNumbers(lids) {
      const found = await keys.get(KIND, lids.map(reverseOf))
      return new Map(
        lids.flatMap((lid) => {
          const number = found[reverseOf(lid)]
          return typeof number === "string" ? [[lid, `+${userOf(number)}`] as const] : []
        }),
      )
    },
    async isKnown(number) {
      const user = number.slice(1)
      return (await keys.get(KIND, [user]))[user] !== undefined
    },
  }
}

function reverseOf(lid: string): string {
  return `${userOf(lid)}_reverse`
}

function userOf(jid: string): string {
  return jid.split("@", 1)[0]?.split(":", 1)[0] ?? ""
}
