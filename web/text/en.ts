// The strings of what the page shows first, in English. Those of the parts that come later are in
// en-later.ts, which comes with them.

import { CHANNEL_WORDS } from "#protocol"
import { count, measures } from "./en-measures.ts"

const { age, decimal, duration, wait } = measures

export const en = {
  brand: "Clawdis",
  skipToMessage: "Skip to message box",
  wait,
  duration,
  age,
  justNow: "just now",

  header: {
    connection: "Connection",
    channels: "Channels",
    view: "View",
    menu: "Sessions and panels",
    notLoaded: "A part of the page could not be loaded.",
    again: "Try again",
    theme: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
    close: "Close",
  },

  panels: {
    channels: "Channels",
    clients: (n: number) => `Clients (${n})`,
    health: "Health",
    logs: "Logs",
    events: "Events",
    settings: "Settings",
  },

  channel: {
    names: { whatsapp: "WhatsApp", telegram: "Telegram" } as Readonly<Record<string, string>>,
    badges: { whatsapp: "WA", telegram: "TG" } as Readonly<Record<string, string>>,
    state: CHANNEL_WORDS,
    asOf: (time: string) => `as of ${time}`,
    open: "open channels",
    link: (channel: string) => `Link ${channel}`,
  },

  agent: { ready: "ready", missing: "not found", failed: "failed" },

  strip: {
    label: "Set up",
    agent: (engine: string) => `Agent: ${engine}`,
    sayHello: "Say hello",
    finished: "Done. Try /status, or close this page: the gateway keeps running.",
    dismiss: "Dismiss",
  },

  sessions: {
    title: "Sessions",
    main: "Home",
    untitled: "New session",
    new: "New session",
    web: "Web",
    /** Beside the title, where a name is too long. */
    unread: (n: number) => `${n} unread`,
    running: "running",
    filter: "Filter sessions",
    found: (n: number) => count(n, "session", "sessions"),
    noneFound: (words: string) => `No session is called “${words}”.`,
    noneFoundYet: (words: string) => `No session that is loaded is called “${words}”.`,
    more: "Load more",
    loadingMore: "Loading…",
    failed: "The sessions could not be loaded.",
    retry: "Try again",
    menuOf: (title: string) => `More for ${title}`,
    rename: "Rename",
    cancel: "Cancel",
    reset: "Begin anew",
    remove: "Delete",
    exportMarkdown: "Export as Markdown",
    exportJson: "Export as JSON",
    seen: "OK",
    goneLabel: "Conversation deleted",
    gone: (title: string) => `“${title}” was deleted by somebody else.`,
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
    gateway: (host: string) => `Gateway ${host}`,
    latency: (ms: number) => `${Math.max(1, Math.round(ms))} ms`,
    version: (version: string) => `v${version}`,
  },

  banner: {
    label: "State of the connection",
    connecting: (host: string) => `Connecting to ${host}…`,
    unreachable: "Gateway unreachable.",
    reconnecting: "Reconnecting.",
    nextTry: (wait: string) => `Next try in ${wait}.`,
    trying: "Trying now…",
    hint: (host: string) =>
      `Cannot reach ${host}. Is the gateway running, and is the tunnel to it still up?`,
    cause: (host: string, why: string) => `${host} answers, but: ${why}`,
    tunnel: (host: string) =>
      `Cannot reach ${host}. Does the gateway run on this machine? If it runs on another one, is the SSH tunnel still up?`,
    /** Stands in a command where the name of the machine belongs. */
    machine: "host",
    insecure:
      "Over plain http from another machine nothing is encrypted, and the browser shows no notifications. Use https or an SSH tunnel.",
    insecureLabel: "This page is not private",
    understood: "Understood",
    restarting: (reason: string) => `Gateway is restarting (${reason}).`,
    catchingUp: "Catching up…",
    stale: "Could not refresh.",
    back: "Back online",
    retryNow: "Retry now",
    retry: "Retry",
    waiting: (n: number) => `${count(n, "message", "messages")} waiting to be sent.`,
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
    asks: "Waiting for your answer",
    unconfirmed: "The agent has not confirmed. It may still be running.",
    queued: "Next",
    attachment: (name: string) => `Attachment: ${name}`,
    cut: "The rest was cut.",
    showAll: "Show all of it",
    via: (channel: string) => `via ${channel}`,
  },

  pending: {
    queued: "Waiting to be sent",
    sending: "Sending",
    accepted: "Sent",
    failed: "Not sent",
    uncertain: "Not sure this arrived.",
    missing: "It is not in this conversation.",
    check: "Check",
    unkept:
      "This browser keeps nothing for this page. What is not sent yet is lost when you close it.",
    unkeptLabel: "Nothing is kept",
    sendAgain: "Send again",
    sendTo: (title: string) => `Send to ${title}`,
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
    running: (name: string, n: number, time: string | undefined) => {
      const more = [n > 1 ? count(n, "tool call", "tool calls") : undefined, time]
      const words = more.filter((word) => word !== undefined).join(", ")
      return words === "" ? `Running: ${name}` : `Running: ${name} (${words})`
    },
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
    conversation_deleted: "The conversation that this was for was deleted.",
    request_too_large: "This message is too large.",
    outcome_unknown: "Not sure whether this had an effect.",
    sentAgain: "It is sent again by itself.",
    unknown: "This answer failed.",
    copyDetails: "Copy details",
    details: "Details",
    code: "Code",
    run: "Run",
    edit: "Edit",
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
    hint: {
      send: "Enter sends, Shift+Enter makes a new line, Esc stops",
      newline: "Ctrl+Enter sends, Enter makes a new line, Esc stops",
    },
  },

  files: {
    attach: "Attach files",
    waiting: "Files to send",
    drop: "Drop files to attach them",
    remove: (name: string) => `Remove ${name}`,
    reading: (share: number) => `Loading… ${Math.round(share * 100)} %`,
    size: (bytes: number) =>
      bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${decimal(bytes / 1_000_000)} MB`,
    empty: "The file is empty",
    tooLarge: (bytes: number) => `Too large: at most ${Math.floor(bytes / 1_048_576)} MB together`,
    tooMany: (n: number) => `At most ${n} files go with a message`,
    unreadable: "The file cannot be read",
    unkept: "This browser cannot keep these files: a reload loses them.",
    picture: (name: string) => (name === "" ? "Picture" : `Picture: ${name}`),
    failed: "Could not be loaded",
    save: (name: string) => `Save ${name}`,
    state: {
      expired: "no longer kept",
      blocked: "blocked",
      unavailable: "not available",
    },
  },

  copy: { copy: "Copy", copied: "Copied", code: "Copy code", message: "Copy message" },

  markdown: {
    code: "Code",
    image: (alt: string) => (alt === "" ? "Image" : `Image: ${alt}`),
    more: "Show more",
    wrap: "Wrap lines",
  },

  message: {
    menu: "More",
    copyMarkdown: "Copy as Markdown",
    copyText: "Copy as text",
    again: "Answer again",
    editAndSend: "Edit and send again",
    took: (time: string) => `took ${time}`,
  },

  next: {
    title: "Next",
    edit: "Edit",
    remove: "Remove",
    up: "Move up",
    down: "Move down",
    of: (action: string, message: string) => `${action}: ${message}`,
  },

  commands: {
    title: "Commands",
    found: (n: number) => count(n, "command", "commands"),
  },

  tab: {
    unread: (n: number, brand: string) => `(${n}) ${brand}`,
    replied: "The answer is there.",
    failed: "There was no answer.",
  },

  announce: {
    channel: (channel: string, word: string) => `${channel}: ${word}`,
    offline: "The connection to the gateway is lost. Reconnecting.",
    connected: "Connected",
    caughtUp: "Caught up",
    restarting: "The gateway is restarting.",
    replying: "Replying",
    asks: (title: string) => `The agent asks: ${title}`,
    stillWorking: "Still working",
  },
} as const
