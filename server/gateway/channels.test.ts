import * as v from "valibot"
import { expect, test } from "vitest"
import type { ChannelHealth } from "#protocol"
import type { Channel, ChannelDefinition } from "../channels/channel.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createChannels } from "./channels.ts"

const SETTINGS = { allowFrom: [], groups: {} }

/** Two channels, of which only the first reads a bare `+…`. */
function start(health: Partial<ChannelHealth> = {}) {
  const clock = createManualClock()
  const state: { health: ChannelHealth } = {
    health: { configured: true, linked: true, state: "open", ...health },
  }
  const calls: string[] = []
  const channel: Channel = {
    id: "phone",
    health: () => state.health,
    start: async () => undefined,
    restart: () => undefined,
    stop: async () => undefined,
    send: async ({ text }) => {
      calls.push(text)
      return { messageId: "1" }
    },
    showTyping: () => undefined,
  }
  const definition = (id: string, prefix: string): ChannelDefinition => ({
    id,
    name: id,
    maxTextLength: 100,
    maxCaptionLength: 100,
    chatField: "chatId",
    readAllowed: (text) => text,
    needsLink: prefix === "+",
    Settings: v.any(),
    isConfigured: () => true,
    howToConfigure: `Run \`clawdis login\` for ${id}.`,
    readTarget: (to, named) =>
      to.startsWith(prefix) || named ? { chat: to, sessionKey: `${id}:${to}` } : undefined,
    create: async () => channel,
  })
  const channels = createChannels(
    [
      {
        definition: definition("phone", "+"),
        settings: SETTINGS,
        channel,
      },
      { definition: definition("other", "@"), settings: SETTINGS, channel: undefined },
    ],
    clock,
  )
  const send = () =>
    channels.send(
      "phone",
      { chat: "1", text: "hi", token: "t" },
      { signal: new AbortController().signal },
    )
  return { calls, channels, clock, definition, send, state }
}

const { signal } = new AbortController()

test("[WA3] an account that the service refuses is NOT_LINKED for that reason", () => {
  const { channels } = start({ linked: false, state: "banned" })
  const banned = { code: "NOT_LINKED", details: { reason: "banned" } }
  expect(() => channels.require("phone")).toThrow(expect.objectContaining(banned))
})

test("[S1] an account whose channel is switched off is NOT_LINKED, and linking it is not advised", () => {
  const { channels, definition } = start({ linked: false, state: "off" })
  const off = createChannels(
    [{ definition: definition("phone", "+"), settings: SETTINGS, channel: undefined }],
    createManualClock(),
  )
  expect(channels.require.bind(channels, "phone")).toThrow("`clawdis login`")
  expect(() => off.require("phone")).toThrow(
    expect.objectContaining({
      code: "NOT_LINKED",
      message: "phone is switched off in the configuration, under channels.phone.",
    }),
  )
})

test("[S1, R3] a channel that is not linked is NOT_LINKED at once, with what to do", async () => {
  const { calls, channels, clock, send } = start({ linked: false, state: "logged_out" })
  const notLinked = {
    code: "NOT_LINKED",
    message: "phone is not linked. Run `clawdis login` for phone.",
    retryable: false,
  }
  expect(() => channels.require("phone")).toThrow(expect.objectContaining(notLinked))
  await expect(send()).rejects.toMatchObject(notLinked)
  await expect(async () => channels.whenOpen("phone", 5_000, signal)).rejects.toMatchObject(
    notLinked,
  )
  expect(calls).toEqual([])
  expect(clock.waiting).toBe(0)
})

test("[S1] a channel that is not configured, or does not exist, says so", () => {
  const { channels } = start()
  for (const id of ["other", "nothing"]) {
    expect(() => channels.require(id)).toThrow(
      expect.objectContaining({ code: "UNAVAILABLE", reason: "not_configured", retryable: false }),
    )
  }
  expect(channels.health()["other"]).toEqual({ configured: false, state: "off" })
})

test("[S1] who waits for a channel goes on when it opens, or is refused in time; no watcher stays", async () => {
  const { channels, clock, state } = start({ state: "connecting" })
  const waits = channels.whenOpen("phone", 5_000, signal)
  await clock.advance(4_000)
  state.health = { ...state.health, state: "open" }
  channels.changed()
  await waits

  state.health = { ...state.health, state: "waiting", lastError: "no network" }
  const refused = channels.whenOpen("phone", 5_000, signal).catch((error: unknown) => error)
  await clock.advance(5_000)
  expect(await refused).toMatchObject({
    code: "UNAVAILABLE",
    reason: "not_connected",
    retryable: true,
    message: expect.stringContaining("no network"),
  })
  expect(clock.waiting).toBe(0)
})

test("[M5, VA8] a to leads to the channel that reads it, a bare one only to the channel that is named", () => {
  const { channels } = start()
  expect(channels.resolve("+1555")).toMatchObject({ channel: "phone", chat: "+1555" })
  expect(channels.resolve("@ada")).toMatchObject({ channel: "other" })
  expect(channels.resolve("ada", "other")).toMatchObject({ channel: "other", chat: "ada" })
  expect(() => channels.resolve("ada")).toThrow("to: not a phone number or chat id: ada")
  expect(() => channels.resolve("1 555-0100")).toThrow("a phone number begins with +")
  expect(() => channels.resolve("ada", "smoke\u202e")).toThrow(
    "channel: must be one of phone, other, not smoke\\u202e",
  )
})
