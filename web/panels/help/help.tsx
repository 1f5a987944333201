// The sheet of keyboard shortcuts comes when it is first asked for.

import type { FunctionComponent } from "preact"
import { useEffect, useState } from "preact/hooks"
import { importAgain } from "../../ui/import-again.ts"
import type { PanelProps } from "../panel.ts"

export function Help({ page }: PanelProps) {
  const isOpen = page.view.help.value
  const [Sheet, setSheet] = useState<FunctionComponent<PanelProps>>()
  useEffect(() => {
    if (!isOpen || Sheet !== undefined) return
    importAgain(() => import("./sheet.tsx")).then(
      ({ HelpSheet }) => setSheet(() => HelpSheet),
      // Pressed again, it is tried again.
      () => page.view.setHelp(false),
    )
  }, [isOpen, Sheet, page])
  return isOpen && Sheet !== undefined ? <Sheet page={page} /> : null
}
