// Every string of the page, in English.

import type { ChannelState } from "#protocol"

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`

const seconds = (ms: number) => {
  const whole = Math.max(0, ms) / 1000
  if (whole < 10) return `${whole.toFixed(1)} s`
  if (whole < 60) return `${Math.round(whole)} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${Math.floor(whole % 60)} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${count(Math.floor(whole / 86_400), "day", "days")} ${Math.floor((whole % 86_400) / 3600)} h`
}

export const en = {
  brand: "Clawdis",
  skipToMessage: "Skip to message box",
  wait: (ms: number) => `${Math.max(1, Math.ceil(ms / 1000))} s`,
  duration: seconds,

  header: {
    connection: "Connection",
    channels: "Channels",
    view: "View",
    theme: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
    close: "Close",
  },

  link: {
    booting: "starting",
    connecting: "connecting",
    unauthorised: "token needed",
    incompatible: "not compatible",
    ready: "connected",
    refreshing: "connected",
    stale: "connected",
    offline: "offline",
    restarting: "restarting",
  },

  banner: {
    connecting: (host: string) => `Connecting to ${host}…`,
    unreachable: "Gateway unreachable.",
    reconnecting: "Reconnecting.",
    nextTry: (wait: string) => `Next try in ${wait}.`,
    trying: "Trying now…",
    hint: (host: string) =>
      `Cannot reach ${host}. Is the gateway running, and is the tunnel to it still up?`,
    restarting: (reason: string) => `Gateway is restarting (${reason}).`,
    catchingUp: "Catching up…",
    stale: "Could not refresh.",
    back: "Back online",
    retryNow: "Retry now",
    retry: "Retry",
    waiting: (n: number) => `${count(n, "message", "messages")} waiting to be sent.`,
  },

  token: {
    title: "This gateway asks for a token",
    missing: "No token was given.",
    wrong: "The token does not match.",
    throttled: (wait: string) => `Too many tries. Wait ${wait}.`,
    help: "It is set where the gateway runs, in its configuration or in CLAWDIS_GATEWAY_TOKEN:",
    command: "gateway.token",
    helpPaste: "Paste the token, or a whole link that ends in #token=….",
    label: "Token",
    show: "Show token",
    hide: "Hide token",
    remember: "Remember on this device",
    connect: "Connect",
    notAToken: "This link has no token in it.",
    gateway: (host: string, version: string) => `${host} · v${version}`,
  },

  incompatible: {
    older: "This page is older than the gateway",
    newer: "This page is newer than the gateway",
    other: "This page and the gateway do not understand each other",
    help: "Reload to get the page that belongs to the gateway.",
    again: "Reloading did not help. Check which version of the gateway is running.",
    reload: "Reload",
  },

  chat: {
    label: "Chat",
    conversation: "Conversation",
    you: "You",
    assistant: "Clawdis",
    note: "Note",
    emptyTitle: "Say hello",
    emptyHelp: "Messages go to your agent. The answer appears here as it is written.",
    examples: ["What can you do?", "What is on my plate today?", "Summarise what we talked about"],
    older: "Load earlier messages",
    olderLoading: "Loading earlier messages…",
    olderFailed: "Could not load earlier messages. Try again",
    jump: (n: number) => (n === 0 ? "Jump to latest" : `Jump to latest (${n} new)`),
    today: "Today",
    yesterday: "Yesterday",
    working: "Working…",
    workingFor: (time: string) => `Working… ${time}`,
    missed: "Some live output was missed.",
    stopped: "Stopped by you",
    stopping: "Stopping…",
    unconfirmed: "The agent has not confirmed. It may still be running.",
    queued: "Next",
    attachment: (name: string) => `Attachment: ${name}`,
    cut: "The rest was cut.",
    via: (channel: string) => `via ${channel}`,
  },

  pending: {
    queued: "Waiting to be sent",
    sending: "Sending",
    accepted: "Sent",
    failed: "Not sent",
    sendAgain: "Send again",
    edit: "Edit",
    discard: "Discard",
  },

  tools: {
    summary: (n: number, running: number, time: string | undefined) =>
      [
        count(n, "tool call", "tool calls"),
        running > 0 ? `${running} running` : undefined,
        running === 0 ? time : undefined,
      ]
        .filter((word) => word !== undefined)
        .join(" · "),
    running: (name: string, n: number) =>
      n > 1 ? `Running: ${name} (${n} tool calls)` : `Running: ${name}`,
    state: { running: "running", ok: "ok", failed: "failed", unknown: "outcome unknown" },
    input: "Input",
    output: "Output",
    cut: "Shortened; the rest is not shown.",
    noOutput: "No output.",
  },

  thought: {
    now: "Thinking…",
    done: (time: string | undefined) => (time === undefined ? "Thought" : `Thought for ${time}`),
  },

  errors: {
    NOT_LINKED: "WhatsApp is not linked.",
    AGENT_TIMEOUT: "No answer in time.",
    INVALID_REQUEST: "The page sent something the gateway refused.",
    UNAVAILABLE: "The gateway could not do this now.",
    interrupted: "The gateway stopped in the middle of this answer.",
    agent_failed: "The agent failed.",
    over_capacity: "The gateway is busy.",
    shutting_down: "The gateway is stopping.",
    storage: "The gateway cannot write to its storage.",
    outcome_unknown: "Not sure whether this had an effect.",
    sentAgain: "It is sent again by itself.",
    unknown: "This answer failed.",
    copyDetails: "Copy details",
    retry: "Retry",
  },

  composer: {
    form: "Message",
    label: "Message",
    placeholder: "Message Clawdis…",
    send: "Send",
    sendLater: "Send when connected",
    sendNext: "Send next",
    stop: "Stop",
    stopping: "Stopping…",
    hint: "Enter sends, Shift+Enter makes a new line, Esc stops",
  },

  copy: { copy: "Copy", copied: "Copied", code: "Copy code", message: "Copy message" },

  markdown: {
    code: "Code",
    image: (alt: string) => (alt === "" ? "Image" : `Image: ${alt}`),
    more: "Show more",
  },

  clients: {
    title: "Clients",
    count: (n: number) => `Clients (${n})`,
    none: "Nobody is connected.",
    gateway: "gateway",
    self: "this browser",
    since: (time: string) => `since ${time}`,
    idle: (time: string) => `last input ${time} ago`,
  },

  health: {
    title: "Health",
    good: "Everything works",
    busy: "Works, but a channel is not connected",
    bad: "Something needs attention",
    unknown: "Not heard from the gateway yet.",
    asOf: (time: string) => `as of ${time}`,
    agent: "Agent",
    agentState: { ready: "ready", missing: "not found", failed: "failed" },
    channels: "Channels",
    noChannels: "No channel is set up.",
    storage: "Storage",
    config: "Configuration",
    ok: "ok",
    failing: "failing",
    uptime: "Running for",
    version: "Version",
    host: "Host",
    outbox: "Outbox",
    outboxCounts: (pending: number, failed: number, unknown: number) =>
      `${pending} pending, ${failed} failed, ${unknown} unknown`,
    notLinked: "not linked",
    channelState: {
      off: "off",
      connecting: "connecting",
      open: "connected",
      waiting: "waiting to retry",
      replaced: "replaced by another",
      logged_out: "logged out",
      banned: "banned",
      failed: "failed",
    } satisfies Record<ChannelState, string>,
    channelNames: { whatsapp: "WhatsApp", telegram: "Telegram" } as Readonly<
      Record<string, string>
    >,
  },

  announce: {
    offline: "The connection to the gateway is lost. Reconnecting.",
    connected: "Connected",
    restarting: "The gateway is restarting.",
    replying: "Replying",
    stillWorking: "Still working",
  },
} as const
