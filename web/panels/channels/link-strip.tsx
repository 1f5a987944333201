// The way from nothing to the first answer on a phone, shown until an account is linked.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { HealthSnapshot } from "#protocol"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"
import { canBeLinked, nameOf } from "./channel-state.ts"

export function LinkStrip({ page }: PanelProps) {
  const { connection, health } = page
  const { agent, channels = {} } = health.snapshot.value ?? {}
  const [finish, setFinish] = useState<"ahead" | "here" | "seen">("ahead")
  const unlinked = Object.keys(channels).filter((id) => {
    const channel = channels[id]
    return channel !== undefined && canBeLinked(channel)
  })
  const hasSteps = agent !== undefined && unlinked.length > 0 && connection.offers("login.start")
  const hadSteps = useRef(hasSteps)
  const isLinked = Object.values(channels).some(({ linked }) => linked === true)
  const isOver = hadSteps.current && isLinked && unlinked.length === 0
  if (hasSteps) hadSteps.current = true

  useEffect(() => {
    if (isOver && finish === "ahead") setFinish("here")
  }, [isOver, finish])

  if (hasSteps) return <Steps page={page} agent={agent} unlinked={unlinked} />
  return finish === "here" ? <Finished onDismiss={() => setFinish("seen")} /> : null
}

/** All accounts are linked, and they were not before. */
function Finished({ onDismiss }: { onDismiss: () => void }) {
  return (
    <p class="strip">
      <span class="state state-good">
        <Icon name="check" />
        {text.strip.finished}
      </span>
      <Button
        label={text.strip.dismiss}
        icon="close"
        look="quiet"
        iconOnly
        onClick={() => {
          onDismiss()
          document.getElementById("message")?.focus()
        }}
      />
    </p>
  )
}

interface StepsProps extends PanelProps {
  readonly agent: HealthSnapshot["agent"]
  readonly unlinked: readonly string[]
}

function Steps({ page, agent, unlinked }: StepsProps) {
  const { connection, view } = page
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
    <ol ref={list} class="strip" aria-label={text.strip.label}>
      <li class={`state state-${isReady ? "good" : "bad"}`}>
        <Icon name={isReady ? "check" : "alert"} />
        {text.strip.agent(text.agent[agent.state])}
      </li>
      {unlinked.map((id) => (
        <li key={id}>
          <Button
            label={text.channel.link(nameOf(id))}
            icon="link"
            disabled={!connection.online.value}
            onClick={() => view.setLinking(id)}
          />
        </li>
      ))}
      <li class="muted">{text.strip.sayHello}</li>
    </ol>
  )
}
