// Every number on the wire that both sides must agree on. Lengths of strings count UTF-16 units.

const KiB = 1024
const MiB = 1024 * KiB

export const LIMITS = {
  /** Largest message a client may send once it is connected, in bytes (rule T4). */
  maxPayloadBytes: 8 * MiB,
  /** Raw bytes that a connection may send before its hello is answered (rule T4). */
  maxHelloBytes: 64 * KiB,
  /** Largest frame that the gateway sends, in bytes (rule T4). */
  maxSentFrameBytes: 256 * KiB,
  /** Largest page of chat history, in bytes of JSON (rule T4). */
  maxHistoryBytes: 96 * KiB,
  /** Bytes that may wait for one client before it counts as a slow consumer (rule E7). */
  maxBufferedBytes: 1.5 * MiB,
  /** Deepest nesting of arrays and objects in a frame (rule T5). */
  maxDepth: 64,
  /** Fragments that one message may arrive in. */
  maxFragments: 1024,
  maxPendingConnections: 64,
  maxConnections: 1024,
  maxOpenRequests: 256,
  maxInvalidFrames: 20,
  /** Wrong tokens within a minute after which every hello is judged late (rule T8). */
  maxWrongTokens: 10,
  maxStringLength: 128,
  maxUserAgentLength: 512,
  maxCaps: 64,
  maxCapLength: 64,
  maxRequestIdLength: 128,
  maxIdempotencyKeyLength: 255,
  maxSessionKeyLength: 200,
  maxSendLength: 65_536,
  maxAgentMessageLength: 1_000_000,
  maxUrlLength: 8 * KiB,
  maxAttachments: 8,
  maxAttachmentsBytes: 5 * MiB,
  maxAgentTimeoutSeconds: 86_400,
  maxHistoryMessages: 200,
  defaultHistoryMessages: 50,
  maxListedSessions: 200,
  defaultListedSessions: 50,
  /** Unread messages of a session are counted up to here. */
  maxUnread: 999,
  maxLogLines: 500,
  defaultLogLines: 200,
  maxTextPartBytes: 1 * MiB,
  maxToolPartBytes: 64 * KiB,
  maxPresenceEntries: 200,
  maxPresenceBytes: 64 * KiB,
  maxPresenceTextLength: 256,
  maxPresenceTags: 16,
  maxPresenceTagLength: 32,
} as const
