import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { Strip } from "../strip.tsx"

/** On a bare address of the local network: what does not work there, and what to do about it. */
export function InsecureNotice({ page: { settings } }: PanelProps) {
  if (isSecureContext || settings.of("insecureNotice").value === "seen") return null
  return (
    <Strip tone="quiet" label={text.banner.insecureLabel}>
      <span>{text.banner.insecure}</span>
      <Button
        label={text.banner.understood}
        look="quiet"
        onClick={() => settings.choose("insecureNotice", "seen")}
      />
    </Strip>
  )
}
