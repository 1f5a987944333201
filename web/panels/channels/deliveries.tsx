// What the gateway has not sent: it waits, has failed, or may or may not have arrived.

import type { OutboxRow } from "#protocol"
import { actionKey, createChannels } from "../../store/channels.ts"
import { later } from "../../text/later.ts"
import { AskButton } from "../../ui/ask-button.tsx"
import { Icon, type IconName } from "../../ui/icon.tsx"
import { Section } from "../../ui/section.tsx"
import { useNow } from "../../ui/use-now.ts"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ActionProblem, useAction } from "./action.tsx"
import { nameOf, type Tone } from "./channel-state.ts"

export function Deliveries({ page }: PanelProps) {
  const { deliveries } = page.stores.of(createChannels).details.value
  if (deliveries === undefined) return null
  return (
    <Section title={later.channels.outbox}>
      {deliveries.length === 0 && <p class="muted">{later.channels.noOutbox}</p>}
      <ul class="cards">
        {deliveries.map((delivery) => (
          <DeliveryCard key={delivery.id} page={page} delivery={delivery} />
        ))}
      </ul>
    </Section>
  )
}

const LOOKS: Record<OutboxRow["state"], { readonly tone: Tone; readonly icon: IconName }> = {
  pending: { tone: "quiet", icon: "clock" },
  sending: { tone: "quiet", icon: "arrowUp" },
  failed: { tone: "bad", icon: "alert" },
  unknown: { tone: "busy", icon: "alert" },
}

interface DeliveryProps extends PanelProps {
  readonly delivery: OutboxRow
}

function DeliveryCard({ page, delivery }: DeliveryProps) {
  const now = useNow(10_000)
  const { tone, icon } = LOOKS[delivery.state]
  const facts = [
    toMoment(page.health.toPageTime(delivery.createdAt), now),
    delivery.attempts > 0 && later.channels.tries(delivery.attempts),
  ]
  return (
    <li class="card">
      <div class="card-line">
        <strong dir="auto">{delivery.to}</strong>
        <span class="tag tag-quiet">{nameOf(delivery.channel)}</span>
      </div>
      <div class={`state state-${tone}`}>
        <Icon name={icon} />
        {later.channels.delivery[delivery.state]}
      </div>
      {delivery.preview !== "" && (
        <p class="preview" dir="auto">
          {delivery.preview}
        </p>
      )}
      <div class="muted">{facts.filter(Boolean).join(" · ")}</div>
      {delivery.error !== undefined && <div class="problem">{delivery.error}</div>}
      {delivery.state !== "sending" && <DeliveryActions page={page} delivery={delivery} />}
    </li>
  )
}

function DeliveryActions({ page, delivery }: DeliveryProps) {
  const { connection, stores } = page
  const channels = stores.of(createChannels)
  const { id, state, to } = delivery
  const key = actionKey.delivery(id)
  const { isBusy } = useAction(page, key)
  const disabled = !connection.online.value
  const isUnknown = state === "unknown"
  return (
    <div class="card-actions">
      {state !== "pending" && connection.offers("outbox.retry") && (
        <AskButton
          label={later.channels.retryDelivery}
          name={later.channels.retryTo(to)}
          icon="retry"
          question={isUnknown ? later.channels.twice : undefined}
          yes={later.channels.sendAgain}
          no={later.channels.cancel}
          busy={isBusy}
          disabled={disabled}
          onClick={() => void channels.retry(id, { force: isUnknown })}
        />
      )}
      {connection.offers("outbox.drop") && (
        <AskButton
          label={later.channels.drop}
          name={later.channels.dropTo(to)}
          question={later.channels.dropAsk}
          danger
          no={later.channels.cancel}
          busy={isBusy}
          disabled={disabled}
          onClick={() => void channels.drop(id)}
        />
      )}
      <ActionProblem page={page} action={key} />
    </div>
  )
}
