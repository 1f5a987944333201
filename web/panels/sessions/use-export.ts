import { useContext, useEffect, useRef, useState } from "preact/hooks"
import type { SessionRow } from "#protocol"
import type { Page } from "../../store/page.ts"
import { toShape } from "../../store/thrown.ts"
import { text } from "../../text/index.ts"
import { StatusLine } from "../../ui/status.ts"
import { titleOf } from "./title.ts"

export type ExportFormat = "md" | "json"

export interface Exporting {
  readonly state:
    | { readonly at: "idle" }
    | { readonly at: "working"; readonly count: number }
    | { readonly at: "failed"; readonly problem: string }
  begin(format: ExportFormat): void
  /** Gives it up, or takes away how it ended. */
  end(): void
}

/** Saves a whole conversation as a file; it goes on while the list is looked at and ends with it. */
export function useExport(page: Page, sessionKey: string, row: SessionRow | undefined): Exporting {
  const [state, setState] = useState<Exporting["state"]>({ at: "idle" })
  const running = useRef<AbortController>(undefined)
  const say = useContext(StatusLine)
  useEffect(() => () => running.current?.abort(), [])

  async function run(format: ExportFormat, signal: AbortSignal): Promise<void> {
    try {
      const [messages, { saveConversation }] = await Promise.all([
        page.fetchConversation({
          sessionKey,
          signal,
          onProgress: (count) => setState({ at: "working", count }),
        }),
        import("./save-conversation.ts"),
      ])
      signal.throwIfAborted()
      const name = saveConversation({
        sessionKey,
        title: titleOf(sessionKey, row),
        messages,
        format,
      })
      setState({ at: "idle" })
      say(text.sessions.exported(name))
    } catch (error) {
      if (!signal.aborted) setState({ at: "failed", problem: toShape(error).message })
    }
  }

  return {
    state,
    begin(format) {
      running.current?.abort()
      const controller = new AbortController()
      running.current = controller
      setState({ at: "working", count: 0 })
      void run(format, controller.signal)
    },
    end() {
      running.current?.abort()
      setState({ at: "idle" })
    },
  }
}
