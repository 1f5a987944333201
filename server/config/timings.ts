// Every wait of the program, in milliseconds. Tests pass divided ones, so that no test waits for real seconds.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const DEFAULT_TIMINGS = {
  gateway: {
    helloTimeoutMs: 10 * SECOND,
    tickIntervalMs: 30 * SECOND,
    pingIntervalMs: 30 * SECOND,
    pingGraceMs: 4 * SECOND,
    /** From the close of a slow consumer to the end of its socket. */
    slowCloseMs: 1 * SECOND,
    /** A client of whose queue no byte left for this long is slow. */
    stalledAfterMs: 10 * SECOND,
    presenceMinIntervalMs: 100,
    /** Added for each connection to the shortest time between two presence events. */
    presencePerConnectionMs: 2,
    /** The shortest time between two events about one session. */
    sessionMinIntervalMs: 100,
    presenceExpiryMs: 5 * MINUTE,
    /** What running work is given at shutdown before it is aborted. */
    drainMs: 8 * SECOND,
    /** What each of the steps after that is given; all together stay below 10 s. */
    abortMs: 400,
    closeGraceMs: 400,
    sendDeadlineMs: 45 * SECOND,
    /** The same for a message with a file. */
    mediaSendDeadlineMs: 90 * SECOND,
    /** Fetching what a `mediaUrl` names, from the first byte asked for to the last. */
    mediaFetchMs: 30 * SECOND,
    /** The same for all files of a message that came in. */
    inboundMediaMs: 1 * MINUTE,
    /** How long a voice note may be transcribed. */
    transcribeMs: 1 * MINUTE,
    /** So long after its latest message an album of pictures is taken for complete. */
    albumQuietMs: 2 * SECOND,
    /** So long after its first one it is taken as it is. */
    albumMaxMs: 15 * SECOND,
    /** An inbound message that comes later than this after it was written is not answered. */
    inboundMaxAgeMs: 24 * HOUR,
    /** How long a person at a client has to answer what the agent asks. */
    permissionMs: 5 * MINUTE,
    /** A login whose connection is gone is cancelled after this, unless the account is being linked. */
    loginOrphanMs: 10 * SECOND,
    /** A login of which nothing new is heard for so long, beside the time of its code, is given up. */
    loginSilenceMs: 2 * MINUTE,
    /** An operator is told of the same trouble of a channel once in this time. */
    alertEveryMs: 1 * HOUR,
    /** Between two looks for what has expired and is to be forgotten or backed up. */
    upkeepEveryMs: 1 * HOUR,
    /** How long a `send` waits for a channel that is down. */
    sendWaitMs: 5 * SECOND,
    idempotencyKeepMs: 48 * HOUR,
    expireKeysEveryMs: 1 * HOUR,
    outboxRetryFirstMs: 1 * SECOND,
    outboxRetryMaxMs: 1 * MINUTE,
    outboxMaxAgeMs: 24 * HOUR,
    /** After a crash, a `send` older than this is failed instead of sent. */
    sendMaxAgeMs: 5 * MINUTE,
    invalidFramesWindowMs: 1 * MINUTE,
    wrongTokensWindowMs: 1 * MINUTE,
    wrongTokenDelayMs: 1 * SECOND,
    healthMinIntervalMs: 200,
  },
  http: {
    headersTimeoutMs: 10 * SECOND,
    keepAliveTimeoutMs: 5 * SECOND,
    /** What a client has to answer a close before its socket is ended. */
    closeTimeoutMs: 1 * SECOND,
    /** Pings are counted in windows of this length. */
    pingWindowMs: 1 * SECOND,
  },
  channels: {
    retryFirstMs: 1 * SECOND,
    retryMaxMs: 30 * SECOND,
    stableAfterMs: 1 * MINUTE,
    longPollMs: 30 * SECOND,
    requestTimeoutMs: 42 * SECOND,
    stallMs: 100 * SECOND,
    conflictFirstMs: 5 * SECOND,
    conflictMaxMs: 1 * MINUTE,
    /** What a stop grants to messages that are on their way. */
    lastSendsMs: 400,
    typingRefreshMs: 4_500,
    typingMaxMs: 5 * MINUTE,
    chatIntervalMs: 1 * SECOND,
    ackMs: 30 * SECOND,
    lateAckMs: 10 * MINUTE,
    connectTimeoutMs: 20 * SECOND,
    keepAliveMs: 30 * SECOND,
    queryTimeoutMs: 60 * SECOND,
    deafAfterMs: 20 * MINUTE,
    linkCodeMs: 20 * SECOND,
    draftIntervalMs: 1 * SECOND,
    mediaTimeoutMs: 2 * MINUTE,
    keepSentMs: 7 * 24 * HOUR,
  },
  agent: {
    /** Between SIGTERM and SIGKILL to the process group of a run. */
    graceMs: 5 * SECOND,
    deltaPauseMs: 15,
  },
  cli: {
    timeoutMs: 10 * SECOND,
    sendTimeoutMs: 50 * SECOND,
    mediaSendTimeoutMs: 95 * SECOND,
    /** What takes longer than this says so on stderr. */
    progressAfterMs: 1 * SECOND,
    /** How long `--force` waits for the port and the state folder. */
    forceWaitMs: 12 * SECOND,
    /** How long a value may take to come through standard input. */
    valueWaitMs: 30 * SECOND,
    /** How long `lsof` may take. */
    lsofTimeoutMs: 5 * SECOND,
    /** How long a browser may take to ask for the page's address. */
    openTimeoutMs: 20 * SECOND,
    /** How long an agent may take to answer when `setup` tries it; a first start may load it from afar. */
    agentTestMs: 90 * SECOND,
  },
} as const

export type Timings = {
  readonly [Group in keyof typeof DEFAULT_TIMINGS]: {
    readonly [Name in keyof (typeof DEFAULT_TIMINGS)[Group]]: number
  }
}

/** The same waits, `by` times shorter, none below 1 ms. For tests. */
export function divideTimings(timings: Timings, by: number): Timings {
  const divide = <Group extends Readonly<Record<string, number>>>(group: Group): Group =>
    Object.fromEntries(
      Object.entries(group).map(([name, ms]) => [name, Math.max(1, Math.round(ms / by))]),
    ) as Group
  return {
    gateway: divide(timings.gateway),
    http: divide(timings.http),
    channels: divide(timings.channels),
    agent: divide(timings.agent),
    cli: divide(timings.cli),
  }
}
