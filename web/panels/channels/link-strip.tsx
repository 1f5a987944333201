// The way from nothing to the first answer on a phone, shown until an account is linked.

import { useLayoutEffect, useRef } from "preact/hooks"
import type { HealthSnapshot } from "#protocol"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"
import { canBeLinked, nameOf } from "./channel-state.ts"

export function LinkStrip({ page }: PanelProps) {
  const { connection, health } = page
  const { agent, channels = {} } = health.snapshot.value ?? {}
  const unlinked = Object.keys(channels).filter((id) => {
    const channel = channels[id]
    return channel !== undefined && canBeLinked(channel)
  })
  if (agent === undefined || unlinked.length === 0 || !connection.offers("login.start")) return null
  return <Steps page={page} agent={agent} unlinked={unlinked} />
}

interface StepsProps extends PanelProps {
  readonly agent: HealthSnapshot["agent"]
  readonly unlinked: readonly string[]
}

function Steps({ page, agent, unlinked }: StepsProps) {
  const { connection, login } = page
  const list = useRef<HTMLOListElement>(null)
  const isReady = agent.state === "ready"

  // With an account linked the steps go, and what had the focus with them: the next step is to write.
  useLayoutEffect(
    () => () => {
      if (list.current?.contains(document.activeElement) === true) {
        document.getElementById("message")?.focus()
      }
    },
    [],
  )

  return (
    <ol ref={list} class="strip" aria-label={text.linking.strip}>
      <li class={`state state-${isReady ? "good" : "bad"}`}>
        <Icon name={isReady ? "check" : "alert"} />
        {text.linking.agent(text.health.agentState[agent.state])}
      </li>
      {unlinked.map((id) => (
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
