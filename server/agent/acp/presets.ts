// Agents that speak the Agent Client Protocol, by the name that people know them under.

export interface AgentPreset {
  readonly name: string
  /** As its makers write it. */
  readonly title: string
  /** The program that shows that this agent is installed. */
  readonly program: string
  /** How to start it, best first: the first one whose program is on PATH is taken. */
  readonly commands: readonly (readonly string[])[]
}

export const PRESETS: readonly AgentPreset[] = [
  {
    name: "claude",
    title: "Claude Code",
    program: "claude",
    commands: [["claude-agent-acp"], ["npx", "-y", "@agentclientprotocol/claude-agent-acp"]],
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    program: "gemini",
    commands: [["gemini", "--acp"]],
  },
  {
    name: "opencode",
    title: "opencode",
    program: "opencode",
    commands: [["opencode", "acp"]],
  },
  {
    name: "codex",
    title: "Codex",
    program: "codex",
    commands: [["codex-acp"], ["npx", "-y", "@agentclientprotocol/codex-acp"]],
  },
  {
    name: "pi",
    title: "pi",
    program: "pi",
    commands: [["pi-acp"], ["npx", "-y", "pi-acp"]],
  },
  {
    name: "goose",
    title: "goose",
    program: "goose",
    commands: [["goose", "acp"]],
  },
]

export function findPreset(name: string): AgentPreset | undefined {
  return PRESETS.find((preset) => preset.name === name)
}
