// The way from nothing to the first answer on a phone, shown until an account is linked.

import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"
import { canBeLinked, nameOf } from "./channel-state.ts"

export function LinkStrip({ page }: PanelProps) {
  const { connection, health, login } = page
  const { agent, channels = {} } = health.snapshot.value ?? {}
  const unlinked = Object.entries(channels).filter(([, channel]) => canBeLinked(channel))
  if (agent === undefined || unlinked.length === 0 || !connection.offers("login.start")) return null
  const isReady = agent.state === "ready"
  return (
    <ol class="strip" aria-label={text.linking.strip}>
      <li class={`state state-${isReady ? "good" : "bad"}`}>
        <Icon name={isReady ? "check" : "alert"} />
        {text.linking.agent(text.health.agentState[agent.state])}
      </li>
      {unlinked.map(([id]) => (
        <li key={id}>
          <Button
            label={text.channels.link(nameOf(id))}
            icon="link"
            disabled={!connection.online.value}
            onClick={() => login.open(id)}
          />
        </li>
      ))}
      <li class="muted">{text.linking.sayHello}</li>
    </ol>
  )
}
