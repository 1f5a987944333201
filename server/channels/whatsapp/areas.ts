// Where in the channel's vault its things lie.

export const AREAS = {
  /** Who we are on WhatsApp: `current`, and the ones before it. */
  credentials: "credentials",
  /** What the encryption keeps for each contact and group. */
  keys: "keys",
  /** What was decrypted, by a hash of what it was decrypted from. */
  deciphered: "deciphered",
  /** Messages that were decrypted and are not in the gateway's journal yet. */
  unread: "unread",
  /** What we sent, by message id. */
  sent: "sent",
} as const
