// Whether the desktop says that an answer has come. The browser is asked only when the box is ticked.

import { useState } from "preact/hooks"
import { later } from "../../text/later.ts"
import type { PanelProps } from "../panel.ts"
import { Switch } from "./choose.tsx"

type Permission = NotificationPermission | "missing" | "insecure"

export function Notifications({ page }: PanelProps) {
  const [permission, setPermission] = useState(readPermission)
  return (
    <Switch
      page={page}
      name="notify"
      help={later.settings.notifyHelp[permission]}
      disabled={permission === "missing" || permission === "insecure"}
      allow={async () => {
        await Notification.requestPermission()
        const answer = readPermission()
        setPermission(answer)
        return answer === "granted"
      }}
    />
  )
}

function readPermission(): Permission {
  if (!isSecureContext) return "insecure"
  return "Notification" in globalThis ? Notification.permission : "missing"
}
