// Who may write to the agent, and who wrote and may not.

import type { AllowedSender, DroppedSender } from "#protocol"
import { actionKey, createChannels } from "../../store/channels.ts"
import { later } from "../../text/later.ts"
import { AskButton } from "../../ui/ask-button.tsx"
import { Section } from "../../ui/section.tsx"
import { useNow } from "../../ui/use-now.ts"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ActionProblem, useAction } from "./action.tsx"
import { nameOf } from "./channel-state.ts"

export function Senders({ page }: PanelProps) {
  const { allowed, configured, dropped } = page.stores.of(createChannels).details.value
  return (
    <>
      {dropped !== undefined && (
        <Section title={later.channels.dropped}>
          <p class="muted">
            {dropped.length === 0 ? later.channels.noDropped : later.channels.droppedHelp}
          </p>
          <ul class="cards">
            {dropped.map((sender) => (
              <DroppedCard key={actionKey.sender(sender)} page={page} sender={sender} />
            ))}
          </ul>
        </Section>
      )}
      {allowed !== undefined && (
        <Section title={later.channels.allowed}>
          {allowed.length === 0 && <p class="muted">{later.channels.noAllowed}</p>}
          <ul class="cards">
            {allowed.map((sender) => (
              <AllowedCard key={actionKey.sender(sender)} page={page} sender={sender} />
            ))}
          </ul>
          {configured !== undefined && configured.length > 0 && (
            <p class="muted configured">
              {later.channels.configured}:{" "}
              {configured
                .map(({ channel, id }) => {
                  const who = id === "*" ? later.channels.everybody : id
                  return `${who} (${nameOf(channel)})`
                })
                .join(", ")}
            </p>
          )}
        </Section>
      )}
    </>
  )
}

function DroppedCard({ page, sender }: PanelProps & { readonly sender: DroppedSender }) {
  const now = useNow(10_000)
  const key = actionKey.sender(sender)
  const { isBusy } = useAction(page, key)
  const last = toMoment(page.health.toPageTime(sender.lastAt), now)
  return (
    <li class="card">
      <Who sender={sender} />
      <div class="muted">{later.channels.wrote(sender.count, last)}</div>
      {page.connection.offers("senders.allow") && (
        <div class="card-actions">
          <AskButton
            label={later.channels.allow}
            name={later.channels.allowName(sender.name ?? sender.id)}
            icon="check"
            no={later.channels.cancel}
            busy={isBusy}
            disabled={!page.connection.online.value}
            onClick={() => void page.stores.of(createChannels).allow(sender)}
          />
          <ActionProblem page={page} action={key} />
        </div>
      )}
    </li>
  )
}

function AllowedCard({ page, sender }: PanelProps & { readonly sender: AllowedSender }) {
  const now = useNow(10_000)
  const key = actionKey.sender(sender)
  const { isBusy } = useAction(page, key)
  const since = toMoment(page.health.toPageTime(sender.addedAt), now)
  return (
    <li class="card">
      <Who sender={sender} />
      <div class="muted">{later.channels.allowedSince(since)}</div>
      {page.connection.offers("senders.remove") && (
        <div class="card-actions">
          <AskButton
            label={later.channels.remove}
            name={later.channels.removeName(sender.name ?? sender.id)}
            no={later.channels.cancel}
            busy={isBusy}
            disabled={!page.connection.online.value}
            onClick={() => void page.stores.of(createChannels).remove(sender)}
          />
          <ActionProblem page={page} action={key} />
        </div>
      )}
    </li>
  )
}

/** A name is what its owner says of themselves; the id is what counts. */
function Who({ sender }: { readonly sender: Pick<DroppedSender, "channel" | "id" | "name"> }) {
  return (
    <>
      <div class="card-line">
        <strong dir="auto">{sender.name ?? sender.id}</strong>
        <span class="tag tag-quiet">{nameOf(sender.channel)}</span>
      </div>
      {sender.name !== undefined && <div class="muted">{sender.id}</div>}
    </>
  )
}
