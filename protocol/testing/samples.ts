// One valid frame and one valid set of params of each kind, for tests to send, change and break.

import type { ChatMessage } from "../chat.ts"
import type { EventFrame, Hello, HelloError, HelloOk, ResponseFrame } from "../frames.ts"
import type { HealthSnapshot } from "../health.ts"
import type { MethodName, MethodParams } from "../methods.ts"
import type { PresenceEntry } from "../presence.ts"

const ts = 1_760_000_000_000

export const hello: Hello = {
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "test", version: "1.0", platform: "linux", mode: "test", instanceId: "one" },
  caps: ["runs"],
  auth: { token: "a token of some length" },
  locale: "en",
  userAgent: "test/1.0",
}

export const health: HealthSnapshot = {
  ok: true,
  ts,
  durationMs: 3,
  version: "0.1.0",
  uptimeMs: 60_000,
  web: { linked: false, authAgeMs: null, state: "off" },
  telegram: { configured: true, state: "open", bot: "@example_bot", lastInboundAt: ts },
  channels: { telegram: { configured: true, state: "open", self: "@example_bot" } },
  agent: { engine: "scripted", state: "ready" },
  storage: { ok: true, path: "/tmp/state" },
  config: { ok: true },
  webchat: { port: 18_788, state: "open" },
  lagMs: 0,
  outbox: { pending: 0, failed: 0, unknown: 0 },
  sessions: { path: "/tmp/state", count: 1, recent: [{ key: "main", updatedAt: ts, ageMs: 5 }] },
}

export const entry: PresenceEntry = {
  host: "example",
  ip: "192.0.2.1",
  version: "0.1.0",
  mode: "gateway",
  platform: "linux",
  lastInputSeconds: 4,
  reason: "self",
  tags: ["one"],
  text: "Gateway on example",
  ts,
  instanceId: "one",
}

const message: ChatMessage = {
  id: "m1",
  role: "assistant",
  ts,
  status: "ok",
  runId: "r1",
  sender: { id: "+15550100", name: "Anna" },
  parts: [
    { type: "text", text: "Hello." },
    { type: "thought", text: "Hm.", durationMs: 5 },
    { type: "tool", callId: "c1", name: "read", ok: true, startedAt: ts, endedAt: ts },
    { type: "attachment", mediaId: "a1", mimeType: "image/png", bytes: 5, state: "ok" },
  ],
}

export const helloOk: HelloOk = {
  type: "hello-ok",
  protocol: 1,
  server: { version: "0.1.0", host: "example", connId: "c1" },
  features: { methods: ["health"], events: ["tick"] },
  snapshot: {
    presence: [entry],
    health,
    stateVersion: { presence: 1, health: 1 },
    uptimeMs: 60_000,
  },
  policy: { maxPayload: 8_388_608, maxBufferedBytes: 1_572_864, tickIntervalMs: 30_000 },
}

export const helloError: HelloError = {
  type: "hello-error",
  reason: "protocol mismatch",
  code: "PROTOCOL_MISMATCH",
  expectedProtocol: 1,
}

export const responses: readonly ResponseFrame[] = [
  { type: "res", id: "1", ok: true, payload: { ok: true } },
  {
    type: "res",
    id: "2",
    ok: false,
    error: {
      code: "UNAVAILABLE",
      message: "Stopped.",
      details: { reason: "aborted", runId: "r1" },
      retryable: false,
      retryAfterMs: 1000,
    },
    payload: { runId: "r1", status: "error", summary: "aborted" },
  },
]

const run = { runId: "r1", sessionKey: "main", seq: 1, ts }
const session = { key: "main", sessionId: "s1", channel: "webchat", updatedAt: ts, unread: 2 }

