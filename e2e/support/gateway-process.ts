// A gateway in a process of its own, with a state folder that outlives it: to be stopped, killed and
// started again.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { findLeaksOfProcess } from "./leaks.ts"
import { findProgram } from "./program.ts"

export interface GatewayProcessOptions {
  readonly config?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
  /** Ports stay the same when it is started again; 0 takes any. */
  readonly port?: number
  readonly webchatPort?: number
  readonly divideBy?: number
  /** Its stdout shows only what `logging.level` says, in place of everything. */
  readonly quiet?: boolean
  /** Modules that are loaded before the gateway's own. */
  readonly preloads?: readonly string[]
  /** What is given to Node itself, such as the size of its heap. */
  readonly nodeFlags?: readonly string[]
  /** How many files and sockets it may have open. */
  readonly descriptors?: number
}

export interface GatewayProcess {
  readonly stateDir: string
  /** Undefined while it does not run. */
  readonly pid: number | undefined
  readonly port: number
  readonly webchatPort: number
  readonly url: string
  /** Everything it printed since it was made. */
  readonly output: string
  /** With these variables from now on, if any are given. */
  start(environment?: Readonly<Record<string, string>>): Promise<void>
  /** Its exit code, when it has ended by itself; what ended it, where that was a signal. */
  exited(): Promise<number | NodeJS.Signals>
  /** SIGTERM, and its exit code. */
  stop(): Promise<number>
  /** SIGKILL to it alone: what it started must end by itself. */
  kill(): Promise<void>
  /** Ends it and removes its folder. Rejects if its log holds what no log may hold (fault AU28). */
  remove(): Promise<void>
}

export async function createGatewayProcess(
  options: GatewayProcessOptions = {},
): Promise<GatewayProcess> {
  const stateDir = await mkdtemp(join(tmpdir(), "clawdis-e2e-"))
  await writeFile(join(stateDir, "clawdis.json"), JSON.stringify(options.config ?? {}), {
    mode: 0o600,
  })
  let port = options.port ?? 0
  let webchatPort = options.webchatPort ?? 0
  let child: ChildProcess | undefined
  let environment = options.environment
  let output = ""

  async function start(changed?: GatewayProcessOptions["environment"]): Promise<void> {
    environment = { ...environment, ...changed }
    // A shell sets the limit and then becomes the gateway, so that its process id is the gateway's.
    const limit = options.descriptors === undefined ? "" : `ulimit -n ${options.descriptors}; `
    const started = spawn(
      "sh",
      [
        "-c",
        `${limit}exec "$@"`,
        "sh",
        process.execPath,
        ...(options.nodeFlags ?? []),
        ...(options.preloads ?? []).flatMap((path) => ["--import", path]),
        findProgram("gateway-entry"),
        String(port),
        String(webchatPort),
        String(options.divideBy ?? 10),
        options.quiet === true ? "quiet" : "verbose",
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NO_COLOR: "1", ...environment, CLAWDIS_STATE_DIR: stateDir },
      },
    )
    child = started
    started.stderr.on("data", (chunk) => {
      output += chunk
    })
    const lines = createInterface({ input: started.stdout })
    await new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => {
        output += `${line}\n`
        port = portIn(line, "control") ?? port
        webchatPort = portIn(line, "webchat") ?? webchatPort
        if (line.startsWith("ready in ")) resolve()
      })
      started.once("exit", (code) =>
        reject(new Error(`the gateway ended with ${code}:\n${output}`)),
      )
    })
  }

  async function end(signal: NodeJS.Signals): Promise<number> {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return ending?.exitCode ?? 0
    if (ending.signalCode !== null) return -1
    ending.kill(signal)
    const [code] = await once(ending, "exit")
    return code ?? -1
  }

  return {
    stateDir,
    get pid() {
      return child?.pid
    },
    get port() {
      return port
    },
    get webchatPort() {
      return webchatPort
    },
    get url() {
      return `ws://127.0.0.1:${port}/`
    },
    get output() {
      return output
    },
    start,
    async exited() {
      const ending = child
      if (ending === undefined) throw new Error("the gateway does not run")
      if (ending.exitCode === null && ending.signalCode === null) await once(ending, "exit")
      child = undefined
      return ending.exitCode ?? ending.signalCode ?? -1
    },
    stop: () => end("SIGTERM"),
    async kill() {
      await end("SIGKILL")
    },
    async remove() {
      await end("SIGKILL")
      const leaks = findLeaksOfProcess({
        stateDir,
        output,
        settings: [options.config, environment],
      })
      await rm(stateDir, { recursive: true, force: true })
      if (leaks.length > 0) throw new Error(`${leaks.join("; ")}:\n${output}`)
    },
  }
}

function portIn(line: string, name: string): number | undefined {
  const match = new RegExp(`^${name} .*:([0-9]+)/?$`).exec(line)
  return match?.[1] === undefined ? undefined : Number(match[1])
}
