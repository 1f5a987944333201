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

const age = (ms: number) => {
  const minutes = Math.max(1, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h`
  return count(Math.floor(minutes / 1440), "day", "days")
}

export const en = {
  brand: "Clawdis",
  skipToMessage: "Skip to message box",
  wait: (ms: number) => `${Math.max(1, Math.ceil(ms / 1000))} s`,
  duration: seconds,
  age,

  header: {
    connection: "Connection",
    channels: "Channels",
    view: "View",
    menu: "Sessions and panels",
    notLoaded: "A part of the page could not be loaded.",
    theme: { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" },
    close: "Close",
  },

  sessions: {
    title: "Sessions",
    main: "Home",
    untitled: "New session",
    new: "New session",
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

  permission: {
    title: "The agent asks for your permission",
    waiting: "Waiting for your answer",
    always: "“Always” is remembered by the agent, and counts in other conversations too.",
    kinds: {
      allow_once: "Allow",
      allow_always: "Always allow",
      reject_once: "Refuse",
      reject_always: "Always refuse",
    },
    left: (ms: number) => {
      if (ms >= 90_000) return `About ${Math.round(ms / 60_000)} minutes left. Then it is refused.`
      if (ms > 10_000) return `${Math.ceil(ms / 10_000) * 10} seconds left. Then it is refused.`
      return ms > 0 ? "A few seconds left. Then it is refused." : "The time is up."
    },
    notSent: (problem: string) => `Your answer may not have arrived: ${problem}`,
    decided: {
      allow_once: "Allowed",
      allow_always: "Always allowed",
      reject_once: "Refused",
      reject_always: "Always refused",
    },
    by: {
      you: (decided: string) => `${decided} by you`,
      client: (decided: string) => `${decided} from another window or client`,
      rule: (decided: string) => `${decided} by a rule`,
      timeout: (decided: string) => `${decided}: nobody answered in time`,
      abort: (decided: string) => `${decided}: the run was stopped`,
    },
    elsewhere: "Answered already",
    of: (outcome: string, title: string) => `${outcome} · ${title}`,
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

  channels: {
    title: "Channels",
    asOf: (time: string) => `Not connected to the gateway. This is as of ${time}.`,
    stale: "Could not refresh.",
    retry: "Try again",
    as: (self: string) => `as ${self}`,
    since: (time: string) => `since ${time}`,
    inbound: (age: string) => `Last message ${age}`,
    noInbound: "No message has come in yet",
    justNow: "just now",
    ago: (time: string) => `${time} ago`,
    nextTry: (wait: string) => `Next try in ${wait}.`,
    open: (channel: string, word: string) => `${channel}: ${word}. Open channels`,
    notLinked: "Link an account, and the agent answers what is written to it.",
    notConfigured: (id: string) =>
      `Not set up. Its settings are channels.${id} in the configuration.`,
    advice: {
      off: undefined,
      connecting: undefined,
      open: undefined,
      waiting: "It is tried again by itself.",
      replaced: "Another program uses the same account. End that one, then restart the gateway.",
      logged_out: "The account was taken off this gateway. Link it again.",
      banned: "Open the app on the phone and follow what it says. Do not link again and again.",
      failed: "It is not tried again by itself. Mend the cause, then restart the gateway.",
    } satisfies Record<ChannelState, string | undefined>,
    link: (channel: string) => `Link ${channel}`,
    logout: "Log out",
    logoutOf: (channel: string) => `Log out of ${channel}`,
    logoutAsk: (channel: string, self: string | undefined) =>
      `Take the gateway off ${self ?? "the account"}? ${channel} is silent until an account is linked again.`,
    cancel: "Cancel",
    dropped: "Turned away",
    droppedHelp: "They wrote and got no answer.",
    noDropped: "Nobody was turned away.",
    wrote: (n: number, time: string) => `${count(n, "message", "messages")}, last ${time}`,
    allow: "Allow",
    allowName: (name: string) => `Allow ${name}`,
    allowed: "Allowed",
    allowedSince: (time: string) => `allowed ${time}`,
    noAllowed: "Nobody was let in beside the configuration.",
    configured: "By the configuration",
    remove: "Remove",
    removeName: (name: string) => `Remove ${name}`,
    everybody: "everybody",
    outbox: "Not sent",
    noOutbox: "Everything was sent.",
    delivery: {
      pending: "waiting to be sent",
      sending: "being sent",
      failed: "failed",
      unknown: "may or may not have arrived",
    },
    to: (to: string) => `to ${to}`,
    tries: (n: number) => count(n, "try", "tries"),
    retryDelivery: "Retry",
    retryTo: (to: string) => `Retry the message to ${to}`,
    twice: "It may arrive twice. Send it again all the same?",
    sendAgain: "Send again",
    drop: "Drop",
    dropTo: (to: string) => `Drop the message to ${to}`,
    dropAsk: "Take it out for good? It will not be sent.",
  },

  linking: {
    title: (channel: string) => `Link ${channel}`,
    strip: "Set up",
    agent: (engine: string) => `Agent: ${engine}`,
    sayHello: "Say hello",
    close: "Close",
    steps: {
      whatsapp: {
        qr: [
          "Open WhatsApp on the phone.",
          "Open Settings, then Linked devices.",
          "Tap Link a device, and point the camera at this code.",
        ],
        code: [
          "Open WhatsApp on the phone.",
          "Open Settings, then Linked devices, and tap Link a device.",
          "Tap Link with phone number instead, and type this code.",
        ],
      },
    } as Readonly<Record<string, { qr: readonly string[]; code: readonly string[] }>>,
    anySteps: {
      qr: ["Open the app on the phone.", "Look for linked devices.", "Scan this code."],
      code: ["Open the app on the phone.", "Look for linked devices.", "Type this code."],
    },
    howTo: "On the phone",
    preparing: "Getting a code…",
    qr: "QR code to scan with the phone",
    notLoaded: "A part of the page could not be loaded.",
    newCodeIn: (wait: string) => `New code in ${wait}`,
    waitingForCode: "Waiting for a new code…",
    validFor: (time: string) => `Valid for ${time}`,
    newCode: (seconds: number) => `New code, ${seconds} seconds`,
    newTypedCode: (code: string, time: string) => `Your code: ${code}. Valid for ${time}`,
    typedCode: "Code to type on the phone",
    copyCode: "Copy code",
    useCode: "Use a code instead",
    useQr: "Use a QR code instead",
    phoneIntro:
      "You get a code to type on the phone. For that the service needs to know the account.",
    phone: "Phone number of the account",
    phoneExample: "+31 6 12345678",
    phoneProblem: "Write the number with + and the code of the country, such as +31 6 12345678.",
    getCode: "Get a code",
    trouble: "Does the phone refuse to link a device?",
    troubleHelp:
      "The service sometimes refuses new devices for a while, often after several tries. Wait some hours before you try again: each further try may make it longer.",
    linking: {
      qr: "Scanned. Linking: keep the phone open",
      code: "The code was used. Linking: keep the phone open",
    },
    linkingHelp: "This takes up to half a minute.",
    linked: (self: string | undefined) => (self === undefined ? "Linked" : `Linked as ${self}`),
    linkedHelp: "Write to it from the phone: the answer comes from the agent.",
    done: "Done",
    expired: "The code was not used in time.",
    exhausted: "All codes were shown, and none was used.",
    cancelled: "The linking was cancelled.",
    nothingChanged: "Nothing was linked.",
    again: "Get a new code",
    refused: (channel: string) => `${channel} refused to link`,
    notLinked: "The account was not linked",
    alreadyLinked: "An account is linked already",
    busy: "Another client is linking already",
    holder: (client: string | undefined, time: string | undefined) =>
      `${client ?? "A client"}${time === undefined ? "" : `, since ${time}`}. Wait until it is done, or cancel it there.`,
    lost: "The connection to the gateway was lost",
    lostLinking:
      "The phone had agreed already, so the account may be linked. It shows once the gateway answers.",
    lostCode: "The code counts no longer.",
    retry: "Try again",
  },

  announce: {
    channel: (channel: string, word: string) => `${channel}: ${word}`,
    offline: "The connection to the gateway is lost. Reconnecting.",
    connected: "Connected",
    restarting: "The gateway is restarting.",
    replying: "Replying",
    asks: (title: string) => `The agent asks: ${title}`,
    stillWorking: "Still working",
  },
} as const
