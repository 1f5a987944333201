// The table of engines. Reading it loads none of them.

import type { EngineDefinition } from "./engine.ts"

export type EngineId = "builtin" | "acp"

export const ENGINES: Readonly<Record<EngineId, EngineDefinition>> = {
  builtin: {
    async create(parts) {
      const { createBuiltinEngine } = await import("./builtin/index.ts")
      return createBuiltinEngine({ ...parts, engines: Object.keys(ENGINES) })
    },
  },
  acp: {
    async create(parts) {
      const { createAcpEngine } = await import("./acp/index.ts")
      return createAcpEngine(parts)
    },
  },
}
