// While a conversation has not come from the gateway: what it showed last, once it is known that it does
// not come at once, and until then a skeleton.

import type { FunctionComponent } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { LastView as View } from "../../store/last-views.ts"
import { importAgain } from "../../ui/import-again.ts"
import { Skeleton } from "../../ui/skeleton.tsx"
import type { PanelProps } from "../panel.ts"
import type { KeptRowsProps } from "./kept-rows.tsx"

/** As long as the banner waits. */
const PATIENCE_MS = 1_500

interface Kept {
  readonly view: View
  readonly Rows: FunctionComponent<KeptRowsProps>
}

interface LastViewProps extends PanelProps {
  /** Nothing else is there to be seen. */
  readonly skeleton: boolean
}

export function LastView({ page, skeleton }: LastViewProps) {
  const { sessionKey } = page.chat
  const { at } = page.connection.state.value
  const isAway = at === "incompatible" || at === "offline"
  const [kept, setKept] = useState<Kept>()
  useEffect(() => {
    let isCurrent = true
    const show = async () => {
      const view = await page.lastView(sessionKey)
      if (view === undefined || view.messages.length === 0) return
      const { KeptRows } = await importAgain(() => import("./kept-rows.tsx"))
      if (isCurrent) setKept({ view, Rows: KeptRows })
    }
    // It stays a skeleton.
    const timer = setTimeout(() => show().catch(() => undefined), isAway ? 0 : PATIENCE_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [page, sessionKey, isAway])

  if (kept !== undefined) return <kept.Rows page={page} view={kept.view} />
  // Where the page must be another one, nothing comes.
  if (!skeleton || at === "incompatible") return null
  return <Skeleton />
}
