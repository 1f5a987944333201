// The gateway's token: where it is kept, and how it is read out of what a person pasted.
// It is kept per gateway, is sent in hello only, and is never part of an address that is requested.

import type { Storage } from "./storage.ts"

const KEY = "token"

export interface TokenStore {
  read(): string | undefined
  /** Kept for this tab, or beyond it when `remember` is set. */
  keep(token: string, options: { readonly remember: boolean }): void
  forget(): void
}

export function createTokenStore(parts: { session: Storage; local: Storage }): TokenStore {
  const { session, local } = parts
  // A browser without storage still can connect until the page is closed.
  let inMemory: string | undefined
  return {
    read: () => inMemory ?? session.read(KEY) ?? local.read(KEY),
    keep(token, { remember }) {
      inMemory = token
      session.write(KEY, token)
      if (remember) local.write(KEY, token)
      else local.remove(KEY)
    },
    forget() {
      inMemory = undefined
      session.remove(KEY)
      local.remove(KEY)
    },
  }
}

/** The token in a pasted token or in a pasted full link; undefined when there is none. */
export function decodeToken(pasted: string): string | undefined {
  const text = pasted.trim()
  if (text === "") return undefined
  const inLink = /[#&]token=([^&\s]*)/.exec(text)?.[1]
  if (inLink === undefined) return /^[a-z]+:\/\//i.test(text) ? undefined : text
  try {
    return decodeURIComponent(inLink) || undefined
  } catch {
    return inLink
  }
}
