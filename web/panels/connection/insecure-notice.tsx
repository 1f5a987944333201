import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"

/** On a bare address of the local network: what does not work there, and what to do about it. */
export function InsecureNotice({ page: { settings } }: PanelProps) {
  if (isSecureContext || settings.of("insecureNotice").value === "seen") return null
  return (
    <section class="banner banner-quiet" aria-label={text.banner.insecureLabel}>
      <span>{text.banner.insecure}</span>
      <Button
        label={text.banner.understood}
        look="quiet"
        onClick={() => settings.choose("insecureNotice", "seen")}
      />
    </section>
  )
}
