// What each command does, and what the gateway says to it.

import { CHANNEL_WORDS, invalidRequest, Thinking, toChannelWord } from "#protocol"
import type { EngineHealth } from "../agent/engine.ts"
import type { Runs } from "../agent/runs.ts"
import type { Clock } from "../host/clock.ts"
import type { RunRecord, SessionStore } from "../store/store.ts"
import type { Channels } from "./channels.ts"
import { COMMANDS, type CommandName, readCommand } from "./commands.ts"
import type { RunDefaults } from "./gateway-parts.ts"
import type { Handover } from "./handover.ts"

export interface CommandAnswersParts {
  readonly sessions: SessionStore
  readonly channels: Pick<Channels, "slots">
  readonly runs: Pick<Runs, "abort" | "isBusy" | "running">
  readonly agent: () => EngineHealth
  readonly handover: Pick<Handover, "isQuiet">
  readonly clock: Clock
  /** How hard the agent thinks where nobody chose. */
  readonly defaults: Pick<RunDefaults, "thinking">
  /** Makes what waits for a turn of the session wait no more, up to a row of the journal; whether there was something. */
  readonly stopWaiting: (sessionKey: string, upTo: number | undefined) => Promise<boolean>
}

type Answer = (run: RunRecord, argument: string | undefined) => Promise<string>

/** Carries the command of a run out; resolves with what to say to it, which may be nothing. */
export function createCommandAnswers(
  parts: CommandAnswersParts,
): (run: RunRecord) => Promise<string> {
  const { clock, runs, sessions } = parts

  const answers: Readonly<Record<CommandName, Answer>> = {
    async new({ sessionKey }) {
      const left = runs.isBusy(sessionKey)
        ? " What is running ends in the old one; /stop stops it."
        : ""
      await sessions.reset(sessionKey, clock.now())
      return `A new conversation begins.${left}`
    },
    async stop(run) {
      const waited = await parts.stopWaiting(run.sessionKey, run.request.inboxId)
      const stopped = await runs.abort(run.sessionKey)
      if (stopped.some((other) => speaksTo(run, other))) return ""
      return waited || stopped.length > 0 ? "Stopped." : "Nothing is running here."
    },
    async status(run) {
      const session = await sessions.get(run.sessionKey)
      return [
        describeWork(run.sessionKey),
        ...describeChannels(run),
        describeAgent(parts.agent()),
        `Thinking: ${session?.thinking ?? parts.defaults.thinking}`,
        ...(session?.muted === true ? [MUTED] : []),
        ...((await isQuiet(run)) ? [QUIET] : []),
      ].join("\n")
    },
    async help() {
      return COMMANDS.map(({ args, description, name }) => {
        const call = args === undefined ? `/${name}` : `/${name} ${args}`
        return `${call} - ${description}`
      }).join("\n")
    },
    // With something to run it is a turn, and never comes here.
    async retry() {
      return "There is nothing to run again."
    },
    async mute({ attempt, sessionKey }) {
      const session = await sessions.get(sessionKey)
      // One that a kill cut may have been carried out: a second time would undo it.
      const muted = (session?.muted === true) !== (attempt === 0)
      await sessions.patch(sessionKey, { muted })
      return muted ? MUTED : "No longer muted."
    },
    async think({ sessionKey }, argument) {
      const session = await sessions.get(sessionKey)
      const level = Thinking.options.find((option) => option === argument?.toLowerCase())
      if (argument === undefined) return `Thinking: ${session?.thinking ?? parts.defaults.thinking}`
      if (level === undefined) return `Choose one of ${Thinking.options.join(", ")}.`
      await sessions.patch(sessionKey, { thinking: level })
      return `Thinking: ${level}`
    },
  }

  async function isQuiet({ origin, request }: RunRecord): Promise<boolean> {
    const chat = origin === "inbound" ? request.deliverTo : undefined
    return chat !== undefined && parts.handover.isQuiet(chat)
  }

  function describeWork(sessionKey: string): string {
    const [turn] = runs.running(sessionKey)
    if (turn !== undefined) {
      const seconds = Math.max(0, Math.round((clock.now() - turn.startedAt) / 1_000))
      return `Working on an answer for ${seconds} s.`
    }
    return runs.isBusy(sessionKey) ? "A message waits for its turn." : "Nothing is running here."
  }

  /** In a chat its own channel, elsewhere all that are on. */
  function describeChannels({ origin, request }: RunRecord): string[] {
    const own = origin === "inbound" ? request.deliverTo?.channel : undefined
    return parts.channels.slots.flatMap(({ channel, definition: { id, name } }) => {
      if (channel === undefined || (own !== undefined && own !== id)) return []
      const health = channel.health()
      const word = CHANNEL_WORDS[toChannelWord(health)]
      const isWell = health.state === "open" || health.lastError === undefined
      return [isWell ? `${name}: ${word}` : `${name}: ${word} (${health.lastError})`]
    })
  }

  return (run) => {
    const command = readCommand(run.request.command ?? "")
    if (command === undefined) throw invalidRequest("command: there is none of this name")
    return answers[command.name](run, command.argument)
  }
}

const QUIET = "Quiet for a while, because the owner of the account wrote here by hand."
const MUTED = "Muted: what comes in here is not answered until /mute is sent again."

function describeAgent({ engine, lastError, state }: EngineHealth): string {
  return `Agent: ${engine}, ${state}${lastError === undefined ? "" : ` (${lastError})`}`
}

/** Whether the end of the other run, which is "Stopped.", is seen where this command was said. */
function speaksTo(command: RunRecord, other: RunRecord): boolean {
  if (command.origin === "request") return true
  const here = command.request.deliverTo
  const there = other.origin === "inbound" ? other.request.deliverTo : undefined
  return here?.channel === there?.channel && here?.chat === there?.chat
}
