// One channel: its state, since when, the last message, what is wrong, and how to link it.

import type { ChannelHealth } from "#protocol"
import { actionKey, createChannels } from "../../store/channels.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { AskButton } from "../../ui/ask-button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { useNow } from "../../ui/use-now.ts"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ActionProblem, useAction } from "./action.tsx"
import { adviceOf } from "./channel-advice.ts"
import { canBeLinked, nameOf, TONE_ICONS, toneOf, wordOf } from "./channel-state.ts"

interface ChannelCardProps extends PanelProps {
  readonly id: string
  readonly channel: ChannelHealth
}

/** Where the focus goes when what had it is gone. */
export const linkActionId = (channel: string) => `link-${channel}`

export function ChannelCard({ page, id, channel }: ChannelCardProps) {
  const now = useNow(1_000)
  const { toPageTime } = page.health
  const tone = toneOf(channel)
  const isOpen = channel.state === "open"
  const advice = adviceOf(id, channel)
  return (
    <li class="card">
      <div class="card-line">
        <strong>{nameOf(id)}</strong>
        <span class={`state state-${tone}`}>
          <Icon name={TONE_ICONS[tone]} />
          {wordOf(channel)}
        </span>
      </div>
      {channel.self !== undefined && (
        <div class="muted">
          {later.channels.as(channel.self)}
          {isOpen && channel.connectedAt !== undefined && (
            <> · {later.channels.since(toMoment(toPageTime(channel.connectedAt), now))}</>
          )}
        </div>
      )}
      {(isOpen || channel.lastInboundAt !== undefined) && (
        <div class="muted">
          {channel.lastInboundAt === undefined
            ? later.channels.noInbound
            : later.channels.inbound(toAge(now - toPageTime(channel.lastInboundAt)))}
        </div>
      )}
      {channel.lastError !== undefined && <div class="problem">{channel.lastError}</div>}
      {(advice !== undefined || channel.retryAt !== undefined) && (
        <div class="muted">
          {advice}{" "}
          {channel.retryAt !== undefined &&
            toPageTime(channel.retryAt) > now &&
            later.channels.nextTry(text.wait(toPageTime(channel.retryAt) - now))}
        </div>
      )}
      <LinkAction page={page} id={id} channel={channel} />
    </li>
  )
}

/** One button for both, so that the focus stays on it when the account is linked. */
function LinkAction({ page, id, channel }: ChannelCardProps) {
  const { connection, stores, view } = page
  const key = actionKey.logout(id)
  const { isBusy } = useAction(page, key)
  const links = canBeLinked(channel)
  const isOffered = links ? connection.offers("login.start") : connection.offers("logout")
  if (!isOffered || (!links && channel.linked !== true)) return null
  const name = nameOf(id)
  return (
    <div class="card-actions">
      <AskButton
        id={linkActionId(id)}
        label={links ? text.channel.link(name) : later.channels.logout}
        {...(!links && { name: later.channels.logoutOf(name) })}
        {...(links && { icon: "link", look: "primary" })}
        question={links ? undefined : later.channels.logoutAsk(name, channel.self)}
        danger
        no={later.channels.cancel}
        busy={isBusy}
        disabled={!connection.online.value}
        onClick={() => {
          if (links) view.setLinking(id)
          else void stores.of(createChannels).logout(id)
        }}
      />
      <ActionProblem page={page} action={key} />
    </div>
  )
}

function toAge(ms: number): string {
  return ms < 60_000 ? text.justNow : later.channels.ago(text.age(ms))
}
