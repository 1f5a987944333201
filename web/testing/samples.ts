// Small valid values for tests.

import type { ChatMessage, HealthSnapshot, HelloOk, PermissionRequest } from "#protocol"

export const health: HealthSnapshot = {
  ok: true,
  ts: 0,
  durationMs: 0,
  version: "0.1.0",
  uptimeMs: 0,
  web: { linked: false, authAgeMs: null, state: "off" },
  telegram: { configured: false, state: "off" },
  channels: {},
  agent: { engine: "scripted", state: "ready" },
  storage: { ok: true, path: "/" },
  config: { ok: true },
  webchat: { state: "open" },
  lagMs: 0,
  outbox: { pending: 0, failed: 0, unknown: 0 },
  sessions: { path: "/", count: 0, recent: [] },
}

export const helloOk: HelloOk = {
  type: "hello-ok",
  protocol: 1,
  server: { version: "0.1.0", host: "mini.local", connId: "1" },
  features: { methods: ["agent", "chat.history", "chat.abort"], events: [] },
  snapshot: { presence: [], health, stateVersion: { presence: 1, health: 1 }, uptimeMs: 0 },
  policy: { maxPayload: 8_388_608, maxBufferedBytes: 1, tickIntervalMs: 30_000 },
}

export function permissionRequest(requestId: string): PermissionRequest {
  return {
    requestId,
    title: "Delete a.txt",
    options: [
      { id: "yes", label: "Allow", kind: "allow_once" },
      { id: "no", label: "Refuse", kind: "reject_once" },
    ],
    expiresAt: 300_000,
  }
}

export function message(id: string, ts: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return { id, role: "user", ts, status: "ok", parts: [{ type: "text", text: id }], ...more }
}
