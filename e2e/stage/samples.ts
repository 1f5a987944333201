// What the scripted gateway knows: a morning with an assistant that is linked to two channels.

import type {
  ChatHistory,
  ChatMessage,
  HealthSnapshot,
  HelloOk,
  PresenceEntry,
  RunningTurn,
  SessionRow,
} from "#protocol"

/** The time at which the clock of the page stands. */
export const NOW = Date.UTC(2026, 4, 12, 9, 41)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const ago = (ms: number) => NOW - ms

export function health(more: Partial<HealthSnapshot> = {}): HealthSnapshot {
  return {
    ok: true,
    ts: NOW,
    durationMs: 1,
    version: "0.1.0",
    uptimeMs: 26 * HOUR,
    web: { linked: true, authAgeMs: HOUR, state: "open" },
    telegram: { configured: true, state: "open", bot: "clawdis_bot" },
    channels: {
      whatsapp: {
        configured: true,
        linked: true,
        state: "open",
        self: "+31 6 12345678",
        connectedAt: ago(26 * HOUR),
        lastInboundAt: ago(3 * MINUTE),
      },
      telegram: {
        configured: true,
        state: "open",
        self: "@clawdis_bot",
        connectedAt: ago(26 * HOUR),
        lastInboundAt: ago(2 * HOUR),
      },
    },
    agent: { engine: "acp", state: "ready" },
    storage: { ok: true, path: "/home/me/.clawdis/clawdis.db" },
    config: { ok: true },
    webchat: { state: "open", port: 18_788 },
    lagMs: 2,
    outbox: { pending: 0, failed: 0, unknown: 0 },
    sessions: { path: "/home/me/.clawdis/clawdis.db", count: 4, recent: [] },
    ...more,
  }
}

/** Before anything is linked. */
export const UNLINKED = health({
  web: { linked: false, authAgeMs: null, state: "off" },
  channels: { whatsapp: { configured: true, linked: false, state: "off" } },
})

const PRESENCE: readonly PresenceEntry[] = [
  {
    host: "mini.local",
    ip: "192.168.1.20",
    version: "0.1.0",
    mode: "gateway",
    platform: "linux",
    text: "gateway on mini.local",
    ts: ago(26 * HOUR),
    reason: "self",
  },
  {
    host: "air.local",
    mode: "app",
    platform: "macos",
    version: "0.1.0",
    lastInputSeconds: 42,
    text: "Clawdis for Mac on air.local",
    ts: ago(50 * MINUTE),
    instanceId: "air",
  },
  { host: "mini.local", mode: "cli", version: "0.1.0", text: "cli on mini.local", ts: ago(MINUTE) },
]

export function helloOk(methods: readonly string[], snapshot = health()): HelloOk {
  return {
    type: "hello-ok",
    protocol: 1,
    server: { version: "0.1.0", host: "mini.local", connId: "1" },
    features: { methods: [...methods], events: [] },
    snapshot: {
      presence: [...PRESENCE],
      health: snapshot,
      stateVersion: { presence: 1, health: 1 },
      uptimeMs: 26 * HOUR,
    },
    policy: { maxPayload: 8_388_608, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
  }
}

export function session(key: string, more: Partial<SessionRow> = {}): SessionRow {
  return {
    key,
    sessionId: key,
    channel: "webchat",
    updatedAt: NOW,
    unread: 0,
    running: false,
    ...more,
  }
}

export const SESSIONS: readonly SessionRow[] = [
  session("main", { updatedAt: ago(2 * MINUTE) }),
  session("whatsapp:+31612345678", {
    channel: "whatsapp",
    title: "Anna",
    updatedAt: ago(3 * MINUTE),
    unread: 2,
    running: true,
  }),
  session("telegram:4711", { channel: "telegram", title: "Bob", updatedAt: ago(2 * HOUR) }),
  session("web:7f3a", { title: "Plan for the garden", updatedAt: ago(74 * HOUR) }),
]

export const ANSWER = `You have **two** meetings today, and the report is due at five.

| When | What | Where |
|---|---|---|
| 10:30 | Review of the budget | Room 2 |
| 14:00 | Call with Anna | +31 6 12345678 |

Before the review, run this once:

\`\`\`ts
import { readFile } from "node:fs/promises"

// The numbers of the last quarter.
const rows = JSON.parse(await readFile("budget.json", "utf8"))
console.log(rows.length, "rows")
\`\`\`

1. Read the \`README\` of the project.
2. Send the [draft](https://example.com/draft) to Anna.

> The train at 13:10 is late.`

export function message(id: string, ts: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id, role: "user", ts, status: "ok", parts: [{ type: "text", text: id }], ...more }
}

const said = (id: string, ts: number, text: string, more: Partial<ChatMessage> = {}) =>
  message(id, ts, { parts: [{ type: "text", text }], ...more })

export const CONVERSATION: readonly ChatMessage[] = [
  said("1", ago(25 * HOUR), "Remind me of the report on Tuesday."),
  said("2", ago(25 * HOUR) + 4_000, "I will. It is due at five in the afternoon.", {
    role: "assistant",
    runId: "r0",
  }),
  said("3", ago(4 * MINUTE), "What is on today?", { runId: "r1" }),
  message("4", ago(4 * MINUTE) + 9_000, {
    role: "assistant",
    runId: "r1",
    replyTo: "3",
    parts: [
      { type: "thought", text: "The calendar first, then the mail.", durationMs: 3_200 },
      {
        type: "tool",
        callId: "c1",
        name: "calendar",
        title: "Read the calendar",
        input: '{"day":"2026-05-12"}',
        output: "10:30 Review of the budget\n14:00 Call with Anna",
        ok: true,
        startedAt: ago(4 * MINUTE),
        endedAt: ago(4 * MINUTE) + 1_400,
      },
      {
        type: "tool",
        callId: "c2",
        name: "mail",
        title: "Search the mail",
        input: '{"query":"report"}',
        output: "Due at five.",
        ok: true,
        startedAt: ago(4 * MINUTE) + 1_500,
        endedAt: ago(4 * MINUTE) + 4_200,
      },
      { type: "text", text: ANSWER },
    ],
  }),
]

export function history(
  messages: readonly ChatMessage[],
  running: readonly RunningTurn[] = [],
): ChatHistory {
  return {
    sessionKey: "main",
    sessionId: "s1",
    messages: [...messages],
    ...(running.length > 0 && { running: [...running] }),
  }
}
