// What a supervisor is told about the gateway. Every path is absolute, for a service starts with an empty
// shell, and every value is written so that the supervisor reads it as it is.

import { isAbsolute } from "node:path"
import { OperatorError } from "../host/errors.ts"
import { toShellWord } from "./shell-word.ts"

export interface ServiceParts {
  /** Absolute path of the launcher. */
  readonly program: string
  readonly stateDir: string
  /** Where it is not in the state folder. */
  readonly configFile?: string
  readonly home: string
  readonly user: string
  /** The variable PATH of whoever asks: the agent's program is found there. */
  readonly path: string
  readonly port?: number
  readonly pageIsBuilt: boolean
}

export interface Service {
  readonly text: string
  /** What to do with it, a line each. */
  readonly install: readonly string[]
}

export function toService(manager: "systemd" | "launchd", parts: ServiceParts): Service {
  const { configFile, path, port, program, stateDir } = parts
  const command = [program, "gateway", ...(port === undefined ? [] : ["--port", String(port)])]
  const variables = {
    CLAWDIS_STATE_DIR: stateDir,
    ...(configFile !== undefined && { CLAWDIS_CONFIG_PATH: configFile }),
    PATH: toServicePath(path),
  }
  for (const text of [...command, ...Object.values(variables), parts.home, parts.user]) {
    if (/\p{Cc}/u.test(text))
      throw new OperatorError("A path with a control character fits in no unit.")
  }
  const build = parts.pageIsBuilt
    ? []
    : ["First build the page, in the clone: npx -y pnpm@12 install && npx -y pnpm@12 build"]
  return manager === "systemd"
    ? { text: toSystemd(parts, command, variables), install: [...build, ...installSystemd(parts)] }
    : { text: toLaunchd(parts, command, variables), install: [...build, ...installLaunchd(parts)] }
}

const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

/** Without what npx puts in front for its own time, and without what depends on a working directory. */
function toServicePath(path: string): string {
  const folders = path
    .split(":")
    .filter((folder) => isAbsolute(folder) && !/\/node_modules\/|\/_npx\//.test(`${folder}/`))
  return [...new Set([...folders, ...SYSTEM_PATH.split(":")])].join(":")
}

type Variables = Readonly<Record<string, string>>

function toSystemd(
  { home, user }: ServiceParts,
  command: readonly string[],
  variables: Variables,
): string {
  const environment = Object.entries(variables).map(
    ([name, value]) => `Environment=${quoteForSystemd(`${name}=${value}`)}`,
  )
  return `${[
    "[Unit]",
    "Description=Clawdis Gateway",
    "After=network-online.target",
    "Wants=network-online.target",
    "",
    "[Service]",
    // Only here does a dollar sign begin a variable.
    `ExecStart=${command.map((word) => quoteForSystemd(word).replaceAll("$", "$$$$")).join(" ")}`,
    `User=${user}`,
    `WorkingDirectory=${home.replaceAll("%", "%%")}`,
    ...environment,
    "# Empty means none. A file keeps it out of the unit: EnvironmentFile=/etc/clawdis.env",
    "Environment=CLAWDIS_GATEWAY_TOKEN=",
    "Restart=on-failure",
    "RestartSec=5",
    "# 78 is for the operator: starting again would not help.",
    "RestartPreventExitStatus=78",
    "# SIGTERM to the gateway alone; it ends its agent itself.",
    "KillMode=mixed",
    "TimeoutStopSec=15",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n")}\n`
}

/** One word as systemd reads it: quotes where they are needed, and a percent sign that means itself. */
function quoteForSystemd(word: string): string {
  const text = word.replaceAll("%", "%%")
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`
}

const SYSTEMD_FILE = "/etc/systemd/system/clawdis-gateway.service"

function installSystemd({ port, program }: ServiceParts): readonly string[] {
  return [
    "To install it:",
    `  ${toShellWord(program)} service print systemd${port === undefined ? "" : ` --port ${port}`} | sudo tee ${SYSTEMD_FILE}`,
    "  sudo systemctl daemon-reload",
    "  sudo systemctl enable --now clawdis-gateway.service",
  ]
}

function toLaunchd(
  { home, stateDir }: ServiceParts,
  command: readonly string[],
  variables: Variables,
): string {
  const text = (value: string) => `<string>${escapeXml(value)}</string>`
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0"><dict>',
    "  <key>Label</key><string>clawdis.gateway</string>",
    "  <key>ProgramArguments</key>",
    `  <array>${command.map(text).join("")}</array>`,
    "  <key>EnvironmentVariables</key>",
    "  <dict>",
    ...Object.entries(variables).map(([name, value]) => `    <key>${name}</key>${text(value)}`),
    "  </dict>",
    `  <key>WorkingDirectory</key>${text(home)}`,
    "  <!-- 0077: what it writes is for its user alone. -->",
    "  <key>Umask</key><integer>63</integer>",
    "  <key>KeepAlive</key><true/>",
    `  <key>StandardOutPath</key>${text(`${stateDir}/service.out`)}`,
    `  <key>StandardErrorPath</key>${text(`${stateDir}/service.err`)}`,
    "</dict></plist>",
  ].join("\n")}\n`
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" }

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (char) => ENTITIES[char] ?? char)
}

const LAUNCHD_FILE = "~/Library/LaunchAgents/clawdis.gateway.plist"

function installLaunchd({ port, program, stateDir }: ServiceParts): readonly string[] {
  return [
    "To install it:",
    `  mkdir -p -m 700 ${toShellWord(stateDir)}`,
    `  ${toShellWord(program)} service print launchd${port === undefined ? "" : ` --port ${port}`} > ${LAUNCHD_FILE}`,
    `  launchctl bootstrap gui/$(id -u) ${LAUNCHD_FILE}`,
  ]
}