export const events: readonly EventFrame[] = [
  { type: "event", seq: 1, event: "tick", payload: { ts } },
  {
    type: "event",
    seq: 2,
    event: "presence",
    payload: { presence: [entry] },
    stateVersion: { presence: 2, health: 1 },
  },
  {
    type: "event",
    seq: 3,
    event: "health",
    payload: health,
    stateVersion: { presence: 2, health: 2 },
  },
  { type: "event", seq: 4, event: "chat", payload: { sessionKey: "main", message } },
  {
    type: "event",
    seq: 5,
    event: "sessions",
    payload: { session: { ...session, running: true } },
  },
  { type: "event", seq: 6, event: "sessions", payload: { deleted: "web:1" } },
  {
    type: "event",
    seq: 7,
    event: "agent",
    payload: { ...run, stream: "lifecycle", data: { phase: "started" } },
  },
  {
    type: "event",
    seq: 8,
    event: "agent",
    payload: { ...run, stream: "assistant", data: { messageId: "m1", offset: 0, delta: "He" } },
  },
  {
    type: "event",
    seq: 9,
    event: "agent",
    payload: { ...run, stream: "tool", data: { phase: "start", callId: "c1", name: "read" } },
  },
  {
    type: "event",
    seq: 10,
    event: "agent",
    payload: {
      ...run,
      stream: "permission",
      data: {
        requestId: "q1",
        callId: "c1",
        title: "Delete everything",
        input: "{}",
        options: [{ id: "allow", label: "Allow", kind: "allow_once" }],
        expiresAt: ts,
      },
    },
  },
  {
    type: "event",
    seq: 11,
    event: "agent",
    payload: {
      ...run,
      stream: "permission",
      data: { requestId: "q1", decided: { optionId: "allow", by: "client" } },
    },
  },
  {
    type: "event",
    seq: 12,
    event: "login",
    payload: { loginId: "l1", state: "code", qr: "2@abc", expiresAt: 1_767_225_620_000 },
  },
  {
    type: "event",
    seq: 13,
    event: "shutdown",
    payload: { reason: "SIGTERM", restartExpectedMs: 5000 },
  },
]

export const params: { readonly [M in MethodName]: Required<MethodParams<M>> } = {
  health: {},
  status: {},
  "system-presence": {},
  "system-event": {
    text: "The lid was opened.",
    instanceId: "one",
    host: "example",
    ip: "192.0.2.1",
    mode: "node",
    version: "1.0",
    platform: "darwin",
    lastInputSeconds: 3,
    reason: "wake",
    tags: ["laptop"],
  },
  send: {
    to: "+15550100",
    message: "Hello.",
    mediaUrl: "https://media.example/cat.png",
    channel: "telegram",
    idempotencyKey: "k1",
  },
  agent: {
    message: "Hello.",
    to: "+15550100",
    sessionKey: "web:1",
    sessionId: "s1",
    channel: "last",
    thinking: "low",
    deliver: true,
    timeout: 60,
    attachments: [{ name: "cat.png", mimeType: "image/png", data: "aGVsbG8=" }],
    retryOf: "r0",
    idempotencyKey: "k2",
  },
  "agent.decide": { runId: "r1", requestId: "q1", optionId: "allow" },
  "chat.history": { sessionKey: "main", before: "cursor", limit: 50 },
  "chat.abort": { sessionKey: "main", runId: "r1" },
  "sessions.list": { limit: 50, cursor: "1760000000000:main" },
  "sessions.patch": { sessionKey: "main", title: "Plans", readUpTo: "m1", thinking: "low" },
  "sessions.reset": { sessionKey: "main" },
  "sessions.delete": { sessionKey: "main" },
  "logs.tail": { cursor: "p1.7", limit: 200, minLevel: "warn" },
  "commands.list": {},
  "media.get": { mediaId: "a1", offset: 131_072 },
  "login.start": { channel: "whatsapp", method: "code", phone: "+15550100000" },
  "login.cancel": { loginId: "l1" },
  logout: { channel: "whatsapp" },
  "senders.list": {},
  "senders.allow": { channel: "telegram", id: "42" },
  "senders.remove": { channel: "telegram", id: "42" },
  "outbox.list": {},
  "outbox.retry": { id: "o1", force: true },
  "outbox.drop": { id: "o1" },
}
