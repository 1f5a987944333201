// The dialog in which an account is linked comes with all that it draws, and only when it is needed.

import type { FunctionComponent } from "preact"
import { useEffect, useState } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { importAgain } from "../../ui/import-again.ts"
import type { PanelProps } from "../panel.ts"
import type { LinkingDialogProps } from "./dialog.tsx"

type Loaded = { readonly LinkingDialog: FunctionComponent<LinkingDialogProps> } | "failed"

export function Linking({ page }: PanelProps) {
  const channel = page.view.linking.value
  const [loaded, setLoaded] = useState<Loaded>()
  // What failed once is tried again with the next login.
  const isNeeded = channel !== undefined && (loaded === undefined || loaded === "failed")
  useEffect(() => {
    if (!isNeeded) return
    importAgain(() => import("./dialog.tsx")).then(setLoaded, () => {
      setLoaded("failed")
      page.view.setLinking(undefined)
    })
  }, [isNeeded, page])

  if (loaded !== "failed") {
    return channel && loaded ? <loaded.LinkingDialog page={page} channel={channel} /> : null
  }
  // Said again if it fails again.
  if (isNeeded) return null
  return (
    <div class="banner banner-busy" role="alert">
      <span>{text.header.notLoaded}</span>
      <Button label={text.incompatible.reload} look="quiet" onClick={page.reloads.reload} />
    </div>
  )
}
