// What on this machine could answer with a model: agents on PATH, and model servers on their usual ports.

import { connect } from "node:net"
import { findExecutable } from "../acp/executable.ts"
import { PRESETS } from "../acp/presets.ts"

export interface FoundAgent {
  /** As its makers write it. */
  readonly title: string
  readonly kind: "agent" | "model server"
  /** Where it was found: a file, or an address. */
  readonly place: string
  /** What to put under `agent` in the configuration to use it. */
  readonly configuration: Readonly<Record<string, string>>
}

export interface FindOptions {
  readonly path: string
  readonly cwd: string
  /** Whether something listens on this port of the loopback interface. */
  readonly probe: (port: number) => Promise<boolean>
}

const MODEL_SERVERS = [
  { title: "Ollama", port: 11434 },
  { title: "LM Studio", port: 1234 },
  { title: "llama.cpp", port: 8080 },
] as const

export async function findAgents({ path, cwd, probe }: FindOptions): Promise<FoundAgent[]> {
  const agents = PRESETS.map(async ({ name, title, program }) => {
    const file = await findExecutable(program, { path, cwd })
    if (file === undefined) return []
    const configuration = { engine: "acp", command: name }
    return [{ title, kind: "agent" as const, place: file, configuration }]
  })
  const servers = MODEL_SERVERS.map(async ({ title, port }) => {
    if (!(await probe(port))) return []
    const place = `http://127.0.0.1:${port}`
    const configuration = { engine: "openai", baseUrl: `${place}/v1` }
    return [{ title, kind: "model server" as const, place, configuration }]
  })
  return (await Promise.all([...agents, ...servers])).flat()
}

const PROBE_MS = 300

/** Connects and hangs up. */
export function probeLoopback(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" })
    const answer = (listens: boolean): void => {
      socket.destroy()
      resolve(listens)
    }
    socket.setTimeout(PROBE_MS, () => answer(false))
    socket.once("connect", () => answer(true))
    socket.once("error", () => answer(false))
  })
}
